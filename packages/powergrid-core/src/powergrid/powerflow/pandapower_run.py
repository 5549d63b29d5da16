"""A copy of a net on which pandapower's Newton is run with injections given node by node."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pandapower as pp
from numpy.typing import NDArray
from pandapower.auxiliary import pandapowerNet

from heron.types import IndexArray
from powergrid.conventions import generation_to_pandapower, shunt_to_pandapower
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.pandapower_case import NOT_OURS, read_case

_BUS_COLUMNS = {"line": ("from_bus", "to_bus"), "trafo": ("hv_bus", "lv_bus")}
_INJECTING = ("load", "sgen", "storage", "motor", "asymmetric_load", "asymmetric_sgen")


class PandapowerRun:
    """One static generator and one shunt per node; everything else that injects power is switched off.

    Parameters
    ----------
    net
        pandapower net; copied.
    network
        Its compiled form.
    start : (n_node,)
        Voltages from which Newton starts. [pu]
    tolerance_mva
        Largest mismatch that Newton leaves at a node. [MVA]
    max_iterations
        Newton steps after which it is given up.
    """

    def __init__(
        self,
        net: pandapowerNet,
        network: CompiledNetwork,
        start: NDArray[np.complex128],
        *,
        tolerance_mva: float,
        max_iterations: int,
    ) -> None:
        self._net = _silent_copy(net)
        first_bus = {node: bus for bus, node in reversed(list(network.node_of_bus.items()))}
        self._nodes = np.array(sorted(first_bus), dtype=np.intp)
        buses = [first_bus[node] for node in sorted(first_bus)]
        self._generators = pp.create_sgens(self._net, buses, p_mw=0.0, q_mvar=0.0)
        self._shunts = pp.create_shunts(self._net, buses, q_mvar=0.0, p_mw=0.0)
        self._internal = _internal_nodes(self._net, network)
        node_of_bus = _behind_open_ends(net, network) | dict(network.node_of_bus)
        nodes = [node_of_bus.get(bus) for bus in self._net.bus.index]
        begin = np.array([1.0 + 0.0j if node is None else start[node] for node in nodes])
        self._options: dict[str, Any] = {
            "init_vm_pu": np.abs(begin),
            "init_va_degree": np.angle(begin, deg=True),
            "tolerance_mva": tolerance_mva,
            "max_iteration": max_iterations,
        }

    def newton(
        self, power: NDArray[np.complex128], impedance: NDArray[np.complex128]
    ) -> tuple[NDArray[np.complex128] | None, int]:
        """Voltages for given injections of constant power and constant impedance.

        Parameters
        ----------
        power, impedance : (n_node,)
            Complex power at 1 pu, positive into the grid. [MVA]

        Returns
        -------
        (n_node,) or None
            Voltages, None where Newton did not converge. [pu]
        int
            Steps it took.
        """
        self._set("sgen", self._generators, generation_to_pandapower(power[self._nodes]))
        self._set("shunt", self._shunts, shunt_to_pandapower(impedance[self._nodes]))
        try:
            with np.errstate(all="ignore"):
                pp.runpp(self._net, **self._options)
        except pp.LoadflowNotConverged:
            return None, int(self._options["max_iteration"])
        return self._net._ppc["internal"]["V"][self._internal], int(self._net._ppc["iterations"])

    def _set(self, table: str, elements: IndexArray, power: NDArray[np.complex128]) -> None:
        self._net[table].loc[elements, "p_mw"] = power.real
        self._net[table].loc[elements, "q_mvar"] = power.imag


def _silent_copy(net: pandapowerNet) -> pandapowerNet:
    silent = copy.deepcopy(net)
    for table in _INJECTING:
        silent[table]["in_service"] = False
    silent.ward[["ps_mw", "qs_mvar"]] = 0.0
    silent.gen["p_mw"] = 0.0  # still there, to hold its voltage
    options = silent.get("user_pf_options", {})
    silent["user_pf_options"] = {name: value for name, value in options.items() if name not in NOT_OURS}
    return silent


def _behind_open_ends(net: pandapowerNet, network: CompiledNetwork) -> dict[int, int]:
    """Nodes at open ends of branches, by the bus beyond: from its start value pandapower starts there."""
    with_bus = set(network.node_of_bus.values())
    behind: dict[int, int] = {}
    for kind, element, *nodes in zip(
        network.branch_kind, network.branch_element, network.from_node, network.to_node, strict=True
    ):
        for column, node in zip(_BUS_COLUMNS.get(kind, ()), nodes, strict=False):
            if node not in with_bus:
                behind[int(net[kind].at[element, column])] = int(node)
    return behind


def _internal_nodes(net: pandapowerNet, network: CompiledNetwork) -> IndexArray:
    """pandapower's internal node for each of ours; the generators may have changed which bus stands for a node."""
    case = read_case(net)
    internal = np.full(network.n_node, -1, dtype=np.intp)
    for bus, node in network.node_of_bus.items():
        internal[node] = case.node_of_bus[bus]
    # Open ends of lines belong to no bus; both conversions append them in the same order.
    internal[internal < 0] = np.setdiff1d(np.arange(network.n_node), internal)
    return internal

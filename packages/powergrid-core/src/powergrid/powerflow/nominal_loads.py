"""What a net's own elements draw at nominal voltage."""

from __future__ import annotations

import copy
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from heron.types import FloatArray, IndexArray
from powergrid.powerflow.closable import close_branch
from powergrid.powerflow.compilation import compile_network
from powergrid.powerflow.compiled_network import CompiledNetwork

if TYPE_CHECKING:
    from pandapower.auxiliary import pandapowerNet


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NominalLoads:
    """Loads of a net that are in service and supplied, split by how they depend on voltage.

    Parameters
    ----------
    names : (n_load,)
        Name of each load.
    element : (n_load,)
        Its index in ``net.load``.
    node : (n_load,)
        Its node in the compiled network.
    zone : (n_load,)
        Zone of its bus, "" for none.
    p_mw, q_mvar : (n_load,)
        Part that does not depend on voltage, positive when consuming, after ``scaling``. [MW, Mvar]
    p_current_mw, q_current_mvar : (n_load,)
        Part of constant current at 1 pu. [MW, Mvar]
    p_impedance_mw, q_impedance_mvar : (n_load,)
        Part of constant impedance at 1 pu. [MW, Mvar]
    unsupplied : tuple
        Names of loads in service whose bus has no supply: they draw nothing and are not among the others.
    """

    names: tuple[str, ...]
    element: IndexArray
    node: IndexArray
    zone: tuple[str, ...]
    p_mw: FloatArray
    q_mvar: FloatArray
    p_current_mw: FloatArray
    q_current_mvar: FloatArray
    p_impedance_mw: FloatArray
    q_impedance_mvar: FloatArray
    unsupplied: tuple[str, ...]

    @property
    def has_voltage_dependence(self) -> bool:
        """Whether any part is of constant current or impedance."""
        parts = (self.p_current_mw, self.q_current_mvar, self.p_impedance_mw, self.q_impedance_mvar)
        return any(bool(part.any()) for part in parts)


def nominal_loads(
    net: pandapowerNet, network: CompiledNetwork | None = None, *, exclude: Collection[str] = ()
) -> NominalLoads:
    """Loads of a net at nominal voltage.

    Every load keeps its own shares of constant current and impedance. pandapower itself applies the mean of the shares
    at a bus to everything connected there, generators included, so a bus that mixes them differs.

    Parameters
    ----------
    net
        pandapower net, left as it is.
    network
        Its compiled form, to spare compiling it again.
    exclude
        Names of loads that are not counted: those that stand for devices.

    Returns
    -------
    NominalLoads
        In the order of ``net.load``.

    Raises
    ------
    NetworkError
        The net cannot be compiled.
    """
    network = compile_network(net) if network is None else network
    table = net.load[net.load.in_service & ~net.load.name.isin(list(exclude))]
    supplied = table.bus.isin(list(network.node_of_bus))
    names = [name if isinstance(name, str) and name else f"load {index}" for index, name in table.name.items()]
    kept = table[supplied]
    parts = _parts(net, kept.index.to_numpy())
    return NominalLoads(
        names=tuple(name for name, is_fed in zip(names, supplied, strict=True) if is_fed),
        element=kept.index.to_numpy(dtype=np.intp),
        node=np.array([network.node_of_bus[bus] for bus in kept.bus], dtype=np.intp),
        zone=tuple(zone if isinstance(zone, str) else "" for zone in net.bus.zone.loc[kept.bus]),
        unsupplied=tuple(name for name, is_fed in zip(names, supplied, strict=True) if not is_fed),
        **parts,
    )


def fixed_injections(
    net: pandapowerNet, network: CompiledNetwork | None = None, *, exclude: Collection[str] = ()
) -> NDArray[np.complex128]:
    """Power that everything in a net but its loads injects at 1 pu: generators, storages, motors, wards.

    A generator that holds its voltage (``gen``) gives its active power; its reactive power is a result. One that is the
    slack gives nothing here: all of its power is a result.

    Parameters
    ----------
    net
        pandapower net, left as it is.
    network
        Its compiled form, to spare compiling it again.
    exclude
        Names of static generators and storages that are not counted: those that stand for devices.

    Returns
    -------
    (n_node,)
        Complex power at each node, positive into the grid. [MVA]

    Raises
    ------
    NetworkError
        The net cannot be compiled.
    """
    from powergrid.powerflow.pandapower_case import read_case

    network = compile_network(net) if network is None else network
    silent = copy.deepcopy(net)
    # Set to zero instead of out of service: which bus stands for its node depends on what is in service there.
    silent.load[["p_mw", "q_mvar"]] = 0.0
    for table in ("sgen", "storage"):
        silent[table].loc[silent[table].name.isin(list(exclude)), ["p_mw", "q_mvar"]] = 0.0
    if network.normally_open is not None:
        # What a closing branch may supply injects too.
        for row in network.normally_open.branch:
            close_branch(silent, network.branch_kind[row], int(network.branch_element[row]))
    case = read_case(silent)
    injected = np.zeros(network.n_node, dtype=np.complex128)
    for bus, node in case.node_of_bus.items():
        injected[network.node_of_bus[bus]] = 0.0 - case.consumed_mva[node]
    held = net.gen[net.gen.in_service & ~net.gen.slack.astype(bool) & net.gen.bus.isin(list(network.node_of_bus))]
    for bus, p_mw in zip(held.bus, held.p_mw * held.scaling, strict=True):
        injected[network.node_of_bus[bus]] += p_mw
    return injected


def _parts(net: pandapowerNet, elements: IndexArray) -> dict[str, FloatArray]:
    table = net.load.loc[elements]
    depends = net.get("user_pf_options", {}).get("voltage_depend_loads", True)
    parts: dict[str, FloatArray] = {}
    for letter, unit in (("p", "mw"), ("q", "mvar")):
        total = (table[f"{letter}_{unit}"] * table.scaling).to_numpy(dtype=np.float64)
        shares = [
            table[f"const_{model}_{letter}_percent"].to_numpy(dtype=np.float64) / 100.0 * depends for model in "iz"
        ]
        parts[f"{letter}_current_{unit}"] = total * shares[0]
        parts[f"{letter}_impedance_{unit}"] = total * shares[1]
        parts[f"{letter}_{unit}"] = total * (1.0 - shares[0] - shares[1])
    return parts

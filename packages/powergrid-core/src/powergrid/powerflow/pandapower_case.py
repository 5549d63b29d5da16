"""A pandapower net turned into the arrays its own Newton would start from, without solving anything.

These are internals of pandapower (3.5): the conversion has no public door that honours the net's options. A test
compares the admittance matrix with the one `runpp` leaves behind, so a change there does not pass unseen.
"""

from __future__ import annotations

import copy
import inspect
from dataclasses import dataclass

import numpy as np
import pandapower as pp
from numpy.typing import NDArray
from pandapower.auxiliary import _init_runpp_options, pandapowerNet
from pandapower.pd2ppc import _pd2ppc
from pandapower.pf.ppci_variables import _get_pf_variables_from_ppci
from pandapower.pypower.idx_brch import F_BUS, T_BUS
from pandapower.pypower.idx_bus import BASE_KV, PD, QD
from pandapower.pypower.makeYbus import branch_vectors, makeYbus
from scipy import sparse

from heron.types import FloatArray, IndexArray
from powergrid.errors import NetworkError

# Start values belong to Newton and may not even fit the net; connectivity is always checked.
NOT_OURS = ("init", "init_vm_pu", "init_va_degree", "algorithm", "recycle", "check_connectivity", "max_iteration")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PandapowerCase:
    """What is in service of a net, in per unit, in pandapower's internal order.

    Parameters
    ----------
    base_mva
        Power of 1 pu. [MVA]
    node_of_bus
        Internal node of each supplied bus.
    vn_kv : (n_node,)
        Nominal voltage. [kV]
    consumed_mva : (n_node,)
        Complex power that loads less generators draw at 1 pu. [MVA]
    y : (n_node, n_node)
        Bus admittance matrix. [pu]
    slack_nodes, voltage_controlled_nodes
        Nodes of given voltage, and of given voltage magnitude.
    voltage : (n_node,)
        Start values; right at the slack nodes, and in magnitude where it is given. [pu]
    branch_position : (n_branch,)
        Place of each branch in service among all of the net, in the order of `branch_range`.
    branch_range
        First and past-the-last place of each table of branch elements.
    ends : (n_branch, 2)
        Nodes at the from and to end.
    admittances : (4, n_branch)
        yff, yft, ytf, ytt. [pu]
    """

    base_mva: float
    node_of_bus: dict[int, int]
    vn_kv: FloatArray
    consumed_mva: NDArray[np.complex128]
    y: sparse.csc_matrix
    slack_nodes: IndexArray
    voltage_controlled_nodes: IndexArray
    voltage: NDArray[np.complex128]
    branch_position: IndexArray
    branch_range: dict[str, tuple[int, int]]
    ends: IndexArray
    admittances: NDArray[np.complex128]


def read_case(net: pandapowerNet) -> PandapowerCase:
    """Arrays of a net, with the options its ``user_pf_options`` ask for and pandapower's defaults for the rest.

    Parameters
    ----------
    net
        Left as it is.

    Returns
    -------
    PandapowerCase
        Elements out of service and buses without supply left out.

    Raises
    ------
    NetworkError
        pandapower cannot convert it: no external grid, a branch without impedance, contradicting voltages.
    """
    working = copy.deepcopy(net)
    try:
        _set_options(working)
        _, case = _pd2ppc(working)
        base_mva, bus, _, branch, *_, slack, controlled, _, _, _, voltage, _ = _get_pf_variables_from_ppci(case)
        y, _, _ = makeYbus(base_mva, bus, branch)
        ytt, yff, yft, ytf = branch_vectors(branch, len(branch))
    except (UserWarning, ValueError, FloatingPointError, KeyError, IndexError, NotImplementedError) as error:
        raise NetworkError(
            f"pandapower cannot convert network {net.name!r}: {error or type(error).__name__}.",
            remedy="pandapower.diagnostic(net) lists what is wrong with it.",
        ) from error
    lookup = working._pd2ppc_lookups["bus"]
    nodes = {int(index): int(lookup[index]) for index in working.bus.index}
    return PandapowerCase(
        base_mva=float(base_mva),
        node_of_bus={index: node for index, node in nodes.items() if 0 <= node < len(bus)},
        vn_kv=bus[:, BASE_KV].real.astype(np.float64),
        consumed_mva=(bus[:, PD] + 1j * bus[:, QD]).astype(np.complex128),
        y=sparse.csc_matrix(y, dtype=np.complex128),
        slack_nodes=np.sort(slack).astype(np.intp),
        voltage_controlled_nodes=np.sort(controlled).astype(np.intp),
        voltage=np.asarray(voltage, dtype=np.complex128),
        branch_position=np.flatnonzero(case["internal"]["branch_is"]).astype(np.intp),
        branch_range=dict(working._pd2ppc_lookups["branch"]),
        ends=branch[:, [F_BUS, T_BUS]].real.astype(np.intp),
        admittances=np.array([yff, yft, ytf, ytt], dtype=np.complex128),
    )


def _set_options(net: pandapowerNet) -> None:
    """Fill ``net._options`` as `pandapower.runpp` does at its beginning."""
    defaults = inspect.signature(pp.runpp).parameters
    wanted = inspect.signature(_init_runpp_options).parameters
    options = {name: defaults[name].default for name in wanted if name in defaults and name not in {"net", "kwargs"}}
    options |= {"init": "flat", "algorithm": "nr", "lightsim2grid": False}
    _init_runpp_options(net, **options, passed_parameters=dict.fromkeys(NOT_OURS))

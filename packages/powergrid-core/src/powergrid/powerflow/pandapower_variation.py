"""One environment's topology and taps written into a pandapower net."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import pandapower as pp
from pandapower.auxiliary import pandapowerNet

from heron.types import BoolArray, IndexArray
from powergrid.errors import PowerFlowError
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.topology import Topology, open_ends

_OPEN_END = {"line": ("l", "from_bus", "to_bus"), "trafo": ("t", "hv_bus", "lv_bus")}


def varied_net(
    net: pandapowerNet, network: CompiledNetwork, topology: Topology, taps: Sequence[float] | None
) -> pandapowerNet:
    """Copy of a net in which a topology's branches stand open, and tap changers where they are said to.

    Parameters
    ----------
    net
        The net that was compiled.
    network
        Its compiled form.
    topology
        What stands open or closed otherwise.
    taps : (n_changer,)
        Positions; those of the net where not given.

    Returns
    -------
    pandapowerNet
        Branches open at both ends are out of service; one open end is an open switch, added where there is none.

    Raises
    ------
    NetworkError
        The topology does not fit the network.
    PowerFlowError
        pandapower has no switch for what is open at one end.
    """
    varied = copy.deepcopy(net)
    standing, is_open = open_ends(network, Topology()), open_ends(network, topology)
    for row in np.flatnonzero((is_open != standing).any(axis=1)):
        _set_branch(varied, network.branch_kind[row], int(network.branch_element[row]), standing[row], is_open[row])
    if taps is not None:
        varied.trafo.loc[network.branch_element[network.tap_changers.branch], "tap_pos"] = np.array(taps)
    return varied


def node_in(network: CompiledNetwork, varied: CompiledNetwork) -> IndexArray:
    """For each node of a network its node in the compiled form of a varied net, -1 where it has no supply there."""
    found = np.full(network.n_node, -1, dtype=np.intp)
    ends = {
        (kind, int(element)): (int(varied.from_node[row]), int(varied.to_node[row]))
        for row, (kind, element) in enumerate(zip(varied.branch_kind, varied.branch_element, strict=True))
    }
    for row, (kind, element) in enumerate(zip(network.branch_kind, network.branch_element, strict=True)):
        # open ends of lines are nodes without a bus
        if (kind, int(element)) in ends:
            found[[network.from_node[row], network.to_node[row]]] = ends[kind, int(element)]
    for bus, node in network.node_of_bus.items():
        found[node] = varied.node_of_bus.get(bus, -1)
    return found


def _set_branch(net: pandapowerNet, kind: str, element: int, was_open: BoolArray, is_open: BoolArray) -> None:
    if kind == "switch":
        net.switch.loc[element, "closed"] = not is_open.any()
        return
    net[kind].loc[element, "in_service"] = not is_open.all()
    if kind in _OPEN_END:
        letter, *columns = _OPEN_END[kind]
        for column, was, now in zip(columns, was_open, is_open, strict=True):
            _set_end(net, letter, element, net[kind].at[element, column], was, now and not is_open.all())
    elif is_open.any() != is_open.all():
        raise PowerFlowError(f"pandapower has no switch at one end of {kind} {element}.")


def _set_end(net: pandapowerNet, letter: str, element: int, bus: int, was_open: bool, is_open: bool) -> None:
    own = net.switch.index[(net.switch.et == letter) & (net.switch.element == element) & (net.switch.bus == bus)]
    if is_open and not len(own):
        pp.create_switch(net, bus, element, et=letter, closed=False)
    elif is_open or was_open:
        net.switch.loc[own, "closed"] = not is_open

"""Branches that stand open in a net and that a topology may close."""

from __future__ import annotations

import copy
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from heron.errors import suggest
from heron.types import BoolArray
from powergrid.errors import NetworkError
from powergrid.powerflow.compiled_network import BranchKind, CompiledNetwork, NormallyOpen
from powergrid.powerflow.topology import BranchReference, branch_row, changed_matrix, opened

if TYPE_CHECKING:
    from pandapower.auxiliary import pandapowerNet

_KINDS: tuple[BranchKind, ...] = ("line", "trafo", "impedance", "switch")
_ENDS = {"line": ("l", "from_bus", "to_bus"), "trafo": ("t", "hv_bus", "lv_bus")}

OpenBranches = dict[tuple[BranchKind, int], BoolArray]
"""For each branch whether its from and its to end stand open."""


def closed_copy(net: pandapowerNet, closable: Collection[BranchReference]) -> tuple[pandapowerNet, OpenBranches]:
    """Copy of a net in which some branches are closed, and how they stood.

    Parameters
    ----------
    net
        Left as it is.
    closable
        Branches that are out of service, or that switches keep open.

    Returns
    -------
    pandapowerNet
        With these in service and their switches closed.
    dict
        Which ends stood open; branches that were closed are left out.

    Raises
    ------
    NetworkError
        There is no such branch, several have the name, or it is a switch without impedance.
    """
    closed = copy.deepcopy(net)
    standing: OpenBranches = {}
    for reference in closable:
        kind, element = _element(net, reference)
        ends = _open_ends(net, kind, element)
        if ends.any():
            standing[kind, element] = ends
            close_branch(closed, kind, element)
    return closed, standing


def close_branch(net: pandapowerNet, kind: BranchKind, element: int) -> None:
    """Put a branch of a net into service and close the switches at its ends."""
    if kind == "switch":
        net.switch.loc[element, "closed"] = True
        return
    net[kind].loc[element, "in_service"] = True
    if kind in _ENDS:
        net.switch.loc[(net.switch.et == _ENDS[kind][0]) & (net.switch.element == element), "closed"] = True


def with_open_branches(network: CompiledNetwork, standing: OpenBranches) -> CompiledNetwork:
    """A network compiled with branches closed, as it is with these open until a topology closes them."""
    if not standing:
        return network
    branch = np.array([branch_row(network, reference) for reference in standing], dtype=np.intp)
    is_open = np.array(list(standing.values()), dtype=np.bool_)
    closed = np.column_stack([network.yff, network.yft, network.ytf, network.ytt])
    left = closed.copy()
    left[branch] = opened(closed[branch], is_open)
    yff, yft, ytf, ytt = (column.copy() for column in left.T)
    return replace(
        network,
        y=changed_matrix(network, branch, (left - closed)[branch]),
        yff=yff,
        yft=yft,
        ytf=ytf,
        ytt=ytt,
        normally_open=NormallyOpen(branch=branch, is_open=is_open, admittances=closed[branch]),
    )


def _element(net: pandapowerNet, reference: BranchReference) -> tuple[BranchKind, int]:
    if not isinstance(reference, str):
        kind, element = reference
        if kind not in _KINDS or element not in net[kind].index:
            raise NetworkError(f"Network {net.name!r} has no {kind} {element} to close.")
        return _checked(net, kind, int(element))
    named = [(kind, int(element)) for kind in _KINDS for element in net[kind].index[net[kind].name == reference]]
    if len(named) != 1:
        known = [str(name) for kind in _KINDS for name in net[kind].name if name]
        raise NetworkError(
            f"{len(named)} branches of network {net.name!r} are called {reference!r}.",
            remedy=suggest(reference, known) if not named else "Name it by table and index, ('line', 3).",
        )
    return _checked(net, *named[0])


def _checked(net: pandapowerNet, kind: BranchKind, element: int) -> tuple[BranchKind, int]:
    if kind == "switch" and not (net.switch.et.at[element] == "b" and net.switch.z_ohm.at[element] > 0.0):
        raise NetworkError(
            f"Switch {element} of network {net.name!r} is no branch of its own.",
            remedy="Name the line or transformer it belongs to, or give a switch between buses an impedance, z_ohm.",
        )
    return kind, element


def _open_ends(net: pandapowerNet, kind: BranchKind, element: int) -> BoolArray:
    if kind == "switch":
        return np.repeat(not net.switch.closed.at[element], 2)
    if not net[kind].in_service.at[element]:
        return np.ones(2, dtype=np.bool_)
    if kind not in _ENDS:
        return np.zeros(2, dtype=np.bool_)
    letter, *columns = _ENDS[kind]
    own = net.switch[(net.switch.et == letter) & (net.switch.element == element) & ~net.switch.closed]
    return np.array([net[kind].at[element, column] in set(own.bus) for column in columns], dtype=np.bool_)

"""From zones of a net to areas of its compiled form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from heron.errors import ConfigError
from heron.types import IndexArray
from powergrid.errors import NetworkError
from powergrid.networks.zone import bus_zones
from powergrid.plant.area import Area, GridAreas
from powergrid.plant.membership import Membership
from powergrid.powerflow.compiled_network import CompiledNetwork

REST = "grid"
"""Name of the area of what no agent, or more than one, is responsible for."""

NONE = -1
"""In place of a branch that feeds an area, where the area has the slack or no boundary of its own."""


def locate_areas(net: Any, network: CompiledNetwork, areas: Sequence[Area]) -> GridAreas:
    """Area of every node and branch.

    A node belongs to the area with its zone, or else to the area without zones. Where there is no such area, or more
    than one, it belongs to an area of its own, called ``"grid"``; more than one watch it together.

    Parameters
    ----------
    net
        pandapower net.
    network
        Its compiled form.
    areas
        Who is responsible for which zones.

    Raises
    ------
    ConfigError
        If that area is needed and an agent has its name.
    NetworkError
        If an area's transformer is not in the net.
    """
    claims = _claims(net, network, areas)
    owned = np.array([claim[0] if len(claim) == 1 else len(areas) for claim in claims], dtype=np.intp)
    named = list(areas)
    if np.any(owned == len(areas)):
        if any(area.name == REST for area in areas):
            raise ConfigError(
                f"An agent is called {REST!r}, the name of what belongs to no single agent.", remedy="Rename it."
            )
        named.append(Area(name=REST))
    watched: list[list[int]] = [[] for _ in areas]
    for node, claim in enumerate(claims):
        for area in claim:
            watched[area].append(node)
    if len(named) > len(areas):
        watched.append(np.flatnonzero(owned == len(areas)).tolist())
    feeding = _feeding_branches(network, named)
    return GridAreas(
        areas=tuple(named),
        of_node=owned,
        nodes=Membership([np.array(nodes, dtype=np.intp) for nodes in watched]),
        branches=Membership(_branches(network, watched, feeding)),
        feeding_branch=np.array(feeding, dtype=np.intp),
        slack_area=int(owned[network.slack_nodes[0]]),
    )


def _claims(net: Any, network: CompiledNetwork, areas: Sequence[Area]) -> list[list[int]]:
    """Areas that each node belongs to."""
    of_bus = bus_zones(net)
    zones: list[set[str | None]] = [set() for _ in range(network.n_node)]
    for bus, node in network.node_of_bus.items():
        zones[node].add(of_bus[int(bus)])
    unzoned = [i for i, area in enumerate(areas) if not area.zones]
    claiming: dict[str | None, list[int]] = {}
    for i, area in enumerate(areas):
        for zone in set(area.zones):
            claiming.setdefault(zone, []).append(i)
    return [sorted({i for zone in here for i in claiming.get(zone, ())}) or unzoned for here in zones]


def _branches(network: CompiledNetwork, watched: Sequence[Sequence[int]], feeding: Sequence[int]) -> list[IndexArray]:
    """Branches that end at a node of each area, without those that feed other areas, and with its own."""
    ending: list[list[int]] = [[] for _ in range(network.n_node)]
    for branch, node in enumerate(network.to_node.tolist()):
        ending[node].append(branch)
    of_someone = set(feeding)
    members = []
    for nodes, own in zip(watched, feeding, strict=True):
        here = {branch for node in nodes for branch in ending[node]} - of_someone
        members.append(np.array(sorted(here | {own} - {NONE}), dtype=np.intp))
    return members


def _feeding_branches(network: CompiledNetwork, areas: Sequence[Area]) -> list[int]:
    """Branch that is each area's transformer, `NONE` where it has none."""
    branch_of = {
        element: branch
        for branch, (kind, element) in enumerate(zip(network.branch_kind, network.branch_element.tolist(), strict=True))
        if kind == "trafo"
    }
    for area in areas:
        if area.transformer is not None and area.transformer not in branch_of:
            raise NetworkError(
                f"Area {area.name!r} is fed by transformer {area.transformer}, which is not in service in the net."
            )
    return [NONE if area.transformer is None else branch_of[area.transformer] for area in areas]

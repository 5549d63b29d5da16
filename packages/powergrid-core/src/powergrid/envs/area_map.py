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
    watched = [[node for node, claim in enumerate(claims) if area in claim] for area in range(len(areas))]
    if len(named) > len(areas):
        watched.append(np.flatnonzero(owned == len(areas)).tolist())
    feeding = np.array([_feeding_branch(network, area) for area in named], dtype=np.intp)
    branches = Membership([_branches(network, nodes, feeding, i) for i, nodes in enumerate(watched)])
    kinds = np.array(network.branch_kind)
    return GridAreas(
        areas=tuple(named),
        of_node=owned,
        nodes=Membership([np.array(nodes, dtype=np.intp) for nodes in watched]),
        branches=branches,
        lines=branches.among(np.flatnonzero(kinds == "line")),
        transformers=branches.among(np.flatnonzero(kinds == "trafo")),
        feeding_branch=feeding,
        slack_area=int(owned[network.slack_nodes[0]]),
    )


def _claims(net: Any, network: CompiledNetwork, areas: Sequence[Area]) -> list[list[int]]:
    """Areas that each node belongs to."""
    of_bus = bus_zones(net)
    zones: list[set[str | None]] = [set() for _ in range(network.n_node)]
    for bus, node in network.node_of_bus.items():
        zones[node].add(of_bus[int(bus)])
    unzoned = [i for i, area in enumerate(areas) if not area.zones]
    return [[i for i, area in enumerate(areas) if here.intersection(area.zones)] or unzoned for here in zones]


def _branches(network: CompiledNetwork, nodes: Sequence[int], feeding: IndexArray, area: int) -> IndexArray:
    """Branches that end at a node of an area, without those that feed other areas, and with its own."""
    ending = np.flatnonzero(np.isin(network.to_node, np.array(nodes, dtype=np.intp)))
    others = np.setdiff1d(feeding[feeding >= 0], feeding[area])
    own = feeding[area : area + 1][feeding[area : area + 1] >= 0]
    return np.union1d(np.setdiff1d(ending, others), own)


def _feeding_branch(network: CompiledNetwork, area: Area) -> int:
    if area.transformer is None:
        return -1
    is_it = [
        kind == "trafo" and element == area.transformer
        for kind, element in zip(network.branch_kind, network.branch_element.tolist(), strict=True)
    ]
    if True not in is_it:
        raise NetworkError(
            f"Area {area.name!r} is fed by transformer {area.transformer}, which is not in service in the net."
        )
    return is_it.index(True)

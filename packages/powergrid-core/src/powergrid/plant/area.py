"""Areas: parts of the network with an agent responsible for each."""

from __future__ import annotations

from dataclasses import dataclass

from heron.types import IndexArray
from powergrid.plant.membership import Membership


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A part of the network with an agent responsible for it.

    Parameters
    ----------
    name
        First part of the area's row names, the agent's id.
    zones
        pandapower zones that make up the area; empty for whatever is in no other area.
    transformer
        pandapower index of the transformer that feeds the area; None where the area has the slack or no
        boundary of its own.
    load_column
        Column of the series its loads follow; None keeps them nominal.
    base_power_mva
        Power that its exchange is scaled by in observations. [MVA]
    """

    name: str
    zones: tuple[str, ...] = ()
    transformer: int | None = None
    load_column: str | None = None
    base_power_mva: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GridAreas:
    """Which part of a compiled network each area is, and where it is fed.

    A zone that several areas claim is watched by all of them: its voltages and loadings count for each. What its
    loads draw is nobody's, so that no energy is paid for twice.

    Parameters
    ----------
    areas
        The areas in order; the one with the slack among them.
    of_node : (n_node,)
        Area that answers for the power drawn at each node.
    nodes, branches
        Nodes and branches that each area watches; a transformer that feeds an area is watched by it alone.
    feeding_branch : (n_area,)
        Branch that feeds each area, -1 where it has the slack or no boundary of its own.
    slack_area
        Area that the slack belongs to.
    """

    areas: tuple[Area, ...]
    of_node: IndexArray
    nodes: Membership
    branches: Membership
    feeding_branch: IndexArray
    slack_area: int

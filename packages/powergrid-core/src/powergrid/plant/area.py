"""Areas: which nodes, branches and devices belong to which agent, and where an area is fed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A part of the network with an agent responsible for it.

    Parameters
    ----------
    name
        First part of the area's row names, the agent's id.
    zones
        pandapower zones that make up the area; empty for the whole network.
    transformer
        pandapower index of the transformer that feeds the area; None where the area has the slack or no
        boundary of its own.
    load_column
        Column of the series its loads follow; None keeps them nominal.
    parent
        The superior agent.
    """

    name: str
    zones: tuple[str, ...] = ()
    transformer: int | None = None
    load_column: str | None = None
    parent: str | None = None

"""Where devices stand: what the plant needs to know of each beside its nameplate."""

from __future__ import annotations

from dataclasses import dataclass

from heron.plant.object_bank import ObjectKind
from powergrid.plant.device import Device


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """One device in the network.

    Parameters
    ----------
    name
        Unique name, the device agent's id.
    node
        Node of the compiled network it feeds into.
    area
        Position of its area.
    agent
        The device agent, which describes a device of an object kind itself.
    device
        Nameplate of an array kind; None for an object kind.
    """

    name: str
    node: int
    area: int
    agent: ObjectKind
    device: Device | None = None

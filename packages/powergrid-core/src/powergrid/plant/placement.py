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
    owner, parent
        Agent of the device, and that agent's superior.
    agent
        The device agent; its features become views of the plant's rows.
    device
        Nameplate of an array kind; None for an object kind, which the agent itself describes.
    """

    name: str
    node: int
    area: int
    owner: str
    parent: str | None
    agent: ObjectKind
    device: Device | None = None

"""Events: something that is due at an instant of simulated time."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Any


class EventKind(str, Enum):
    """What is due."""

    __hash__ = str.__hash__  # the one of Enum is written in Python, and handlers are looked up at every event

    PLANT = "plant"
    DISTURBANCE = "disturbance"
    CONDITION = "condition"
    SNAPSHOT = "snapshot"
    OBSERVATION = "observation"
    HANDOVER = "handover"
    MESSAGE = "message"
    TICK = "tick"
    ROUND = "round"
    EFFECT = "effect"
    CUSTOM = "custom"


class Priority(IntEnum):
    """Order of events of one instant.

    What the plant did until now comes first, then what it is given from now on; it is photographed, and only then does
    anyone see, act, and latch. A message that arrives is there before its receiver acts.
    """

    PLANT = 0
    DISTURBANCE = 5
    CONDITION = 8
    SNAPSHOT = 10
    OBSERVATION = 20
    HANDOVER = 22
    MESSAGE = 25
    ROUND = 27
    ACT_SYSTEM = 30
    ACT_COORDINATOR = 32
    ACT_FIELD = 40
    EFFECT = 50
    CUSTOM = 60


_PLACES = 1 << 32

_RANK_OF: dict[EventKind, int] = {
    EventKind.PLANT: Priority.PLANT * _PLACES,
    EventKind.DISTURBANCE: Priority.DISTURBANCE * _PLACES,
    EventKind.CONDITION: Priority.CONDITION * _PLACES,
    EventKind.SNAPSHOT: Priority.SNAPSHOT * _PLACES,
    EventKind.OBSERVATION: Priority.OBSERVATION * _PLACES,
    EventKind.HANDOVER: Priority.HANDOVER * _PLACES,
    EventKind.MESSAGE: Priority.MESSAGE * _PLACES,
    EventKind.TICK: Priority.ACT_FIELD * _PLACES,
    EventKind.ROUND: Priority.ROUND * _PLACES,
    EventKind.EFFECT: Priority.EFFECT * _PLACES,
    EventKind.CUSTOM: Priority.CUSTOM * _PLACES,
}


_RANK_OF_LEVEL = {1: Priority.ACT_FIELD * _PLACES, 2: Priority.ACT_COORDINATOR * _PLACES}
_RANK_OF_SYSTEM = Priority.ACT_SYSTEM * _PLACES


def rank(kind: EventKind) -> int:
    """Where events of a kind stand among those of their instant when nothing else is said."""
    return _RANK_OF[kind]


def rank_of_turn(level: int, position: int, *, observes: bool = False) -> int:
    """Where an agent's turn stands: the higher level first, then who was registered first.

    Parameters
    ----------
    level
        3 system, 2 coordinator, 1 field.
    position
        Number of the agent among all.
    observes
        Of the moment it sees, and not of that at which it acts.
    """
    first = _RANK_OF[EventKind.OBSERVATION] if observes else _RANK_OF_LEVEL.get(level, _RANK_OF_SYSTEM)
    return first + position


class Event:
    """Something due; made by `EventScheduler.schedule`.

    Attributes
    ----------
    time_ns
        When. [ns]
    kind
        What.
    agent
        Whom it concerns; None for nobody in particular.
    payload
        What the handler is told; plain data, so that a saved queue can go on elsewhere.
    is_cancelled
        Whether it will not happen after all.
    """

    __slots__ = ("agent", "is_cancelled", "kind", "payload", "time_ns")

    def __init__(self, time_ns: int, kind: EventKind, agent: str | None, payload: Any) -> None:
        self.time_ns = time_ns
        self.kind = kind
        self.agent = agent
        self.payload = payload
        self.is_cancelled = False

    def __repr__(self) -> str:
        whom = "" if self.agent is None else f" of {self.agent!r}"
        return f"Event({self.kind.value}{whom} at {self.time_ns / 1e9:g} s)"

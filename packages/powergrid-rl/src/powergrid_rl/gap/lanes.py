"""What an event log says of ticks, messages and effects, agent by agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from heron.scheduling import read_log

_NANOSECONDS = 1e9
_MARKS = ("observation", "setpoint", "effect")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that arrived, or one that was lost.

    Parameters
    ----------
    sender, receiver
        Whose it is, and for whom.
    sent_s
        When it was decided. [s]
    arrived_s
        When it arrived; None where it was lost. [s]
    """

    sender: str
    receiver: str
    sent_s: float
    arrived_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """What happened to each agent in a stretch of an episode.

    Parameters
    ----------
    agents
        Agents to whom anything happened, superiors before subordinates, each beside its own.
    until_s
        End of the stretch, which begins with the episode. [s]
    marks
        Instants by kind of record (``observation``, ``setpoint``, ``effect``) and agent. [s]
    deliveries
        Messages.
    """

    agents: tuple[str, ...]
    until_s: float
    marks: Mapping[str, Mapping[str, list[float]]]
    deliveries: tuple[Delivery, ...]

    def zoom_s(self, n_tick: int = 2) -> float:
        """An instant by which the busiest looker has looked so many times and a bit. [s]"""
        looks = sorted(self.marks["observation"].values(), key=len)
        times = sorted(set(looks[-1])) if looks else []
        return min(self.until_s, times[n_tick - 1] * 1.1) if len(times) >= n_tick else self.until_s


@dataclass(slots=True)
class _Reading:
    marks: dict[str, dict[str, list[float]]] = field(default_factory=lambda: {kind: {} for kind in _MARKS})
    deliveries: list[Delivery] = field(default_factory=list)


def read_lanes(path: Path, *, until_s: float) -> Lanes:
    """Lanes of the first episode of a log, up to an instant. [s]

    Raises
    ------
    LogError
        If the file is no event log.
    """
    log = read_log(path)
    found = _Reading()
    for record in log:
        if record.episode > 0:
            break
        time_s, agent = record.time_ns / _NANOSECONDS, record.agent
        if agent is None or time_s > until_s:
            continue
        if record.kind in _MARKS:
            found.marks[record.kind].setdefault(agent, []).append(time_s)
        elif record.kind == "message_delivered":
            sent_s = record.data["sent_ns"] / _NANOSECONDS
            found.deliveries.append(Delivery(record.data["from"], agent, sent_s, time_s))
        elif record.kind == "message_lost":
            found.deliveries.append(Delivery(agent, record.data["to"], time_s, None))
    levels: Mapping[str, int] = log.header["agents"]
    return Lanes(
        agents=_in_order(found, levels),
        until_s=until_s,
        marks=found.marks,
        deliveries=tuple(found.deliveries),
    )


def _in_order(found: _Reading, levels: Mapping[str, int]) -> tuple[str, ...]:
    """Superiors first, subordinates right below them: a subordinate's name begins with its superior's."""
    there = {agent for of_kind in found.marks.values() for agent in of_kind}
    there |= {name for one in found.deliveries for name in (one.sender, one.receiver)}
    return tuple(sorted(there, key=lambda agent: (levels.get(agent, 1) < 3, agent)))

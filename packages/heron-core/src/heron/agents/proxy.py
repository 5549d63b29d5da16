"""The proxy: level 0, keeps snapshots and shows each agent the rows it may see."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Mapping
from operator import attrgetter
from typing import Any, ClassVar

from heron.agents.agent import Agent
from heron.core.table import Snapshot, StateTable
from heron.errors import StateError
from heron.types import FloatArray, IndexArray

_TIME_NS = attrgetter("time_ns")


class ProxyAgent(Agent):
    """Stands between the plant and its observers.

    Parameters
    ----------
    agent_id
        Name.
    history
        Snapshots kept; the oldest leave first. None to keep by age instead, see `keep_for`.
    """

    level: ClassVar[int] = 0

    def __init__(self, agent_id: str = "proxy", *, history: int | None = 64) -> None:
        super().__init__(agent_id)
        self._snapshots: deque[Snapshot] = deque(maxlen=history)
        self._rows: dict[str, IndexArray] = {}
        self._span_ns: int | None = None

    def register(self, table: StateTable, levels: Mapping[str, int]) -> None:
        """Work out, once, which rows each agent may see.

        Parameters
        ----------
        table
            The world's state.
        levels
            Level of each agent.
        """
        self.register_rows({agent_id: table.visible_to(agent_id, level) for agent_id, level in levels.items()})

    def register_rows(self, rows: Mapping[str, IndexArray]) -> None:
        """Take the rows each agent may see from whoever has worked them out."""
        self._rows = dict(rows)

    def keep_for(self, span_ns: int) -> None:
        """Keep what is needed to look this far back from the newest snapshot, and nothing older. [ns]"""
        self._span_ns = span_ns

    def take(self, table: StateTable, time_ns: int) -> Snapshot:
        """Keep a snapshot of the present; one of the same instant is replaced. [ns]"""
        snapshots = self._snapshots
        if snapshots and snapshots[-1].time_ns == time_ns:
            snapshots.pop()
        snapshot = table.snapshot(time_ns)
        snapshots.append(snapshot)
        if self._span_ns is not None:
            oldest_ns = time_ns - self._span_ns
            while len(snapshots) > 1 and snapshots[1].time_ns <= oldest_ns:
                snapshots.popleft()
        return snapshot

    def visible(self, agent_id: str, *, at_ns: int | None = None) -> FloatArray:
        """Rows an agent may see as they were at a time, shape ``(n_visible, n_env)``.

        Parameters
        ----------
        agent_id
            Who asks.
        at_ns
            The newest snapshot taken at or before this time is shown; the newest of all when not given. [ns]

        Raises
        ------
        StateError
            If no snapshot is that old, or the agent is unknown.
        """
        return self.look(agent_id, at_ns=at_ns)[1]

    def look(self, agent_id: str, *, at_ns: int | None = None) -> tuple[int, FloatArray]:
        """As `visible`, with the instant of the snapshot before it. [ns]"""
        if agent_id not in self._rows:
            raise StateError(f"Proxy {self.agent_id!r} knows no agent {agent_id!r}; it knows {sorted(self._rows)}.")
        snapshots = self._snapshots
        place = len(snapshots) - 1
        if at_ns is not None and snapshots and snapshots[-1].time_ns > at_ns:
            place = bisect_right(snapshots, at_ns, key=_TIME_NS) - 1
        if place < 0:
            raise StateError(f"Proxy {self.agent_id!r} has no snapshot as old as {at_ns} ns.")
        snapshot = snapshots[place]
        return snapshot.time_ns, snapshot.values.take(self._rows[agent_id], axis=0)

    def look_back(self, agent_id: str, now_ns: int, delay_ns: int) -> tuple[int, FloatArray]:
        """What an agent sees of the world as it was some time ago; the oldest snapshot where none is as old. [ns]"""
        return self.look(agent_id, at_ns=max(now_ns - delay_ns, self.oldest_ns))

    @property
    def oldest_ns(self) -> int:
        """Instant of the oldest snapshot; 0 without any. [ns]"""
        return self._snapshots[0].time_ns if self._snapshots else 0

    def forget(self) -> None:
        """Begin without snapshots."""
        self._snapshots.clear()

    def save_state(self) -> list[tuple[int, FloatArray]]:
        """The snapshots."""
        return [(snapshot.time_ns, snapshot.values.copy()) for snapshot in self._snapshots]

    def restore_state(self, state: Any) -> None:
        """Take back what `save_state` gave."""
        self._snapshots.clear()
        self._snapshots.extend(Snapshot(time_ns, values.copy()) for time_ns, values in state)

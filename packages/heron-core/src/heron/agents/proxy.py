"""The proxy: level 0, keeps snapshots and shows each agent the rows it may see."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, ClassVar

from heron.agents.agent import Agent
from heron.core.table import Snapshot, StateTable
from heron.errors import StateError
from heron.types import FloatArray, IndexArray

if TYPE_CHECKING:
    from collections.abc import Mapping


class ProxyAgent(Agent):
    """Stands between the plant and its observers.

    Parameters
    ----------
    agent_id
        Name.
    history
        Snapshots kept; the oldest leave first.
    """

    level: ClassVar[int] = 0

    def __init__(self, agent_id: str = "proxy", *, history: int = 64) -> None:
        super().__init__(agent_id)
        self._snapshots: deque[Snapshot] = deque(maxlen=history)
        self._rows: dict[str, IndexArray] = {}

    def register(self, table: StateTable, levels: Mapping[str, int]) -> None:
        """Work out, once, which rows each agent may see.

        Parameters
        ----------
        table
            The world's state.
        levels
            Level of each agent.
        """
        self._rows = {agent_id: table.visible_to(agent_id, level) for agent_id, level in levels.items()}

    def take(self, table: StateTable, time_ns: int) -> Snapshot:
        """Keep a snapshot of the present. [ns]"""
        snapshot = table.snapshot(time_ns)
        self._snapshots.append(snapshot)
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
        if agent_id not in self._rows:
            raise StateError(f"Proxy {self.agent_id!r} knows no agent {agent_id!r}; it knows {sorted(self._rows)}.")
        for snapshot in reversed(self._snapshots):
            if at_ns is None or snapshot.time_ns <= at_ns:
                return snapshot.values[self._rows[agent_id]]
        raise StateError(f"Proxy {self.agent_id!r} has no snapshot as old as {at_ns} ns.")

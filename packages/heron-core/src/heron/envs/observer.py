"""Observing: one gather from the state table for all agents together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import gymnasium
import numpy as np

from heron.core.observation import Observation
from heron.core.table import StateTable
from heron.errors import UnknownNameError, suggest
from heron.types import Float32Array, FloatArray, IndexArray

CLIP = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ObserverOptions:
    """How observations look.

    Parameters
    ----------
    scaled
        Scale by the rows' declarations and clip to ±10, or give physical numbers.
    full
        Show every row to every agent; for ablations only.
    one_hot
        Append which of the learners the agent is.
    """

    scaled: bool = True
    full: bool = False
    one_hot: bool = False


class Observer:
    """Shows each agent the rows it may see.

    Parameters
    ----------
    table
        The world's state, with owners filled in.
    levels
        Level of each agent, by name.
    learners
        Agents whose observations are wanted at every step, in order.
    options
        How observations look.
    """

    def __init__(
        self, table: StateTable, levels: Mapping[str, int], learners: Sequence[str], options: ObserverOptions
    ) -> None:
        self._table = table
        self._options = options
        self._offset = np.array([quantity.offset for quantity in table.quantities])
        self._scale = np.array([quantity.scale for quantity in table.quantities])
        everything = np.arange(len(table), dtype=np.intp)
        accounts = np.array([".account." in name for name in table.names])
        self.rows: dict[str, IndexArray] = {
            agent_id: everything[~accounts] if options.full else table.visible_to(agent_id, level)
            for agent_id, level in levels.items()
        }
        self.learners = tuple(learners)
        self._names = {agent_id: [table.names[row] for row in rows] for agent_id, rows in self.rows.items()}
        parts = [self.rows[agent_id] for agent_id in self.learners]
        self._all_rows = np.concatenate(parts) if parts else np.zeros(0, dtype=np.intp)
        self._all_offset = self._offset[self._all_rows, np.newaxis]
        self._all_scale = self._scale[self._all_rows, np.newaxis]
        ends = np.cumsum([0, *(len(part) for part in parts)])
        self._spans = {agent_id: slice(int(ends[i]), int(ends[i + 1])) for i, agent_id in enumerate(self.learners)}
        self._state_rows = np.unique(self._all_rows)
        self._one_hot = np.eye(len(self.learners), dtype=np.float32) if options.one_hot else None

    def names(self, agent_id: str) -> list[str]:
        """Row names an agent sees, and ``is.<agent>`` for the one-hot part."""
        tail = [f"is.{name}" for name in self.learners] if self._has_one_hot(agent_id) else []
        return self._visible_names(agent_id) + tail

    def space(self, agent_id: str) -> gymnasium.spaces.Box:
        """Box of an agent's observation vector."""
        size = len(self.names(agent_id))
        bound = CLIP if self._options.scaled else np.inf
        return gymnasium.spaces.Box(-bound, bound, shape=(size,), dtype=np.float32)

    def observe(self, agent_id: str, time_s: FloatArray) -> Observation:
        """One agent's view of the present. [s]"""
        names = self._visible_names(agent_id)
        rows = self.rows[agent_id]
        physical = self._table.values[rows]
        shown, _ = self._show(physical, self._offset[rows, np.newaxis], self._scale[rows, np.newaxis])
        return Observation(
            agent_id=agent_id, names=names, values=self._append(agent_id, shown), physical=physical, time_s=time_s
        )

    def vectors(self) -> tuple[dict[str, Float32Array], dict[str, IndexArray]]:
        """Observations of all learners, each ``(n_env, dim)``, and how many entries were clipped, ``(n_env,)``."""
        shown, clipped = self._show(self._table.values[self._all_rows], self._all_offset, self._all_scale)
        vectors = {name: self._append(name, shown[:, span]) for name, span in self._spans.items()}
        counts = {name: np.count_nonzero(clipped[span], axis=0) for name, span in self._spans.items()}
        return vectors, counts

    def state(self) -> Float32Array:
        """Everything any learner sees, each row once, scaled: for a centralised critic, ``(n_env, dim)``."""
        rows = self._state_rows
        scaled = (self._table.values[rows] - self._offset[rows, np.newaxis]) / self._scale[rows, np.newaxis]
        return np.ascontiguousarray(np.clip(scaled, -CLIP, CLIP).T.astype(np.float32))

    def state_names(self) -> list[str]:
        """Row names of `state`."""
        return [self._table.names[row] for row in self._state_rows]

    def _show(
        self, physical: FloatArray, offset: FloatArray, scale: FloatArray
    ) -> tuple[Float32Array, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
        if not self._options.scaled:
            return physical.T.astype(np.float32), np.zeros(physical.shape, dtype=np.bool_)
        scaled = (physical - offset) / scale
        clipped = np.abs(scaled) > CLIP
        return np.clip(scaled, -CLIP, CLIP).T.astype(np.float32), clipped

    def _append(self, agent_id: str, values: Float32Array) -> Float32Array:
        if self._one_hot is None or agent_id not in self.learners:
            return np.ascontiguousarray(values)
        mark = self._one_hot[self.learners.index(agent_id)]
        return np.hstack([values, np.broadcast_to(mark, (len(values), len(mark)))])

    def _has_one_hot(self, agent_id: str) -> bool:
        return self._one_hot is not None and agent_id in self.learners

    def _visible_names(self, agent_id: str) -> list[str]:
        if agent_id not in self._names:
            raise UnknownNameError(f"Nobody is called {agent_id!r}.", remedy=suggest(agent_id, self._names))
        return self._names[agent_id]

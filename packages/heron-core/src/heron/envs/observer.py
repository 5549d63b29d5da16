"""Observing: one gather from the state table for all agents together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import gymnasium
import numpy as np

from heron.core.observation import Observation
from heron.core.table import StateTable
from heron.errors import UnknownNameError, suggest
from heron.types import BoolArray, Float32Array, FloatArray, IndexArray

CLIP = 10.0
_PADDING = 8
_FEW = 64
"""Entries up to which numpy's reductions take longer than Python's: 6 against 1.6 µs for a dozen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObserverOptions:
    """How observations look.

    Parameters
    ----------
    scaled
        Scale by the rows' declarations and clip to ±10, or give physical numbers.
    full
        Show everyone every row that is open to anybody; for ablations only.
    one_hot
        Append which of the learners the agent is.
    """

    scaled: bool = True
    full: bool = False
    one_hot: bool = False


class Vectors(dict[str, Float32Array]):
    """Observations by learner, ``(n_env, dim)`` each: views of one array with all of them side by side.

    Parameters
    ----------
    stacked : (n_env, sum of dim)
        The array, the learners in order.
    spans
        Columns of each learner.
    """

    def __init__(self, stacked: Float32Array, spans: Mapping[str, slice]) -> None:
        super().__init__({agent_id: stacked[:, span] for agent_id, span in spans.items()})
        self.stacked = stacked


class _View:
    """Rows that are shown together, with their scales as columns."""

    def __init__(self, table: StateTable, rows: IndexArray, *, scaled: bool) -> None:
        self.rows = rows
        self._table = table
        self._scaled = scaled
        self._offset = np.array([[table.quantities[row].offset] for row in rows]).reshape(-1, 1)
        self._scale = np.array([[table.quantities[row].scale] for row in rows]).reshape(-1, 1)

    def physical(self) -> FloatArray:
        """Copy of the rows, ``(n_row, n_env)``, each in its unit."""
        copy: FloatArray = self._table.values.take(self.rows, axis=0)
        return copy

    def show(self, physical: FloatArray) -> tuple[FloatArray, BoolArray | None]:
        """Values to be shown, and which of them were clipped; None where none was."""
        return self.scaled(physical.copy())

    def scaled(self, values: FloatArray) -> tuple[FloatArray, BoolArray | None]:
        """As `show`, for physical values that nobody needs any more: they are overwritten."""
        if not self._scaled or not values.size:
            return values, None
        np.subtract(values, self._offset, out=values)
        np.divide(values, self._scale, out=values)
        if _in_box(values):  # hardly anything is ever clipped
            return values, None
        beyond = np.abs(values) > CLIP
        return np.clip(values, -CLIP, CLIP, out=values), beyond


def _in_box(values: FloatArray) -> bool:
    """Whether nothing is to be clipped; the extremes need no array in between."""
    if values.size <= _FEW:
        listed = values.ravel().tolist()
        return bool(max(listed) <= CLIP and min(listed) >= -CLIP)
    return bool(np.maximum.reduce(values, axis=None) <= CLIP and np.minimum.reduce(values, axis=None) >= -CLIP)


class _Turn:
    """Turns values ``(n_row, n_env)`` over into observations ``(n_env, n_row)``.

    On the way they go through an array whose rows are a little longer in memory: where rows are a power of two long,
    all elements of a column fall into the same few lines of the cache, and turning takes six times as long.
    """

    def __init__(self, n_row: int, n_env: int) -> None:
        self._padded = np.empty((n_row, n_env + _PADDING), dtype=np.float32)[:, :n_env] if n_env > _PADDING else None

    def __call__(self, values: FloatArray) -> Float32Array:
        """View ``(n_env, n_row)``, to be copied from."""
        if self._padded is None:
            return values.astype(np.float32).T
        self._padded[...] = values
        return self._padded.T


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

    Attributes
    ----------
    rows
        Table rows that each agent sees, in the order of its observation.
    """

    def __init__(
        self, table: StateTable, levels: Mapping[str, int], learners: Sequence[str], options: ObserverOptions
    ) -> None:
        self._table = table
        self._options = options
        self.learners = tuple(learners)
        opened = np.flatnonzero([bool(quantity.visibility) for quantity in table.quantities])
        self.rows: dict[str, IndexArray] = {
            agent_id: opened if options.full else table.visible_to(agent_id, level)
            for agent_id, level in levels.items()
        }
        self._names = {agent_id: [table.names[row] for row in rows] for agent_id, rows in self.rows.items()}
        self._found: dict[str, dict[str, int]] = {agent_id: {} for agent_id in self.rows}
        self._views = {agent_id: _View(table, rows, scaled=options.scaled) for agent_id, rows in self.rows.items()}
        parts = [self.rows[agent_id] for agent_id in self.learners]
        together = np.concatenate(parts) if parts else np.zeros(0, dtype=np.intp)
        self._together = _View(table, together, scaled=options.scaled)
        self._critic = _View(table, np.unique(together), scaled=True)
        self._turn = _Turn(len(together), table.n_env)
        self._turn_critic = _Turn(len(self._critic.rows), table.n_env)
        self._marks = np.eye(len(self.learners) if options.one_hot else 0, dtype=np.float32)
        self._lay_out([len(part) for part in parts])

    def names(self, agent_id: str) -> list[str]:
        """Row names an agent sees, and ``is.<agent>`` for the one-hot part."""
        marked = self._options.one_hot and agent_id in self.learners
        return self._visible_names(agent_id) + ([f"is.{name}" for name in self.learners] if marked else [])

    def space(self, agent_id: str) -> gymnasium.spaces.Box:
        """Box of an agent's observation vector."""
        size = len(self.names(agent_id))
        bound = CLIP if self._options.scaled else np.inf
        return gymnasium.spaces.Box(-bound, bound, shape=(size,), dtype=np.float32)

    def observe(self, agent_id: str, time_s: FloatArray) -> Observation:
        """One agent's view of the present. [s]"""
        self._visible_names(agent_id)
        return self.view_of(agent_id, self._views[agent_id].physical(), time_s)[0]

    def view_of(self, agent_id: str, physical: FloatArray, time_s: FloatArray) -> tuple[Observation, IndexArray]:
        """One agent's view of a moment.

        Parameters
        ----------
        agent_id
            Who sees it.
        physical : (n_row, n_env)
            The agent's `rows` as they were at that moment, each in its unit.
        time_s : (n_env,)
            The moment, since the episode began. [s]

        Returns
        -------
        observation
            What it sees.
        clipped : (n_env,)
            How many entries were cut to the Box.
        """
        shown, beyond = self._views[agent_id].show(physical)
        values = np.ascontiguousarray(shown.T.astype(np.float32))
        if self._options.one_hot and agent_id in self.learners:
            mark = self._marks[self.learners.index(agent_id)]
            values = np.hstack([values, np.broadcast_to(mark, (len(values), len(mark)))])
        observation = Observation(
            agent_id=agent_id,
            names=self._names[agent_id],
            values=values,
            physical=physical,
            time_s=time_s,
            found=self._found[agent_id],
        )
        return observation, self._none_clipped if beyond is None else np.count_nonzero(beyond, axis=0)

    def blank(self) -> Vectors:
        """Room for an observation of each learner, zeros."""
        return Vectors(np.zeros((self._table.n_env, self._n_column), dtype=np.float32), self._spans)

    @property
    def learner_rows(self) -> IndexArray:
        """Rows of all learners, one learner's after the other's."""
        return self._together.rows

    def vectors(self, physical: FloatArray | None = None) -> tuple[Vectors, dict[str, IndexArray]]:
        """Observations of all learners, each ``(n_env, dim)``, and how many entries were clipped, ``(n_env,)``.

        Parameters
        ----------
        physical : (n_row, n_env)
            Their `learner_rows`, each in its unit, which are overwritten; those of the present when not given.
        """
        shown, beyond = self._together.scaled(self._together.physical() if physical is None else physical)
        turned = self._turn(shown)
        stacked = np.empty((self._table.n_env, self._n_column), dtype=np.float32)
        for columns, rows in self._layout:
            stacked[:, columns] = turned[:, rows]
        for columns, mark in self._stamps:
            stacked[:, columns] = mark
        vectors = Vectors(stacked, self._spans)
        if beyond is None:
            return vectors, dict.fromkeys(self.learners, self._none_clipped)
        counted = {agent_id: np.count_nonzero(beyond[rows], axis=0) for agent_id, rows in self._row_spans.items()}
        return vectors, counted

    def state(self) -> Float32Array:
        """Everything any learner sees, each row once, scaled: for a centralised critic, ``(n_env, dim)``."""
        shown, _ = self._critic.scaled(self._critic.physical())
        state: Float32Array = self._turn_critic(shown).copy(order="C")
        return state

    def state_names(self) -> list[str]:
        """Row names of `state`."""
        return [self._table.names[row] for row in self._critic.rows]

    def _lay_out(self, sizes: Sequence[int]) -> None:
        """Which rows go into which columns: all at once, or agent by agent where each is followed by its mark."""
        rows, width = np.cumsum([0, *sizes]).tolist(), len(self._marks)
        columns = [row + place * width for place, row in enumerate(rows)]
        self._n_column: int = columns[-1]
        self._row_spans = {a: slice(rows[k], rows[k + 1]) for k, a in enumerate(self.learners)}
        self._spans = {a: slice(columns[k], columns[k + 1]) for k, a in enumerate(self.learners)}
        everything = [(slice(0, rows[-1]), slice(0, rows[-1]))]
        marked = [(slice(columns[k], columns[k] + size), slice(rows[k], rows[k + 1])) for k, size in enumerate(sizes)]
        self._layout = marked if self._options.one_hot else everything
        ends = columns[1:] if self._options.one_hot else []
        self._stamps = [(slice(end - width, end), mark) for end, mark in zip(ends, self._marks, strict=True)]
        self._none_clipped: IndexArray = np.zeros(self._table.n_env, dtype=np.intp)
        self._none_clipped.flags.writeable = False

    def _visible_names(self, agent_id: str) -> list[str]:
        if agent_id not in self._names:
            raise UnknownNameError(f"Nobody is called {agent_id!r}.", remedy=suggest(agent_id, self._names))
        return self._names[agent_id]

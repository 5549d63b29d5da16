"""Snapshots of the rows that learners see, and a look at them that is of another age in every environment."""

from __future__ import annotations

from typing import Any

import numpy as np

from heron.core.table import StateTable
from heron.types import FloatArray, IndexArray


class SnapshotRing:
    """The last snapshots of some rows, the newest in place of the oldest.

    Parameters
    ----------
    table
        The world's state.
    rows : (n_row,)
        Rows to be looked at; one may stand there several times.
    groups : (n_row,)
        Which of them are looked at together.
    depth
        Snapshots that are kept.
    """

    def __init__(self, table: StateTable, rows: IndexArray, *, groups: IndexArray, depth: int) -> None:
        self._table, self._groups = table, groups
        self._rows, place = np.unique(rows, return_inverse=True)
        self._kept: FloatArray = np.zeros((depth, len(self._rows), table.n_env))
        self._size = len(self._rows) * table.n_env
        self._index = place.reshape(-1, 1) * table.n_env + np.arange(table.n_env)

    @property
    def depth(self) -> int:
        """Snapshots that are kept."""
        return len(self._kept)

    def keep(self, moment: int, envs: IndexArray | None = None) -> None:
        """Take a snapshot of the present; of some environments only, where others have one of this moment already."""
        kept = self._kept[moment % self.depth]
        if envs is None:
            self._table.values.take(self._rows, axis=0, out=kept, mode="clip")
        else:
            kept[:, envs] = self._table.values[self._rows[:, np.newaxis], envs]

    def gather(self, moments: IndexArray, rows: slice = slice(None)) -> FloatArray:
        """Rows as they were: one gather.

        Parameters
        ----------
        moments : (n_group, n_env)
            Moment that each group is shown in each environment, at most ``depth - 1`` before the newest.
        rows
            Which of the rows; all when not given.

        Returns
        -------
        (n_row, n_env)
            A copy, each row in its unit.
        """
        begins = (moments % self.depth) * self._size
        seen: FloatArray = self._kept.reshape(-1).take(begins[self._groups[rows]] + self._index[rows])
        return seen

    def fits(self, state: Any) -> bool:
        """Whether `restore_state` could take this back."""
        return bool(np.shape(state) == self._kept.shape)

    def save_state(self) -> Any:
        """The snapshots."""
        return self._kept.copy()

    def restore_state(self, state: Any) -> None:
        """Take back what `save_state` gave."""
        self._kept[...] = state

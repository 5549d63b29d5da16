"""Membership: which rows of an array belong to which area, and what an area makes of its rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from heron.types import FloatArray, IndexArray
from powergrid.plant.reduce import segment_sum


class Membership:
    """Rows of nodes or branches, grouped by area; a row may belong to one area, to several or to none.

    Parameters
    ----------
    members
        Rows of each area, in the order in which they are added up.
    """

    def __init__(self, members: Sequence[IndexArray]) -> None:
        counts = np.array([len(rows) for rows in members], dtype=np.intp)
        self.n_area = len(members)
        self.rows: IndexArray = np.concatenate([np.zeros(0, dtype=np.intp), *members]).astype(np.intp)
        self.area: IndexArray = np.repeat(np.arange(self.n_area), counts)
        self._filled = np.flatnonzero(counts)
        self._first = np.concatenate([[0], np.cumsum(counts[self._filled])])[:-1].astype(np.intp)

    def among(self, chosen: IndexArray) -> Membership:
        """The same areas with those of their rows that are among the chosen ones."""
        kept = np.isin(self.rows, chosen)
        return Membership([self.rows[kept & (self.area == area)] for area in np.arange(self.n_area)])

    def of(self, area: int) -> IndexArray:
        """Rows of one area."""
        rows: IndexArray = self.rows[self.area == area]
        return rows

    def total(self, values: FloatArray) -> FloatArray:
        """Sum of each area's rows, ``(n_area, n_env)``; 0 for an area without any. [unit of the values]

        Parameters
        ----------
        values : (n_row, n_env)
            Any quantity.
        """
        return segment_sum(values[self.rows], self.area, self.n_area)

    def lowest(self, values: FloatArray, *, empty: float) -> FloatArray:
        """Lowest of each area's rows, ``(n_area, n_env)``; ``empty`` for an area without any. [unit of the values]"""
        return self._extreme(np.minimum, values, empty)

    def highest(self, values: FloatArray, *, empty: float) -> FloatArray:
        """Highest of each area's rows, ``(n_area, n_env)``; ``empty`` for an area without any. [unit of the values]"""
        return self._extreme(np.maximum, values, empty)

    def _extreme(self, ufunc: np.ufunc, values: FloatArray, empty: float) -> FloatArray:
        # The extreme of some numbers does not depend on the order in which they are compared.
        extremes = np.full((self.n_area, values.shape[1]), empty)
        if len(self._filled):
            extremes[self._filled] = ufunc.reduceat(values[self.rows], self._first)
        return extremes

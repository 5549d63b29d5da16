"""Membership: which rows of an array belong to which area, and what an area makes of its rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from heron.types import FloatArray, IndexArray
from powergrid.powerflow.jit import njit


class Membership:
    """Rows of nodes or branches, grouped by area; a row may belong to one area, to several or to none.

    Parameters
    ----------
    members
        Rows of each area, in the order in which they are added up.

    Attributes
    ----------
    rows, area : (n_member,)
        Each row that is a member, and the area it is a member of.
    """

    def __init__(self, members: Sequence[IndexArray]) -> None:
        self.n_area = len(members)
        self.rows: IndexArray = np.concatenate([np.zeros(0, dtype=np.intp), *members]).astype(np.intp)
        self.area: IndexArray = np.repeat(np.arange(self.n_area), [len(rows) for rows in members])
        self._empty = np.setdiff1d(np.arange(self.n_area), self.area)

    def among(self, chosen: IndexArray) -> Membership:
        """The same areas with those of their rows that are among the chosen ones."""
        kept = np.isin(self.rows, chosen)
        ends = np.cumsum(np.bincount(self.area[kept], minlength=self.n_area))
        return Membership(np.split(self.rows[kept], ends[:-1]))

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
        total = np.zeros((self.n_area, values.shape[1]))
        _add(values, self.rows, self.area, total)
        return total

    def extremes(self, values: FloatArray, *, empty: float) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest of each area's rows, ``(n_area, n_env)`` each. [unit of the values]

        Parameters
        ----------
        values : (n_row, n_env)
            Any quantity.
        empty
            Both extremes of an area without rows.
        """
        shape = (self.n_area, values.shape[1])
        lowest, highest = np.full(shape, np.inf), np.full(shape, -np.inf)
        _compare(values, self.rows, self.area, lowest, highest)
        if len(self._empty):
            lowest[self._empty] = highest[self._empty] = empty
        return lowest, highest


@njit
def _add(values: FloatArray, rows: IndexArray, area: IndexArray, total: FloatArray) -> None:
    for k in range(len(rows)):
        for env in range(values.shape[1]):
            total[area[k], env] += values[rows[k], env]


@njit
def _compare(values: FloatArray, rows: IndexArray, area: IndexArray, lowest: FloatArray, highest: FloatArray) -> None:
    for k in range(len(rows)):
        for env in range(values.shape[1]):
            value = values[rows[k], env]
            lowest[area[k], env] = min(lowest[area[k], env], value)
            highest[area[k], env] = max(highest[area[k], env], value)

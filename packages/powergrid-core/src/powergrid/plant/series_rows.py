"""Rows of the state table that follow columns of a time series."""

from __future__ import annotations

import numpy as np

from heron.types import FloatArray, IndexArray


class SeriesRows:
    """Which row follows which series, and how far ahead.

    Attributes
    ----------
    targets : (n_row,)
        Rows of the state table.
    """

    def __init__(self) -> None:
        self._series: list[FloatArray] = []
        self._plan: list[tuple[int, int, int]] = []

    def add_series(self, values: FloatArray) -> int:
        """Number under which rows can follow a series ``(n_step,)``."""
        self._series.append(values)
        return len(self._series) - 1

    def follow(self, row: int, series: int, *, lag: int = 0) -> None:
        """Let a row show a series, some steps ahead."""
        self._plan.append((row, series, lag))

    def finish(self, n_step: int) -> None:
        """Lay out all series one after the other, each continued by its beginning as far as a row looks ahead."""
        rows, series, lags = np.array(self._plan, dtype=np.intp).T
        length = n_step + int(lags.max())
        around = np.arange(length) % n_step
        self.targets: IndexArray = rows
        self._flat = np.concatenate([values[around] for values in self._series])
        self._first = (series * length + lags)[:, np.newaxis]

    def at(self, cursor: IndexArray) -> FloatArray:
        """Values of the rows, ``(n_row, n_env)``.

        Parameters
        ----------
        cursor : (n_env,)
            Step at which each environment is, from 0 to ``n_step - 1``.
        """
        present: FloatArray = self._flat.take(self._first + cursor)
        return present


def interval_means(values: FloatArray, width: int) -> FloatArray:
    """Mean over the next ``width`` values, the present one included, for every position; the end meets the beginning.

    Parameters
    ----------
    values : (n_step,)
        A series.
    width
        Number of values in an interval.
    """
    if width == 1:
        return np.ascontiguousarray(values)
    around = np.concatenate([values, values[: width - 1]])
    return np.convolve(around, np.ones(width), mode="valid") / width


def trailing_day_mean(values: FloatArray, steps_per_day: int) -> FloatArray:
    """Mean over the last 24 hours up to and including the present value; over fewer at the beginning.

    Parameters
    ----------
    values : (n_step,)
        A series.
    steps_per_day
        Values in 24 hours.
    """
    total = np.concatenate([[0.0], np.cumsum(values)])
    last = np.arange(1, len(values) + 1)
    first = np.maximum(last - steps_per_day, 0)
    mean: FloatArray = (total[last] - total[first]) / (last - first)
    return mean

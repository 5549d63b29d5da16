"""The day on which an episode starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from heron.core.random import SeedTree
from heron.errors import ConfigError, suggest
from heron.types import IndexArray
from powergrid.plant.series import TimeSeriesTable

RANDOM, IN_ORDER = "random_day", "in_order"
RESET_OPTIONS = ("day", "start_row")
_PROBE = "options"  # PettingZoo's api tests reset with {"options": 1}, which must do nothing
_OTHER = "What a device begins with is part of its configuration."


class StartDays:
    """Rows of the series at which episodes start: one per day of a split, midnight unless said otherwise.

    Parameters
    ----------
    series
        The time series.
    split
        ``"train"`` or ``"test"``.
    start
        ``"random_day"``, ``"in_order"`` or a day's number in the split.
    n_row
        Rows that an episode reads; a day without so many rows of the same split after its start is left out.
    first
        How many rows after local midnight an episode starts; ``start_row`` is not moved by it.

    Raises
    ------
    ConfigError
        If there is no such day.
    DatasetError
        If the split has no day with room for an episode.
    """

    def __init__(self, series: TimeSeriesTable, *, split: str, start: str | int, n_row: int, first: int = 0) -> None:
        self.rows = series.day_starts(split, n_step=first + n_row) + first
        self._n_step = series.n_step
        self._start = start
        if not isinstance(start, str):
            _check(np.array([start]), len(self.rows), f"start: day of split {split!r}")

    def check(self, count: int, options: Mapping[str, Any]) -> None:
        """Refuse options that `choose` could not follow, for so many environments.

        Raises
        ------
        ConfigError
            If a day or row does not exist, or an option is none of these.
        """
        for name in options:
            if name not in RESET_OPTIONS and name != _PROBE:
                raise ConfigError(
                    f"There is no reset option {name!r}; there are {', '.join(map(repr, RESET_OPTIONS))}.",
                    remedy=suggest(str(name), RESET_OPTIONS) or _OTHER,
                )
        if "day" in options and "start_row" in options:
            raise ConfigError("Reset options 'day' and 'start_row' contradict each other.", remedy="Give one of them.")
        if "start_row" in options:
            _numbers(options["start_row"], count, self._n_step, "reset option 'start_row'")
        day = options.get("day", self._start)
        if not isinstance(day, str):
            _numbers(day, count, len(self.rows), "reset option 'day'")
        elif day not in (RANDOM, IN_ORDER):
            raise ConfigError(f"reset option 'day' is {day!r}.", remedy=f"Give a number, {RANDOM!r} or {IN_ORDER!r}.")

    def choose(self, trees: Sequence[SeedTree], options: Mapping[str, Any]) -> IndexArray:
        """Rows at which some environments start.

        Parameters
        ----------
        trees
            Their random streams.
        options
            ``day``: number in the split, or ``start_row``: row of the series; one for all or one per environment.

        Raises
        ------
        ConfigError
            As `check`.
        """
        self.check(len(trees), options)
        if "start_row" in options:
            return _spread(options["start_row"], len(trees))
        return self.rows[self._days(trees, options.get("day", self._start))]

    def _days(self, trees: Sequence[SeedTree], day: Any) -> IndexArray:
        n_day = len(self.rows)
        if not isinstance(day, str):
            return _spread(day, len(trees))
        if day == RANDOM:
            return np.array([tree.generator("plant", "start_day").integers(n_day) for tree in trees], dtype=np.intp)
        return np.array([(tree.seed + tree.episode) % n_day for tree in trees], dtype=np.intp)


def _numbers(given: Any, count: int, limit: int, what: str) -> None:
    numbers = np.asarray(given)
    if numbers.dtype.kind not in "iu" or numbers.shape not in ((), (1,), (count,)):
        raise ConfigError(f"{what} is {given!r}.", remedy=f"Give one whole number, or {count}, one per environment.")
    _check(numbers, limit, what)


def _spread(given: Any, count: int) -> IndexArray:
    return np.broadcast_to(np.asarray(given), count).astype(np.intp)


def _check(chosen: IndexArray, limit: int, what: str) -> None:
    if np.any((chosen < 0) | (chosen >= limit)):
        raise ConfigError(f"{what} is {chosen.tolist()}.", remedy=f"It must be from 0 to {limit - 1}.")

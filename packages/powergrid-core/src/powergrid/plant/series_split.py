"""Days for training and days for testing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from heron.types import BoolArray, IndexArray
from powergrid.errors import DatasetError

WEEK_ORIGIN = np.datetime64("2023-01-01", "D")
"""Local day from which weeks are counted."""


def local_midnights(n_step: int, start: np.datetime64, step_s: float, utc_offset_h: float) -> IndexArray:
    """Rows at which a complete local day begins.

    Parameters
    ----------
    n_step, start, step_s, utc_offset_h
        Length, first instant (UTC), step [s] and local standard time minus UTC [h] of a table.

    Returns
    -------
    IndexArray
        Row of each local midnight that a whole day follows; the row 0 alone when the table holds no whole day.
    """
    steps_per_day = round(86_400 / step_s)
    local = start.astype("datetime64[s]") + np.timedelta64(round(utc_offset_h * 3600), "s")
    until_midnight_s = float(-(local - local.astype("datetime64[D]")).astype("timedelta64[s]").astype(int) % 86_400)
    first = int(-(-until_midnight_s // step_s))
    starts = np.arange(first, n_step - steps_per_day + 1, steps_per_day, dtype=np.intp)
    return starts if starts.size else np.zeros(1, dtype=np.intp)


def interleaved_weeks(
    n_step: int, start: np.datetime64, step_s: float = 3600.0, utc_offset_h: float = -8.0
) -> dict[str, IndexArray]:
    """Every fourth week for testing, the other three for training: both see every season and price level.

    Weeks of seven local days are counted from 1 January 2023; week numbers 3, 7, 11, … are for testing.

    Parameters
    ----------
    n_step, start, step_s, utc_offset_h
        Length, first instant (UTC), step [s] and local standard time minus UTC [h] of a table.

    Raises
    ------
    DatasetError
        The table is too short to have days of both.
    """
    starts = local_midnights(n_step, start, step_s, utc_offset_h)
    week = np.floor_divide(_local_days(starts, start, step_s, utc_offset_h) - WEEK_ORIGIN.astype(int), 7)
    return _two_parts(starts, np.mod(week, 4) == 3, np.mod(week, 4) != 3, what="every fourth week")


def calendar_years(
    n_step: int,
    start: np.datetime64,
    step_s: float = 3600.0,
    utc_offset_h: float = -8.0,
    *,
    train: Collection[int],
    test: Collection[int],
) -> dict[str, IndexArray]:
    """Whole local years for training and others for testing: shows how a policy bears a market that has moved on.

    Parameters
    ----------
    n_step, start, step_s, utc_offset_h
        Length, first instant (UTC), step [s] and local standard time minus UTC [h] of a table.
    train, test
        Years of each part, for example ``[2023]`` and ``[2024]``.

    Raises
    ------
    DatasetError
        A year is in both parts, or the table has no day of a part.
    """
    both = sorted(set(train) & set(test))
    if both:
        raise DatasetError(f"Years {both} are both for training and for testing.")
    starts = local_midnights(n_step, start, step_s, utc_offset_h)
    days = _local_days(starts, start, step_s, utc_offset_h).astype("datetime64[D]")
    year = days.astype("datetime64[Y]").astype(int) + 1970
    return _two_parts(
        starts, np.isin(year, sorted(test)), np.isin(year, sorted(train)), what=f"{sorted(train)} and {sorted(test)}"
    )


def default_splits(n_step: int, start: np.datetime64, step_s: float, utc_offset_h: float) -> Mapping[str, IndexArray]:
    """Interleaved weeks, or every day in both parts where the table holds less than four weeks."""
    starts = local_midnights(n_step, start, step_s, utc_offset_h)
    if starts.size < 28:
        return {"train": starts, "test": starts}
    return interleaved_weeks(n_step, start, step_s, utc_offset_h)


def day_rows(starts: IndexArray, *, n_step: int, steps_per_day: int) -> BoolArray:
    """Which of `n_step` rows belong to a day that begins at one of the starts."""
    rows = np.zeros(n_step, dtype=np.bool_)
    for start in starts:
        rows[start : start + steps_per_day] = True
    return rows


def _local_days(starts: IndexArray, start: np.datetime64, step_s: float, utc_offset_h: float) -> IndexArray:
    # Days since 1970 in local standard time: half a step is added so that no rounding can fall on the day before.
    first_s = float(start.astype("datetime64[s]").astype(int)) + utc_offset_h * 3600.0
    days: IndexArray = np.floor_divide(first_s + (starts + 0.5) * step_s, 86_400.0).astype(np.intp)
    return days


def _two_parts(starts: IndexArray, test: BoolArray, train: BoolArray, *, what: str) -> dict[str, IndexArray]:
    if not test.any() or not train.any():
        raise DatasetError(f"A table of {starts.size} days cannot be split into {what}: one part would be empty.")
    return {"train": starts[train], "test": starts[test]}

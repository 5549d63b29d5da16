"""Table of exogenous series: load, sun, wind and price over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from heron.errors import suggest
from heron.types import BoolArray, FloatArray, IndexArray
from powergrid.errors import DatasetError
from powergrid.plant.series_mapping import flatten, is_split_mapping, joined, stacked
from powergrid.plant.series_split import day_rows, default_splits

KIND_UNITS: Mapping[str, str] = {"load": "1", "solar": "1", "wind": "1", "price": "USD/MWh"}
"""Unit of each kind of column: shapes are fractions of their maximum."""

DEFAULT_START = np.datetime64("2023-01-01T08:00:00", "s")
"""Midnight of 1 January 2023 in Pacific Standard Time, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnScale:
    """Mean and spread of each column over the training days, for scaling observations.

    Parameters
    ----------
    mean, spread : (n_column,)
        Mean and standard deviation in the column's unit; the spread of a constant column is 1.
    """

    mean: FloatArray
    spread: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimeSeriesTable:
    """What the world does whatever the controllers do: load, sun, wind and price, one row per interval.

    Parameters
    ----------
    columns
        Names ``"kind/area"`` such as ``"load/BANC"``, or ``"kind"`` alone for a series that every area shares.
    values : (n_step, n_column)
        Load, solar and wind as fractions of their maximum [1], price in USD/MWh. Mean of the interval; read-only.
    start
        Start of the first interval, UTC.
    step_s
        Length of an interval; a whole number of them makes a day. [s]
    splits
        Rows at which an episode's day may start (local midnight), by split: ``"train"``, ``"test"``.
    utc_offset_h
        Local standard time minus UTC, the same all year. [h]
    source
        Where the numbers come from, in one line.
    synthetic
        True when no interval was ever measured.

    Raises
    ------
    DatasetError
        A value that is not finite (column and row are named), a shape, split or step that does not fit.
    """

    columns: tuple[str, ...]
    values: FloatArray
    start: np.datetime64 = DEFAULT_START
    step_s: float = 3600.0
    splits: Mapping[str, IndexArray] = field(default_factory=dict)
    utc_offset_h: float = -8.0
    source: str = ""
    synthetic: bool = False

    def __post_init__(self) -> None:
        values = np.array(self.values, dtype=np.float64)
        values.flags.writeable = False
        object.__setattr__(self, "columns", tuple(self.columns))
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "start", np.datetime64(str(self.start), "s"))
        self._check_shape()
        self._check_finite()
        splits = self.splits or default_splits(self.n_step, self.start, self.step_s, self.utc_offset_h)
        object.__setattr__(self, "splits", {name: self._checked_split(name, rows) for name, rows in splits.items()})

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any], **settings: Any) -> TimeSeriesTable:
        """Table of named arrays.

        Parameters
        ----------
        arrays
            One-dimensional arrays by column name (``"load"``, ``"load/BANC"``), or one level deeper by area
            (``{"load": {"BANC": …}}``). An array that divides the longest is repeated, with a warning.
        **settings
            ``start``, ``step_s``, ``splits``, ``utc_offset_h``, ``source``, ``synthetic`` of the table. Without
            ``splits``, every fourth week is for testing; a table of less than four weeks has all days in both.

        Raises
        ------
        DatasetError
            Arrays of lengths that do not fit, or values that are not finite.
        """
        columns, values = stacked(flatten(arrays), place="the data set")
        return cls(columns=columns, values=values, **settings)

    @classmethod
    def from_splits(cls, parts: Mapping[str, Mapping[str, Any]], **settings: Any) -> TimeSeriesTable:
        """Table of ``{"train": arrays, "test": arrays}``, each part as `from_arrays` takes it.

        The test part follows the training part in time, so that the clock runs on; an episode starts at any of its
        days. Lengths need not be equal, but the training part is a whole number of days.

        Raises
        ------
        DatasetError
            A part is missing, the parts name different columns, or lengths do not fit.
        """
        columns, values, rows = joined(parts, step_s=float(settings.get("step_s", 3600.0)))
        return cls(columns=columns, values=values, splits=rows, **settings)

    @property
    def n_step(self) -> int:
        """Number of intervals."""
        return int(self.values.shape[0])

    @property
    def steps_per_day(self) -> int:
        """Number of intervals in 24 hours."""
        return round(86_400 / self.step_s)

    @property
    def units(self) -> dict[str, str]:
        """Unit of each column by its name; empty for a kind that is not known."""
        return {name: KIND_UNITS.get(name.partition("/")[0], "") for name in self.columns}

    def column_index(self, name: str) -> int:
        """Position of a column.

        A name that is not there stands for the one series of its kind: ``"load/BANC"`` for ``"load"``, and
        ``"price"`` for ``"price/LMP"`` where no other price exists.

        Raises
        ------
        DatasetError
            No such column, with the nearest name.
        """
        kind, _, area = name.partition("/")
        of_kind = [known for known in self.columns if known.partition("/")[0] == kind]
        if name in self.columns:
            return self.columns.index(name)
        if area and kind in self.columns:
            return self.columns.index(kind)
        if not area and len(of_kind) == 1:
            return self.columns.index(of_kind[0])
        raise DatasetError(
            f"The data set has no column {name!r}; it has {', '.join(self.columns)}.",
            remedy=suggest(name, self.columns),
        )

    def column(self, name: str) -> FloatArray:
        """Values of one column, `(n_step,)`, in the column's unit; names as `column_index` takes them."""
        values: FloatArray = self.values[:, self.column_index(name)]
        return values

    def day_starts(self, split: str, *, n_step: int | None = None) -> IndexArray:
        """Rows at which an episode of a split may start.

        Parameters
        ----------
        split
            ``"train"`` or ``"test"``.
        n_step
            Rows that the episode reads, forecasts included. Given, only those starts are returned from which as many
            rows exist and none of them belongs to a day of another split.

        Raises
        ------
        DatasetError
            No such split, or no start that leaves room for so many rows.
        """
        if split not in self.splits:
            raise DatasetError(
                f"The data set has no split {split!r}; it has {', '.join(self.splits)}.",
                remedy=suggest(split, self.splits),
            )
        starts = self.splits[split]
        if n_step is None:
            return starts
        inside = np.concatenate([[0], np.cumsum(self.in_split(split))])
        last = starts + n_step
        fits = last <= self.n_step
        fits[fits] = inside[last[fits]] - inside[starts[fits]] == n_step
        if not fits.any():
            raise DatasetError(f"No day of split {split!r} is followed by {n_step} rows of the same split.")
        return starts[fits]

    def in_split(self, split: str) -> BoolArray:
        """Which rows belong to a day of a split, `(n_step,)`."""
        return day_rows(self.day_starts(split), n_step=self.n_step, steps_per_day=self.steps_per_day)

    def training_scale(self) -> ColumnScale:
        """Mean and spread of each column over the training days alone."""
        rows = self.values[self.in_split("train")]
        mean = np.array([column.mean() for column in rows.T])
        spread = np.array([column.std() for column in rows.T])
        return ColumnScale(mean=mean, spread=np.where(spread > 0.0, spread, 1.0))

    def local_hour(self) -> FloatArray:
        """Hour of the day at the start of each interval, local standard time, in [0, 24). [h]"""
        since_midnight_s = (self.start - self.start.astype("datetime64[D]")).astype("timedelta64[s]").astype(float)
        seconds = since_midnight_s + self.utc_offset_h * 3600.0 + np.arange(self.n_step) * self.step_s
        hours: FloatArray = np.mod(seconds, 86_400.0) / 3600.0
        return hours

    def with_splits(self, splits: Mapping[str, IndexArray]) -> TimeSeriesTable:
        """The same values with other days for training and testing."""
        return replace(self, splits=splits)

    def _check_shape(self) -> None:
        n_column = len(self.columns)
        if self.values.ndim != 2 or self.values.shape[1] != n_column or self.values.shape[0] == 0 or n_column == 0:
            raise DatasetError(f"Values of shape {self.values.shape} do not fit {n_column} columns, or there are none.")
        repeated = sorted({name for name in self.columns if self.columns.count(name) > 1})
        if repeated:
            raise DatasetError(f"Columns appear twice: {', '.join(repeated)}.")
        if not self.step_s > 0 or abs(86_400 / self.step_s - round(86_400 / self.step_s)) > 1e-9:
            raise DatasetError(f"Steps of {self.step_s} s do not add up to a day.", remedy="Use a divisor of 86400 s.")

    def _check_finite(self) -> None:
        rows, columns = np.nonzero(~np.isfinite(self.values))
        if not rows.size:
            return
        row, column = int(rows[0]), int(columns[0])
        stamp = self.start + np.timedelta64(round(row * self.step_s), "s")
        more = f" and {rows.size - 1} more values are missing" if rows.size > 1 else ""
        raise DatasetError(
            f"Column {self.columns[column]!r} is {self.values[row, column]} in row {row} ({stamp} UTC){more}.",
            remedy="Fill gaps before making the table.",
        )

    def _checked_split(self, name: str, rows: IndexArray) -> IndexArray:
        starts = np.array(rows, dtype=np.intp).reshape(-1)
        if starts.size == 0 or starts.min() < 0 or starts.max() >= self.n_step or (np.diff(starts) <= 0).any():
            raise DatasetError(f"Split {name!r} must list rising rows of 0 to {self.n_step - 1}, at least one.")
        starts.flags.writeable = False
        return starts


def as_table(dataset: TimeSeriesTable | Mapping[str, Any], **settings: Any) -> TimeSeriesTable:
    """Table from whatever a configuration may hold under ``dataset``, apart from a name.

    Parameters
    ----------
    dataset
        A table, which is returned as it is; arrays by column; or ``{"train": arrays, "test": arrays}``.
    **settings
        For arrays: ``start``, ``step_s``, ``utc_offset_h``, ``source``, ``synthetic``.

    Raises
    ------
    DatasetError
        As `TimeSeriesTable.from_arrays` and `TimeSeriesTable.from_splits` do.
    """
    if isinstance(dataset, TimeSeriesTable):
        return dataset
    if is_split_mapping(dataset):
        return TimeSeriesTable.from_splits(dataset, **settings)
    return TimeSeriesTable.from_arrays(dataset, **settings)

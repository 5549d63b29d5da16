"""Series of the outside world, written into the table as time passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from heron.core.quantity import Quantity
from heron.core.random import SeedTree
from heron.core.table import StateTable, TableBuilder
from heron.core.visibility import Visibility
from heron.errors import ConfigError
from heron.types import FloatArray, IndexArray
from powergrid.plant.series import TimeSeriesTable

_PUBLIC = frozenset({Visibility.PUBLIC})
NANOSECONDS = 1_000_000_000
MARKET = "market"
CLOCK = "clock"
LOAD = Quantity(name="load", initial=1.0, low=0.0, offset=0.5, scale=0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRow:
    """One row that follows a column of the time series.

    Parameters
    ----------
    thing
        First part of the row name.
    quantity
        Row declaration.
    column
        Column of the series.
    owner, parent
        The agent the row belongs to and its superior; none for what nobody owns.
    """

    thing: str
    quantity: Quantity
    column: str
    owner: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesOptions:
    """How episodes run through the series.

    Parameters
    ----------
    split
        ``"train"`` or ``"test"``.
    start
        ``"random_day"``, ``"in_order"`` or a day's number in the split.
    step_s
        Length of a step. [s]
    episode_steps
        Steps of an episode.
    forecast_steps
        How many following values become rows, by series family.
    """

    split: str = "train"
    start: str | int = "random_day"
    step_s: float = 3600.0
    episode_steps: int = 24
    forecast_steps: Mapping[str, int] | None = None


class Exogenous:
    """Writes prices, loads, sun, wind and the clock, each environment at its own day.

    After the last row the series begins again.

    Parameters
    ----------
    series
        The time series.
    options
        How episodes run through them.
    """

    def __init__(self, series: TimeSeriesTable, options: SeriesOptions) -> None:
        self.series = series
        self._options = options
        self._step_ns = round(series.step_s * NANOSECONDS)
        self._days = series.day_starts(options.split, n_step=self._rows_per_episode())
        self._columns: list[FloatArray] = list(np.ascontiguousarray(series.values.T))
        self._scale = series.training_scale()
        self._rows: list[SeriesRow] = []
        self._plan: list[tuple[int, int]] = []
        self._price = self._price_quantity()
        self._add_market_and_clock()

    @property
    def n_days(self) -> int:
        """Days of the split at which an episode can start."""
        return len(self._days)

    def follow(self, row: SeriesRow) -> None:
        """Let a row that someone else declares, or a new one, follow a column; with its forecasts."""
        column = self.series.column_index(row.column)
        family = row.column.partition("/")[0]
        self._add(replace(row, quantity=row.quantity), column, 0)
        self._add_forecasts(row, column, family)

    def declare(self, builder: TableBuilder, existing: Mapping[str, int]) -> None:
        """Add the rows; those that exist already, by name, are only remembered."""
        self._numbers: list[int] = []
        for row, (_, lag) in zip(self._rows, self._plan, strict=True):
            feature = "forecast" if lag else "exogenous"
            name = f"{row.thing}.{feature}.{row.quantity.name}"
            if name in existing:
                self._numbers.append(existing[name])
            else:
                self._numbers.append(builder.add_block([row.thing], row.quantity, feature=feature).start)
        fraction = Quantity(name="episode_fraction", offset=0.5, scale=0.5, visibility=_PUBLIC)
        self._fraction = builder.add_block([CLOCK], fraction, feature="exogenous").start

    def connect(self, table: StateTable) -> None:
        """Take the built table and record who owns which row."""
        self._table = table
        self._targets = np.array(self._numbers, dtype=np.intp)
        self._sources = np.array([column for column, _ in self._plan], dtype=np.intp)[:, np.newaxis]
        self._lags = np.array([lag for _, lag in self._plan], dtype=np.intp)[:, np.newaxis]
        self._data = np.array(self._columns)
        self._start = np.zeros(table.n_env, dtype=np.intp)
        self.price_row = table.row(f"{MARKET}.exogenous.{self._price.name}")
        for row, number in zip(self._rows, self._numbers, strict=True):
            if row.owner is not None:
                table.own([number], agent_id=row.owner, parent_id=row.parent)

    def reset(self, envs: IndexArray, trees: Sequence[SeedTree], options: Mapping[str, Any]) -> None:
        """Choose the day of each episode.

        Parameters
        ----------
        envs, trees
            Environments and their random streams.
        options
            ``day``: number in the split, one for all or one per environment; ``start_row``: row of the series.

        Raises
        ------
        ConfigError
            If a day or row does not exist.
        """
        if "start_row" in options:
            rows = np.broadcast_to(np.asarray(options["start_row"], dtype=np.intp), len(envs))
            self._check(rows, self.series.n_step, "start_row")
            self._start[envs] = rows
            return
        self._start[envs] = self._days[self._choose(len(envs), trees, options)]

    def write(self, elapsed_ns: np.ndarray[Any, np.dtype[np.int64]], envs: IndexArray | None = None) -> None:
        """Write the values of the interval that starts now.

        Parameters
        ----------
        elapsed_ns : (n_env,)
            Simulated time since the episode began. [ns]
        envs
            Which environments; all when not given.
        """
        values = self._table.values
        whole = envs is None or len(envs) == values.shape[1]
        start, elapsed = (self._start, elapsed_ns) if whole else (self._start[envs], elapsed_ns[envs])
        cursor = (start + elapsed // self._step_ns + self._lags) % self._data.shape[1]
        fraction = elapsed / (self._options.episode_steps * self._options.step_s * NANOSECONDS)
        present = self._data[self._sources, cursor]
        if whole:
            values[self._targets] = present
            values[self._fraction] = fraction
        else:
            values[np.ix_(self._targets, envs)] = present
            values[self._fraction, envs] = fraction

    def start_rows(self) -> IndexArray:
        """Row of the series at which each environment's episode began, shape ``(n_env,)``."""
        return self._start.copy()

    def save_state(self) -> dict[str, Any]:
        """Where each environment is."""
        return {"start": self._start.copy()}

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave."""
        self._start[...] = state["start"]

    def _rows_per_episode(self) -> int:
        seconds = self._options.episode_steps * self._options.step_s
        return max(1, int(np.ceil(seconds / self.series.step_s)))

    def _price_quantity(self) -> Quantity:
        column = self.series.column_index("price")
        mean, spread = float(self._scale.mean[column]), float(self._scale.spread[column])
        return Quantity(
            name="price_usd_per_mwh", unit="USD/MWh", offset=mean, scale=spread, visibility=_PUBLIC
        )

    def _add_market_and_clock(self) -> None:
        price = self.series.column_index("price")
        market = SeriesRow(thing=MARKET, quantity=self._price, column="price")
        self._add(market, price, 0)
        recent = replace(self._price, name="price_mean_24h_usd_per_mwh")
        self._add(replace(market, quantity=recent), self._append(_trailing_mean(self.series, price)), 0)
        self._add_forecasts(market, price, "price")
        angle = 2.0 * np.pi * self.series.local_hour() / 24.0
        for name, column in (("hour_sin", np.sin(angle)), ("hour_cos", np.cos(angle))):
            clock = Quantity(name=name, visibility=_PUBLIC)
            self._add(SeriesRow(thing=CLOCK, quantity=clock, column=name), self._append(column), 0)

    def _add_forecasts(self, row: SeriesRow, column: int, family: str) -> None:
        steps = (self._options.forecast_steps or {}).get(family, 0)
        width = max(1, round(self._options.step_s / self.series.step_s))
        for ahead in range(1, steps + 1):
            later = replace(row.quantity, name=f"{row.quantity.name}_{ahead}")
            self._add(replace(row, quantity=later), column, ahead * width)

    def _add(self, row: SeriesRow, column: int, lag: int) -> None:
        self._rows.append(row)
        self._plan.append((column, lag))

    def _append(self, column: FloatArray) -> int:
        self._columns.append(np.asarray(column, dtype=np.float64))
        return len(self._columns) - 1

    def _choose(self, n: int, trees: Sequence[SeedTree], options: Mapping[str, Any]) -> IndexArray:
        day = options.get("day", self._options.start)
        if isinstance(day, str) and day == "random_day":
            drawn = [tree.generator("plant", "start_day").integers(self.n_days) for tree in trees]
            return np.array(drawn, dtype=np.intp)
        if isinstance(day, str):
            return np.array([(tree.seed + tree.episode) % self.n_days for tree in trees], dtype=np.intp)
        days = np.broadcast_to(np.asarray(day, dtype=np.intp), n)
        self._check(days, self.n_days, "day")
        return days

    @staticmethod
    def _check(chosen: IndexArray, count: int, what: str) -> None:
        if np.any((chosen < 0) | (chosen >= count)):
            raise ConfigError(
                f"reset option {what!r} is {chosen.tolist()}.", remedy=f"It must be from 0 to {count - 1}."
            )


def nominal_series() -> TimeSeriesTable:
    """A day of nominal loads, full sun and wind, and energy for nothing: what an environment without data lives in."""
    return TimeSeriesTable.from_arrays(
        {"load": np.ones(24), "solar": np.ones(24), "wind": np.ones(24), "price": np.zeros(24)},
        splits={"train": np.zeros(1, dtype=np.intp), "test": np.zeros(1, dtype=np.intp)},
        utc_offset_h=0.0,
        source="nominal values, no data set given",
        synthetic=True,
    )


def _trailing_mean(series: TimeSeriesTable, column: int) -> FloatArray:
    """Mean over the last 24 hours up to and including the present interval; shorter at the beginning."""
    values = series.values[:, column]
    window = series.steps_per_day
    total = np.concatenate([[0.0], np.cumsum(values)])
    last = np.arange(1, len(values) + 1)
    first = np.maximum(last - window, 0)
    mean: FloatArray = (total[last] - total[first]) / (last - first)
    return mean

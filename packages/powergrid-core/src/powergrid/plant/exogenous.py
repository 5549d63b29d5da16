"""Series of the outside world, written into the table as time passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from heron.core.quantity import Quantity
from heron.core.random import SeedTree
from heron.core.table import StateTable, TableBuilder
from heron.core.visibility import Visibility
from heron.errors import ConfigError
from heron.types import FloatArray, IndexArray
from powergrid.config.variability import VariabilityConfig
from powergrid.errors import DatasetError
from powergrid.plant.series import TimeSeriesTable
from powergrid.plant.series_bounds import check_bounds
from powergrid.plant.series_rows import SeriesRows, interval_means, trailing_day_mean
from powergrid.plant.start_days import StartDays
from powergrid.plant.variability import Variability

_PUBLIC = frozenset({Visibility.PUBLIC})
NANOSECONDS = 1_000_000_000
MARKET = "market"
CLOCK = "clock"
PRICE = "price_usd_per_mwh"
RECENT_PRICE = "price_mean_24h_usd_per_mwh"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesOptions:
    """How episodes run through the series.

    Parameters
    ----------
    split
        ``"train"`` or ``"test"``.
    start
        ``"random_day"``, ``"in_order"`` or a day's number in the split.
    start_hour
        Local hour of the day at which an episode begins. [h]
    step_s
        Length of a step. [s]
    plant_step_s
        Length of the intervals in which the plant advances; that of a step if left out. [s]
    episode_steps
        Steps of an episode.
    variability
        What changes within seconds, on top of the series; none for nothing.
    forecast_steps
        How many following values become rows, by series family. Known values may belong to a day of the other split.
    lenient
        A row whose column does not exist keeps its initial value, as where there is no data set.
    """

    split: str = "train"
    start: str | int = "random_day"
    start_hour: float = 0.0
    step_s: float = 3600.0
    plant_step_s: float | None = None
    episode_steps: int = 24
    variability: VariabilityConfig | None = None
    forecast_steps: Mapping[str, int] = field(default_factory=dict)
    lenient: bool = False


class Exogenous:
    """Writes prices, loads, sun, wind and the clock, each environment at its own day.

    A plant step longer than the interval of the series is given the mean of those it spans; a shorter one the value of
    the one it lies in. Forecasts are such means over whole steps. After the last row the series begins again.

    Parameters
    ----------
    series
        The time series.
    options
        How episodes run through them.

    Raises
    ------
    ConfigError
        If neither the step nor the series' interval is a whole number of the other, or the start day does not exist,
        or no interval of the series begins at the start hour.
    DatasetError
        If the series has no price, or no day long enough for an episode.
    """

    def __init__(self, series: TimeSeriesTable, options: SeriesOptions) -> None:
        self.series = series
        self._options = options
        self._width = _rows_per_step(series.step_s, options.plant_step_s or options.step_s)
        self._ahead = _rows_per_step(series.step_s, options.step_s)
        self._row_ns = round(series.step_s * NANOSECONDS)
        self._episode_ns = options.episode_steps * options.step_s * NANOSECONDS
        n_row = max(1, int(np.ceil(options.episode_steps * options.step_s / series.step_s)))
        first = _first_row(series.step_s, options.start_hour)
        self._days = StartDays(series, split=options.split, start=options.start, n_row=n_row, first=first)
        self._variability = Variability(options.variability) if options.variability is not None else None
        self._scale = series.training_scale()
        self._rows = SeriesRows()
        self._families: set[str] = set()
        self._columns: dict[tuple[str, int], tuple[int, FloatArray]] = {}
        self._planned: list[tuple[str, str, Quantity, int, int]] = []
        self._plan_market_and_clock()

    @property
    def n_days(self) -> int:
        """Days of the split at which an episode can start."""
        return len(self._days.rows)

    def follow(self, row: int, thing: str, quantity: Quantity, column: str) -> None:
        """Let a row that somebody else has declared follow a column, and plan rows for its forecasts.

        Parameters
        ----------
        row
            Number of the row.
        thing
            First part of its name.
        quantity
            Its declaration.
        column
            Column of the series.

        Raises
        ------
        DatasetError
            If the data set has no such column, or values in it that the quantity cannot have.
        """
        try:
            number, _ = self._column(column, self._width)
        except DatasetError:
            if self._options.lenient:
                return
            raise
        check_bounds(self.series, column, quantity)
        self._rows.follow(row, number)
        if self._variability is not None:
            known = self.series.columns[self.series.column_index(column)]
            self._variability.follow(row, thing, quantity, known)
        self._plan_forecasts(thing, quantity, column)

    def declare(self, builder: TableBuilder) -> None:
        """Add the planned rows.

        Raises
        ------
        ConfigError
            If forecasts are wanted of a family that no row follows.
        """
        self._check_forecasts()
        for thing, feature, quantity, number, lag in self._planned:
            self._rows.follow(builder.add_block([thing], quantity, feature=feature).start, number, lag=lag)
        fraction = Quantity(name="episode_fraction", offset=0.5, scale=0.5, visibility=_PUBLIC)
        self._fraction = builder.add_block([CLOCK], fraction, feature="exogenous").start

    def connect(self, table: StateTable) -> None:
        """Take the built table."""
        self._table = table
        self._rows.finish(self.series.n_step)
        if self._variability is not None:
            self._variability.connect(table.n_env)
        self._start = np.zeros(table.n_env, dtype=np.intp)
        self.price_row = table.row(f"{MARKET}.exogenous.{PRICE}")

    def reset(self, envs: IndexArray, trees: Sequence[SeedTree], options: Mapping[str, Any]) -> None:
        """Choose the day of each episode, see `StartDays.choose`, and draw what varies within seconds."""
        self._start[envs] = self._days.choose(trees, options)
        if self._variability is not None:
            self._variability.reset(envs, trees)

    def check_reset(self, n_env: int, options: Mapping[str, Any]) -> None:
        """Refuse options that `reset` could not follow; see `StartDays.check`."""
        self._days.check(n_env, options)

    def write(self, elapsed_ns: np.ndarray[Any, np.dtype[np.int64]], envs: IndexArray | None = None) -> None:
        """Write the values of the interval that starts now.

        Parameters
        ----------
        elapsed_ns : (n_env,)
            Simulated time since the episode began. [ns]
        envs
            Which environments; all when not given.
        """
        values, rows = self._table.values, self._rows
        if envs is None:
            values[rows.targets] = rows.at(self._cursor(self._start, elapsed_ns))
            values[self._fraction] = elapsed_ns / self._episode_ns
            elapsed_here = elapsed_ns
        else:
            elapsed_here = elapsed_ns[envs]
            values[rows.targets[:, np.newaxis], envs] = rows.at(self._cursor(self._start[envs], elapsed_here))
            values[self._fraction, envs] = elapsed_here / self._episode_ns
        if self._variability is not None:
            self._variability.apply(values, elapsed_here, envs)

    def follows(self, row: int) -> bool:
        """Whether a row of the table shows a series."""
        return row in self._rows.targets

    def start_rows(self) -> IndexArray:
        """Row of the series at which each environment's episode began, shape ``(n_env,)``."""
        return self._start.copy()

    def present(self, env: int, elapsed_ns: int) -> PresentSeries:
        """Every column's value in the interval that starts now, in one environment. [ns]"""
        row = int(self._cursor(self._start[env], elapsed_ns))
        return PresentSeries(self.series.columns, lambda name: self._column(name, self._width)[1], row)

    def save_state(self) -> dict[str, Any]:
        """Where each environment is, and what varies within seconds there."""
        varying = None if self._variability is None else self._variability.save_state()
        return {"start": self._start.copy(), "variability": varying}

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave."""
        self._start[...] = state["start"]
        if self._variability is not None:
            self._variability.restore_state(state.get("variability"))

    def _cursor(self, start: Any, elapsed_ns: Any) -> Any:
        return (start + elapsed_ns // self._row_ns) % self.series.n_step

    def _column(self, name: str, width: int) -> tuple[int, FloatArray]:
        """Number among the followed series, and values, of means over so many values of a column of the data set."""
        key = (self.series.columns[self.series.column_index(name)], width)
        if key not in self._columns:
            values = interval_means(self.series.column(key[0]), width)
            self._columns[key] = (self._rows.add_series(values), values)
        return self._columns[key]

    def _plan_market_and_clock(self) -> None:
        index = self.series.column_index("price")
        mean, spread = float(self._scale.mean[index]), float(self._scale.spread[index])
        price = Quantity(name=PRICE, unit="USD/MWh", offset=mean, scale=spread, visibility=_PUBLIC)
        number, _ = self._column("price", self._width)
        self._plan(MARKET, price, number)
        recent = trailing_day_mean(self.series.column("price"), self.series.steps_per_day)
        self._plan(MARKET, replace(price, name=RECENT_PRICE), self._rows.add_series(recent))
        self._plan_forecasts(MARKET, price, "price")
        angle = 2.0 * np.pi * self.series.local_hour() / 24.0
        for name, clock in (("hour_sin", np.sin(angle)), ("hour_cos", np.cos(angle))):
            self._plan(CLOCK, Quantity(name=name, visibility=_PUBLIC), self._rows.add_series(clock))

    def _check_forecasts(self) -> None:
        for family, steps in self._options.forecast_steps.items():
            if steps and family not in self._families and not self._options.lenient:
                raise ConfigError(
                    f"forecast_steps asks for {steps} values of {family!r}, but nothing here follows such a series.",
                    remedy=f"Leave it out; these are followed: {sorted(self._families)}.",
                )

    def _plan_forecasts(self, thing: str, quantity: Quantity, column: str) -> None:
        family = column.partition("/")[0]
        self._families.add(family)
        number, _ = self._column(column, self._ahead)
        for ahead in range(1, self._options.forecast_steps.get(family, 0) + 1):
            later = replace(quantity, name=f"{quantity.name}_{ahead}")
            self._planned.append((thing, "forecast", later, number, ahead * self._ahead))

    def _plan(self, thing: str, quantity: Quantity, number: int) -> None:
        self._planned.append((thing, "exogenous", quantity, number, 0))


class PresentSeries(Mapping[str, float]):
    """Value of every column in one interval; a name is looked up when it is asked for.

    Parameters
    ----------
    names
        Columns of the data set.
    column
        Gives a column's values, by any name that `TimeSeriesTable.column` understands.
    row
        Row of the interval.
    """

    def __init__(self, names: Sequence[str], column: Callable[[str], FloatArray], row: int) -> None:
        self._names, self._values, self._row = tuple(names), column, row

    def __getitem__(self, name: str) -> float:
        return float(self._values(name)[self._row])

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _rows_per_step(series_s: float, step_s: float) -> int:
    """Rows of the series in a step, 1 where a row is as long as the step or longer."""
    longer, shorter = max(series_s, step_s), min(series_s, step_s)
    ratio = round(longer / shorter)
    if abs(longer / shorter - ratio) > 1e-9 * ratio:
        raise ConfigError(
            f"Steps of {step_s:g} s do not fit a data set with intervals of {series_s:g} s.",
            remedy="Let step_s be a whole number of these intervals, or a whole fraction of one.",
        )
    return ratio if step_s > series_s else 1


def _first_row(series_s: float, start_hour: float) -> int:
    """Row of a day that begins at an hour."""
    row = start_hour * 3600.0 / series_s
    if abs(row - round(row)) > 1e-9 * max(1.0, row):
        raise ConfigError(
            f"start_hour is {start_hour:g}, but intervals of {series_s:g} s do not begin there.",
            remedy="Give an hour at which one begins.",
        )
    return round(row)


def nominal_series(n_day: int) -> TimeSeriesTable:
    """Days of nominal loads, full sun and wind, and energy for nothing: the world of an environment without data."""
    hours = 24 * n_day
    days = 24 * np.arange(n_day)
    return TimeSeriesTable.from_arrays(
        {"load": np.ones(hours), "solar": np.ones(hours), "wind": np.ones(hours), "price": np.zeros(hours)},
        splits={"train": days, "test": days},
        utc_offset_h=0.0,
        source="nominal values, no data set given",
        synthetic=True,
    )

"""Statistics by which a synthetic year is compared with real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from heron.types import FloatArray, IndexArray
from powergrid.plant.series import TimeSeriesTable

SPIKE_USD_PER_MWH = 300.0
CALM_CEILING_USD_PER_MWH = 200.0
"""Prices above count as this much in correlations, which a single spike would rule otherwise."""

SURPLUS_MW, SCARCITY_MW = 0.25, 1.08
"""Net demand below and above which the default setup tends to over- and under-voltage; each in about 5 % of hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One statistic of a table.

    Parameters
    ----------
    name
        What is measured, in words.
    unit
        Its unit, ``"1"`` for fractions.
    tolerance
        How far a synthetic year may be off.
    of
        Computes it.
    """

    name: str
    unit: str
    tolerance: float
    of: Callable[[Years], float]


class Years:
    """Local whole days of a table, with month and hour of each row.

    Parameters
    ----------
    table
        Hourly, beginning at a local midnight.
    """

    def __init__(self, table: TimeSeriesTable) -> None:
        first = (table.start + np.timedelta64(round(table.utc_offset_h), "h")).astype("datetime64[h]")
        hours = first + np.arange(table.n_step)
        self.table = table
        self.hour: IndexArray = (hours.astype(np.int64) % 24).astype(np.intp)
        self.month: IndexArray = (hours.astype("datetime64[M]").astype(np.int64) % 12 + 1).astype(np.intp)
        self.price = table.column("price")
        self.calm_price = np.minimum(self.price, CALM_CEILING_USD_PER_MWH)

    def column(self, name: str) -> FloatArray:
        """Values of a column."""
        return self.table.column(name)

    def days(self, values: FloatArray) -> FloatArray:
        """Values as `(n_day, 24)`."""
        return values[: values.size // 24 * 24].reshape(-1, 24)

    def net_demand_mw(self) -> FloatArray:
        """Load less sun and wind of the default setup, feeder included. [MW]

        Source: sizes of the setup ``ieee34_ieee13``.
        """
        load = (
            0.520 * self.column("load/BANC")
            + 0.416 * (self.column("load/PGE") + self.column("load/SDGE"))
            + 0.531 * self.column("load/SCE")
        )
        sun = 0.30 * self.column("solar/NP15") + 0.30 * self.column("solar/SP15")
        net: FloatArray = load - sun - 0.30 * self.column("wind/SP15")
        return net


def compare(synthetic: TimeSeriesTable, real: TimeSeriesTable) -> Iterator[tuple[Measure, float, float]]:
    """Each measure with its value in a synthetic and in a real table."""
    one, other = Years(synthetic), Years(real)
    for measure in MEASURES:
        yield measure, measure.of(one), measure.of(other)


def distance(synthetic: TimeSeriesTable, real: dict[str, float]) -> tuple[int, float]:
    """How many measures are beyond their tolerance, and the sum of (difference / tolerance)² over all."""
    years = Years(synthetic)
    off = [abs(measure.of(years) - real[measure.name]) / measure.tolerance for measure in MEASURES]
    return sum(one > 1.0 for one in off), sum(one**2 for one in off)


def _mean(column: str) -> Callable[[Years], float]:
    return lambda years: float(years.column(column).mean())


def _spread(column: str) -> Callable[[Years], float]:
    return lambda years: float(years.column(column).std())


def _price_quantile(percent: float) -> Callable[[Years], float]:
    return lambda years: float(np.percentile(years.price, percent))


def _correlation(column: str, other: str) -> Callable[[Years], float]:
    def of(years: Years) -> float:
        pair = [years.calm_price if name == "price" else years.column(name) for name in (column, other)]
        return float(np.corrcoef(pair[0], pair[1])[0, 1])

    return of


def _price_after(lag_h: int) -> Callable[[Years], float]:
    return lambda years: float(np.corrcoef(years.calm_price[lag_h:], years.calm_price[:-lag_h])[0, 1])


def _peak_load(column: str) -> Callable[[Years], float]:
    def of(years: Years) -> float:
        rows = np.isin(years.month, (7, 8)) & (years.hour >= 14) & (years.hour < 19)
        return float(np.percentile(years.column(column)[rows], 95))

    return of


def _net_quantile(percent: float) -> Callable[[Years], float]:
    return lambda years: float(np.percentile(years.net_demand_mw(), percent))


def _negative_hours(years: Years) -> float:
    return float((years.price < 0.0).mean())


def _negative_days(years: Years) -> float:
    return float((years.days(years.price) < 0.0).any(axis=1).mean())


def _negative_in_spring_daylight(years: Years) -> float:
    negative = years.price < 0.0
    spring = np.isin(years.month, (3, 4, 5, 6)) & (years.hour >= 7) & (years.hour < 17)
    return float((negative & spring).sum() / max(negative.sum(), 1))


def _spike_hours(years: Years) -> float:
    return float((years.price > SPIKE_USD_PER_MWH).mean() * 8_760)


def _spike_days(years: Years) -> float:
    return float((years.days(years.price) > SPIKE_USD_PER_MWH).any(axis=1).mean() * 365)


def _best_less_worst(years: Years) -> float:
    ranked = np.sort(years.days(years.calm_price), axis=1)
    return float((ranked[:, -4:].mean(axis=1) - ranked[:, :4].mean(axis=1)).mean())


def _evening_less_noon(years: Years) -> float:
    days = years.days(years.calm_price)
    return float((days[:, 17:22].mean(axis=1) - days[:, 9:15].mean(axis=1)).mean())


def _shape_like_yesterday(years: Years) -> float:
    days = years.days(years.calm_price)
    shape = days - days.mean(axis=1, keepdims=True)
    size = np.sqrt((shape**2).sum(axis=1))
    products = (shape[1:] * shape[:-1]).sum(axis=1) / np.maximum(size[1:] * size[:-1], 1e-9)
    return float(np.median(products))


def _scarce_in_summer(years: Years) -> float:
    return float((years.net_demand_mw() > SCARCITY_MW)[np.isin(years.month, (7, 8, 9))].mean())


def _surplus_in_spring(years: Years) -> float:
    return float((years.net_demand_mw() < SURPLUS_MW)[np.isin(years.month, (3, 4, 5, 6))].mean())


def _test_less_training(values: Callable[[Years], FloatArray]) -> Callable[[Years], float]:
    def of(years: Years) -> float:
        parts = [values(years)[years.table.in_split(part)].mean() for part in ("test", "train")]
        return float(parts[0] - parts[1])

    return of


def _measure(name: str, unit: str, tolerance: float, of: Callable[[Years], float]) -> Measure:
    return Measure(name=name, unit=unit, tolerance=tolerance, of=of)


_LOADS = ("load/BANC", "load/PGE", "load/SDGE", "load/SCE")
_SUNS = ("solar/NP15", "solar/SP15")
_WINDS = ("wind/NP15", "wind/SP15")
_PAIRS = (
    ("load/SDGE", "price", 0.15),
    ("load/PGE", "price", 0.15),
    ("load/SCE", "price", 0.15),
    ("solar/SP15", "price", 0.10),
    ("load/BANC", "load/SCE", 0.05),
    ("load/PGE", "load/SDGE", 0.05),
    ("solar/NP15", "solar/SP15", 0.03),
    ("wind/NP15", "wind/SP15", 0.08),
)

MEASURES = (
    *(_measure(f"mean of {name}", "1", 0.02, _mean(name)) for name in _LOADS),
    *(_measure(f"mean of {name}", "1", 0.03, _mean(name)) for name in (*_SUNS, *_WINDS)),
    *(_measure(f"spread of {name}", "1", 0.015, _spread(name)) for name in _LOADS),
    *(_measure(f"spread of {name}", "1", 0.03, _spread(name)) for name in (*_SUNS, *_WINDS)),
    *(_measure(f"95 % of July and August afternoons, {name}", "1", 0.06, _peak_load(name)) for name in _LOADS),
    _measure("mean price", "USD/MWh", 5.0, lambda years: float(years.price.mean())),
    _measure("price, 5 %", "USD/MWh", 6.0, _price_quantile(5)),
    _measure("price, lower quartile", "USD/MWh", 4.0, _price_quantile(25)),
    _measure("price, median", "USD/MWh", 4.0, _price_quantile(50)),
    _measure("price, upper quartile", "USD/MWh", 5.0, _price_quantile(75)),
    _measure("price, 95 %", "USD/MWh", 15.0, _price_quantile(95)),
    _measure("price, 99 %", "USD/MWh", 35.0, _price_quantile(99)),
    _measure("hours with a negative price", "1", 0.02, _negative_hours),
    _measure("days with a negative price", "1", 0.06, _negative_days),
    _measure("negative hours that are in March to June, 7 to 17 h", "1", 0.10, _negative_in_spring_daylight),
    _measure("hours above 300 USD/MWh in a year", "h", 6.0, _spike_hours),
    _measure("days with a price above 300 USD/MWh in a year", "d", 3.0, _spike_days),
    _measure("price against that of 24 h before, correlation", "1", 0.03, _price_after(24)),
    _measure("price against that of a week before, correlation", "1", 0.08, _price_after(168)),
    _measure("shape of the day's price against yesterday's, median correlation", "1", 0.02, _shape_like_yesterday),
    _measure("best four less worst four hours of a day", "USD/MWh", 5.0, _best_less_worst),
    _measure("17 to 22 h less 9 to 15 h", "USD/MWh", 5.0, _evening_less_noon),
    *(_measure(f"{one} and {other}, correlation", "1", near, _correlation(one, other)) for one, other, near in _PAIRS),
    _measure("net demand of the default setup, 1 %", "MW", 0.06, _net_quantile(1)),
    _measure("net demand of the default setup, 5 %", "MW", 0.05, _net_quantile(5)),
    _measure("net demand of the default setup, median", "MW", 0.03, _net_quantile(50)),
    _measure("net demand of the default setup, 95 %", "MW", 0.05, _net_quantile(95)),
    _measure("net demand of the default setup, 99 %", "MW", 0.08, _net_quantile(99)),
    _measure("July to September hours of scarcity", "1", 0.04, _scarce_in_summer),
    _measure("March to June hours of surplus", "1", 0.04, _surplus_in_spring),
    _measure("mean price, test less training days", "USD/MWh", 4.0, _test_less_training(lambda years: years.price)),
    _measure("mean net demand, test less training days", "MW", 0.02, _test_less_training(Years.net_demand_mw)),
)
"""What the embedded year must have in common with the real ones; correlations with prices above 200 taken as 200."""

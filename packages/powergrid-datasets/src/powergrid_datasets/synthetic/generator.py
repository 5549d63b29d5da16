"""Years that look like California's and never happened."""

from __future__ import annotations

import numpy as np

from heron.types import BoolArray, FloatArray
from powergrid.plant.series import TimeSeriesTable
from powergrid_datasets.synthetic.marginal import KNOTS
from powergrid_datasets.synthetic.normals import standard_normals
from powergrid_datasets.synthetic.parameters import COLUMNS, YearParameters, load_parameters
from powergrid_datasets.synthetic.season import Season

FIRST_DAY = np.datetime64("2023-01-01", "D")
N_HOUR = 8_760
WARM_UP_DAYS = 60
DAYLIGHT = 0.02
"""Median output below which the sun is down for the autoregression. [1]"""

IS_SOLAR = np.array([name.startswith("solar/") for name in COLUMNS])
"""Which columns are the sun's."""

_LOW = {"load": 0.15, "solar": 0.0, "wind": 0.0, "price": -150.0}
_HIGH = {"load": 1.05, "solar": 1.0, "wind": 1.0, "price": 1_100.0}
_DECIMALS = {"load": 4, "solar": 4, "wind": 4, "price": 2}


def synthetic_year(seed: int | None = None, *, parameters: YearParameters | None = None) -> TimeSeriesTable:
    """One synthetic year of load, sun, wind and price.

    Parameters
    ----------
    seed
        Number of the year; None gives the one that is shipped as ``caiso_like``. Other seeds give other weather and
        other prices with the same statistics on average.
    parameters
        What the year should be like; those fitted to CAISO by default.

    Returns
    -------
    TimeSeriesTable
        8,760 hours from local midnight of 1 January 2023; every fourth week is for testing.
    """
    parameters = parameters or load_parameters()
    seed = parameters.seed if seed is None else seed
    n_warm = WARM_UP_DAYS * 24
    season = Season.of_hours(FIRST_DAY - np.timedelta64(WARM_UP_DAYS, "D"), N_HOUR + n_warm)
    n_step, n_column = season.hour.size, len(COLUMNS)
    normals = standard_normals(seed, (n_step + n_step // 24) * n_column).reshape(-1, n_column)
    quantiles = parameters.marginal.at(season)
    scores = parameters.dynamics.run(
        normals[:n_step],
        normals[n_step:],
        hour=season.hour,
        active=daylight(quantiles),
    )
    values = parameters.marginal.values(scores + parameters.day_effect[season.day_type, season.hour], season)
    return TimeSeriesTable(
        columns=COLUMNS,
        values=_physical(without_night_sun(values, season)[n_warm:]),
        source=f"synthetic, seed {seed}; generator fitted to {parameters.origin}",
        synthetic=True,
    )


def daylight(quantiles: FloatArray) -> BoolArray:
    """Which series move at which hour, `(n_step, n_column)`: all, but solar only when the sun is up."""
    median = quantiles[..., int(np.flatnonzero(KNOTS == 0.0)[0])]
    moves: BoolArray = ~IS_SOLAR | (median > DAYLIGHT)
    return moves


def without_night_sun(values: FloatArray, season: Season) -> FloatArray:
    """Values with solar at zero while the sun is down; the records have faulty nights."""
    return np.where(IS_SOLAR & season.dark[:, None], 0.0, values)


def _physical(values: FloatArray) -> FloatArray:
    """Values within their limits, rounded as far as the records are."""
    kinds = [name.partition("/")[0] for name in COLUMNS]
    limited = [np.clip(values[:, k], _LOW[kind], _HIGH[kind]).round(_DECIMALS[kind]) for k, kind in enumerate(kinds)]
    return np.stack(limited, axis=1)

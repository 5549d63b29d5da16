"""Fit of the year generator to real years."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import ndtr

from heron.types import BoolArray, FloatArray
from powergrid.plant.series import TimeSeriesTable
from powergrid_datasets.synthetic.dynamics import N_BLOCK, WEEK, Dynamics, regressors
from powergrid_datasets.synthetic.generator import IS_SOLAR, daylight, without_night_sun
from powergrid_datasets.synthetic.marginal import KNOTS, Marginal
from powergrid_datasets.synthetic.normals import standard_normals
from powergrid_datasets.synthetic.parameters import COLUMNS, YearParameters
from powergrid_datasets.synthetic.season import N_MONTH, Season, day_of_year, distance_to_middle

WINDOW_DAYS = 22.0
"""Days to either side of a month's middle that shape its quantiles, with falling weight."""
RIDGE = 1.0
FEWEST_HOURS = 60
CALIBRATION_RUNS = 10
WARM_UP = 1_440
OWN_BLOCKS = (2, 3, 5)
"""Blocks of the regressors in which a series sees itself alone: 2 and 25 hours back, mean of the last day."""


def fit_parameters(table: TimeSeriesTable, *, seed: int = 0) -> YearParameters:
    """Parameters of the generator from whole years of real series.

    Parameters
    ----------
    table
        Hourly, beginning at a local midnight, with the columns of `COLUMNS`.
    seed
        Seed to note in the parameters.
    """
    values = np.stack([table.column(name) for name in COLUMNS], axis=1)
    hours = (table.start + np.timedelta64(round(table.utc_offset_h), "h")).astype("datetime64[h]")
    hours = hours + np.arange(table.n_step)
    season = Season.of_hours(hours[0].astype("datetime64[D]"), table.n_step)
    values = without_night_sun(values, season)
    marginal = fit_marginal(values, season, day_of_year(hours))
    active = daylight(marginal.at(season))
    scores = hold(marginal.scores(values, season), active)
    scores = without_growth(scores, hours.astype("datetime64[Y]").astype(int), active)
    day_effect = fit_day_effect(scores, season)
    residual = hold(scores - day_effect[season.day_type, season.hour], active)
    return YearParameters(
        marginal=marginal,
        day_effect=day_effect,
        dynamics=calibrated(fit_dynamics(residual, season, active), residual, season, active),
        seed=seed,
        origin=f"{table.source}, {hours[0].astype('datetime64[D]')} to {hours[-1].astype('datetime64[D]')}",
    )


def fit_marginal(values: FloatArray, season: Season, day: FloatArray) -> Marginal:
    """Quantiles by month and hour, then the reach of the tails beyond them."""
    levels = ndtr(KNOTS)
    quantiles = np.zeros((N_MONTH, 24, values.shape[1], KNOTS.size))
    for month in range(N_MONTH):
        weight = np.clip(1.0 - distance_to_middle(day, month) / WINDOW_DAYS, 0.0, None)
        for hour in range(24):
            rows = (season.hour == hour) & (weight > 0.0)
            for column in range(values.shape[1]):
                quantiles[month, hour, column] = _weighted_quantiles(values[rows, column], weight[rows], levels)
    is_price = np.array([name.startswith("price/") for name in COLUMNS])
    # Ties (no wind, no sun) are spread by an invisible amount, so that a score can be found for every value.
    gap = np.where(is_price, 0.01, 1e-5)[:, None] * np.arange(KNOTS.size)
    quantiles = np.maximum.accumulate(quantiles - gap, axis=-1) + gap
    marginal = Marginal(quantiles=quantiles, tail=np.ones((2, values.shape[1])))
    return replace(marginal, tail=_tail(marginal, values, season))


def _weighted_quantiles(values: FloatArray, weight: FloatArray, levels: FloatArray) -> FloatArray:
    order = np.argsort(values, kind="stable")
    share = (np.cumsum(weight[order]) - 0.5 * weight[order]) / weight.sum()
    found: FloatArray = np.interp(levels, share, values[order])
    return found


def _tail(marginal: Marginal, values: FloatArray, season: Season) -> FloatArray:
    """Mean distance beyond the outer knots, in units of the straight line, over that of a normal distribution."""
    scores = marginal.scores(values, season)
    edge = KNOTS[-1]
    expected = np.exp(-0.5 * edge**2) / np.sqrt(2.0 * np.pi) / ndtr(-edge) - edge
    tail = np.ones((2, values.shape[1]))
    for column in range(values.shape[1]):
        for side, excess in enumerate((-edge - scores[:, column], scores[:, column] - edge)):
            beyond = excess[excess > 0.0]
            if beyond.size >= FEWEST_HOURS:
                tail[side, column] = beyond.mean() / expected
    return tail


def hold(scores: FloatArray, active: BoolArray) -> FloatArray:
    """Scores in which a series that stands still keeps its last value."""
    last = np.where(active, np.arange(len(scores))[:, None], 0)
    return np.take_along_axis(scores, np.maximum.accumulate(last, axis=0), axis=0)


def without_growth(
    scores: FloatArray, year: np.ndarray[tuple[int], np.dtype[np.int64]], active: BoolArray
) -> FloatArray:
    """Scores of the sun without the difference between years: it is new plants, not weather."""
    level = scores.copy()
    for column in np.flatnonzero(IS_SOLAR):
        for one in np.unique(year):
            level[year == one, column] -= scores[(year == one) & active[:, column], column].mean()
    return level


def fit_day_effect(scores: FloatArray, season: Season) -> FloatArray:
    """Mean score by day type and hour of load and price; weather knows no weekend."""
    effect = np.zeros((3, 24, scores.shape[1]))
    human = [k for k, name in enumerate(COLUMNS) if name.startswith(("load/", "price/"))]
    for day_type in range(3):
        for hour in range(24):
            rows = (season.day_type == day_type) & (season.hour == hour)
            effect[day_type, hour, human] = [scores[rows, column].mean() for column in human]
    return effect


def fit_dynamics(scores: FloatArray, season: Season, active: BoolArray) -> Dynamics:
    """Least squares by hour of the day, covariance and size of what is left."""
    n_column = scores.shape[1]
    known = regressors(scores)
    coefficients = np.zeros((24, n_column, N_BLOCK * n_column))
    innovation = np.zeros((24, n_column, n_column))
    standard = np.full(scores.shape, np.nan)
    for hour in range(24):
        rows = np.flatnonzero((season.hour == hour) & (np.arange(len(scores)) >= WEEK))
        left = np.full((rows.size, n_column), np.nan)
        for column in range(n_column):
            used = rows[active[rows, column]]
            if used.size < FEWEST_HOURS:
                continue  # night: the score is held, whatever stands here
            seen = _seen_by(column, n_column)
            x, y = known[np.ix_(used, seen)], scores[used, column]
            weights = np.linalg.solve(x.T @ x + RIDGE * np.eye(seen.size), x.T @ y)
            coefficients[hour, column, seen] = weights
            left[active[rows, column], column] = y - x @ weights
        spread, correlation = _moments(left)
        innovation[hour] = spread[:, None] * np.linalg.cholesky(correlation)
        standard[rows] = left / np.where(spread > 0.0, spread, np.nan)
    return Dynamics(coefficients=coefficients, innovation=innovation, volatility=_volatility(standard))


def calibrated(dynamics: Dynamics, scores: FloatArray, season: Season, active: BoolArray) -> Dynamics:
    """The same dynamics with the long-run spread of each series set to the one found.

    Least squares bends the spread of slow series by up to a tenth; all scores are linear in their units, so a change
    of unit mends it.
    """
    n_step, n_column = scores.shape
    simulated = []
    for seed in range(CALIBRATION_RUNS):
        normals = standard_normals(seed, (n_step + n_step // 24) * n_column).reshape(-1, n_column)
        run = dynamics.run(normals[:n_step], normals[n_step:], hour=season.hour, active=active)
        simulated.append((run[WARM_UP:] ** 2).mean(axis=0))
    gain = np.sqrt((scores**2).mean(axis=0) / np.mean(simulated, axis=0))
    return replace(
        dynamics,
        coefficients=dynamics.coefficients * gain[None, :, None] / np.tile(gain, N_BLOCK)[None, None, :],
        innovation=dynamics.innovation * gain[None, :, None],
    )


def _seen_by(column: int, n_column: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    blocks = np.arange(N_BLOCK * n_column) // n_column
    own = np.arange(N_BLOCK * n_column) % n_column == column
    return np.flatnonzero(~np.isin(blocks, OWN_BLOCKS) | own)


def _moments(left: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Spread of each column and their correlation, made positive definite, from rows with holes."""
    there = ~np.isnan(left)
    filled = np.where(there, left, 0.0)
    count = there.T.astype(float) @ there
    enough = count >= FEWEST_HOURS
    covariance = np.where(enough, filled.T @ filled / np.maximum(count, 1.0), 0.0)
    spread = np.sqrt(np.diag(covariance))
    scale = np.where(spread > 0.0, spread, 1.0)
    correlation = covariance / np.outer(scale, scale)
    np.fill_diagonal(correlation, 1.0)
    size, axes = np.linalg.eigh(correlation)
    return spread, axes @ np.diag(np.clip(size, 1e-6, None)) @ axes.T


def _volatility(standard: FloatArray) -> FloatArray:
    """Spread of log size that gives the fourth moment found: E[x⁴] = 3 exp(4 σ²) for a log-normal size."""
    there = ~np.isnan(standard)
    fourth = np.where(there, standard, 0.0) ** 4
    kurtosis = fourth.sum(axis=0) / there.sum(axis=0)
    volatility: FloatArray = np.sqrt(np.log(np.maximum(kurtosis / 3.0, 1.0)) / 4.0)
    return volatility

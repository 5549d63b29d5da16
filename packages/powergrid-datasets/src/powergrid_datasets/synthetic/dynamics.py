"""How the normal scores of all series move together from hour to hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heron.types import BoolArray, FloatArray, IndexArray

DAY, WEEK = 24, 168
LAGS = (1, DAY, 2, DAY + 1)
"""Hours back whose scores enter; besides them the means of the last day and of the last week enter."""

N_BLOCK = len(LAGS) + 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Dynamics:
    """Autoregression with coefficients of its own for each hour of the day.

    Parameters
    ----------
    coefficients : (24, n_column, n_column * 6)
        Weights of the scores 1, 24, 2 and 25 hours back and of the means over the last 168 and 24 hours, six blocks of
        all columns. [1]
    innovation : (24, n_column, n_column)
        Lower triangle whose product with its transpose is the covariance of what is new in an hour. [1]
    volatility : (n_column,)
        Spread of the logarithm of the size of innovations from day to day: calm days and wild days. [1]
    """

    coefficients: FloatArray
    innovation: FloatArray
    volatility: FloatArray

    def run(self, normals: FloatArray, daily_normals: FloatArray, *, hour: IndexArray, active: BoolArray) -> FloatArray:
        """Scores driven by random numbers, starting from zero.

        Parameters
        ----------
        normals : (n_step, n_column)
            Independent standard normal numbers.
        daily_normals : (n_day, n_column)
            The same, one for each day.
        hour : (n_step,)
            Hour of the day; the first is 0.
        active : (n_step, n_column)
            False where a series stands still (the sun at night): its score is kept.

        Returns
        -------
        (n_step, n_column)
            Scores. [1]
        """
        n_step, n_column = normals.shape
        # E[size²] = 1, so that volatility changes the shape of the distribution and not its spread.
        size = np.repeat(np.exp(self.volatility * daily_normals - self.volatility**2), DAY, axis=0)[:n_step]
        scores = np.zeros((n_step + WEEK, n_column))
        day_sum, week_sum = np.zeros(n_column), np.zeros(n_column)
        for step in range(n_step):
            now = step + WEEK
            before = [scores[now - lag] for lag in LAGS]
            known = np.concatenate([*before, week_sum / WEEK, day_sum / DAY])
            drawn = self.innovation[hour[step]] @ (size[step] * normals[step])
            moved = np.clip(self.coefficients[hour[step]] @ known + drawn, -4.5, 4.5)
            scores[now] = np.where(active[step], moved, scores[now - 1])
            day_sum = day_sum + scores[now] - scores[now - DAY]
            week_sum = week_sum + scores[now] - scores[now - WEEK]
        return scores[WEEK:]


def regressors(scores: FloatArray) -> FloatArray:
    """What enters the autoregression at every hour, `(n_step, n_column * 6)`; the first week is not defined, NaN."""
    n_step, n_column = scores.shape
    total = np.concatenate([np.zeros((1, n_column)), np.cumsum(scores, axis=0)])
    blocks = [np.full((n_step, n_column), np.nan) for _ in range(N_BLOCK)]
    for block, lag in zip(blocks, LAGS, strict=False):
        block[WEEK:] = scores[WEEK - lag : n_step - lag]
    for block, length in zip(blocks[len(LAGS) :], (WEEK, DAY), strict=True):
        block[WEEK:] = (total[WEEK:n_step] - total[WEEK - length : n_step - length]) / length
    return np.concatenate(blocks, axis=1)

"""How high a series may be at a given hour and season, and the normal scores that say how high it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heron.types import FloatArray
from powergrid_datasets.synthetic.season import Season

KNOTS = np.array([-2.2, -1.4, -0.7, 0.0, 0.7, 1.4, 2.2])
"""Normal scores at which quantiles are known: the 1.4 %, 8.1 %, 24 %, 50 %, 76 %, 92 % and 98.6 % points."""

LIMIT = 4.5
"""Largest normal score in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marginal:
    """Distribution of each series by month and hour of the day.

    Parameters
    ----------
    quantiles : (12, 24, n_column, n_knot)
        Value at each of `KNOTS` in the middle of each month; between months and between knots it is on a straight line.
    tail : (2, n_column)
        How much further than the straight line the distribution reaches, below the first and above the last knot. [1]
    """

    quantiles: FloatArray
    tail: FloatArray

    def at(self, season: Season) -> FloatArray:
        """Quantiles of every hour, `(n_step, n_column, n_knot)`."""
        weight = season.weight_after[:, None, None]
        before = self.quantiles[season.month_before, season.hour]
        after = self.quantiles[season.month_after, season.hour]
        values: FloatArray = before * (1.0 - weight) + after * weight
        return values

    def values(self, scores: FloatArray, season: Season) -> FloatArray:
        """Values of normal scores, `(n_step, n_column)` both."""
        quantiles = self.at(season)
        z = np.clip(scores, -LIMIT, LIMIT)
        place = np.clip(np.searchsorted(KNOTS, z) - 1, 0, len(KNOTS) - 2)
        low = np.take_along_axis(quantiles, place[..., None], axis=-1)[..., 0]
        high = np.take_along_axis(quantiles, place[..., None] + 1, axis=-1)[..., 0]
        share = (z - KNOTS[place]) / (KNOTS[place + 1] - KNOTS[place])
        share = np.where(share < 0.0, share * self.tail[0], share)
        share = np.where(share > 1.0, 1.0 + (share - 1.0) * self.tail[1], share)
        values: FloatArray = low + share * (high - low)
        return values

    def scores(self, values: FloatArray, season: Season) -> FloatArray:
        """Normal scores of values, `(n_step, n_column)` both; the inverse of `values` within the limit."""
        quantiles = self.at(season)
        place = np.clip((values[..., None] > quantiles).sum(axis=-1) - 1, 0, len(KNOTS) - 2)
        low = np.take_along_axis(quantiles, place[..., None], axis=-1)[..., 0]
        high = np.take_along_axis(quantiles, place[..., None] + 1, axis=-1)[..., 0]
        share = (values - low) / np.maximum(high - low, 1e-9)
        share = np.where(share < 0.0, share / self.tail[0], share)
        share = np.where(share > 1.0, 1.0 + (share - 1.0) / self.tail[1], share)
        scores: FloatArray = np.clip(KNOTS[place] + share * (KNOTS[place + 1] - KNOTS[place]), -LIMIT, LIMIT)
        return scores

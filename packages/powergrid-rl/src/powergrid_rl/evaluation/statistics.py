"""Means with intervals, differences paired by day, and means over training seeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from heron.types import FloatArray

_LEVEL = 0.975  # both sides of a 95 % interval


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and half the width of its 95 % confidence interval, in the unit of the samples."""

    mean: float
    half_width: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return abs(self.mean) > self.half_width

    def __str__(self) -> str:
        return f"{self.mean:.1f} ± {self.half_width:.1f}"


def estimate(samples: FloatArray) -> Estimate:
    """Mean with Student's interval.

    Parameters
    ----------
    samples : (n_day,) or (n_seed, n_day)
        Independent days. With a row per training seed, the mean over both, and an interval for other days *and* other
        seeds: the variances of the day means and of the seed means are added, which counts what is due to neither
        twice and so is never too narrow on that account. The quantile has the degrees of freedom of Welch and
        Satterthwaite, few where the seeds differ more than the days. One day has an infinite interval.

    Source
    ------
    F. E. Satterthwaite, An approximate distribution of estimates of variance components, Biometrics Bulletin 2 (1946).
    """
    samples = np.atleast_2d(np.asarray(samples, dtype=np.float64))
    n_seed, n_day = samples.shape
    mean = float(samples.mean())
    if n_day < 2:
        return Estimate(mean, float("inf"))
    of_days = float(samples.mean(axis=0).var(ddof=1)) / n_day
    of_seeds = float(samples.mean(axis=1).var(ddof=1)) / n_seed if n_seed > 1 else 0.0
    variance = of_days + of_seeds
    if variance == 0.0:
        return Estimate(mean, 0.0)
    spread = of_days**2 / (n_day - 1) + (of_seeds**2 / (n_seed - 1) if n_seed > 1 else 0.0)
    freedom = variance**2 / spread
    return Estimate(mean, float(stdtrit(freedom, _LEVEL)) * variance**0.5)


def paired_difference(one: FloatArray, other: FloatArray) -> Estimate:
    """``one - other`` on the same days; either may have a row per training seed."""
    return estimate(np.atleast_2d(one) - np.atleast_2d(other))


def gap_closed(value: float, *, start: float, bound: float) -> float:
    """Share of the way from a policy's return to the bound: ``(R - R_start) / (R_bound - R_start)``.

    Parameters
    ----------
    value, start, bound
        Returns. [USD]

    Returns
    -------
    float
        NaN where there is no way to go. [1]
    """
    way = bound - start
    return (value - start) / way if way != 0.0 else float("nan")

"""Means with intervals, and differences paired by day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from heron.types import FloatArray


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
    """Mean of independent samples with Student's interval.

    Parameters
    ----------
    samples : (n,)
        At least one; a single sample has an infinite interval.
    """
    n = len(samples)
    mean = float(np.mean(samples))
    if n < 2:
        return Estimate(mean, float("inf"))
    error = float(np.std(samples, ddof=1)) / n**0.5
    return Estimate(mean, float(student.ppf(0.975, n - 1)) * error)


def paired_difference(one: FloatArray, other: FloatArray) -> Estimate:
    """``one - other`` on the same days, ``(n,)`` each."""
    return estimate(np.asarray(one) - np.asarray(other))


def gap_closed(value: float, *, nothing: float, bound: float) -> float:
    """Share of the way from doing nothing to the bound: ``(R - R_nothing) / (R_bound - R_nothing)``; NaN without a way."""
    way = bound - nothing
    return (value - nothing) / way if way != 0.0 else float("nan")

"""How far a span of time strays from what it should be."""

from __future__ import annotations

import math
from enum import Enum

import numpy as np

from heron.core.number import is_within
from heron.errors import ConfigError, suggest
from heron.types import FloatArray


class JitterType(str, Enum):
    """Distribution of the spans that clocks and links really take."""

    GAUSSIAN = "gaussian"
    UNIFORM = "uniform"
    LOGNORMAL = "lognormal"


# A type is a string, so it is found under itself too.
_TYPES: dict[str, JitterType] = {jitter_type.value: jitter_type for jitter_type in JitterType}


def parse_jitter_type(name: str | JitterType) -> JitterType:
    """Distribution that a string names.

    Raises
    ------
    ConfigError
        If there is no distribution of this name.
    """
    if name not in _TYPES:
        raise ConfigError(f"Jitter type {name!r} is not one of {list(_TYPES)}.", remedy=suggest(str(name), _TYPES))
    return _TYPES[name]


def check_jitter_ratio(ratio: float, *, where: str) -> None:
    """Refuse a ratio outside 0 … 1.

    Raises
    ------
    ConfigError
        Names what the ratio belongs to.
    """
    if not is_within(ratio, 0.0, 1.0):
        raise ConfigError(
            f"The jitter ratio of {where} is {ratio!r}, not within 0 and 1.",
            remedy="It is the standard deviation (uniform: the greatest deviation) as a fraction of the nominal span.",
        )


def jittered_ns(nominal_ns: int, *, jitter_type: JitterType, ratio: float, rng: np.random.Generator) -> int:
    """One span of time, drawn around its nominal length.

    Parameters
    ----------
    nominal_ns
        Length without jitter, not negative. [ns]
    jitter_type
        Distribution.
    ratio
        Spread as a fraction of the nominal length, 0 … 1. [1]
    rng
        Stream of the one whose span it is. One number is drawn; none where ratio or length is 0.

    Returns
    -------
    int
        Never negative. [ns]

    Notes
    -----
    ============= =============================== ======================= ===================
    type          span / nominal                  mean                    standard deviation
    ============= =============================== ======================= ===================
    ``GAUSSIAN``  max(0, 1 + ratio Z)             1 (see below)           ratio (see below)
    ``UNIFORM``   1 + ratio U, U in [-1, 1)       1                       ratio / √3
    ``LOGNORMAL`` exp(σ Z - σ²/2)                 1                       ratio
    ============= =============================== ======================= ===================

    with Z standard normal and σ² = ln(1 + ratio²). No span is negative, so the Gaussian is cut at 0; its mean is
    Φ(1/ratio) + ratio φ(1/ratio), which is 1.0000 at a ratio of 0.2, 1.0008 at 0.4 and 1.083 at 1.

    Source
    ------
    Moments of the lognormal distribution: Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1,
    2nd ed., Wiley 1994, chapter 14, equations 14.8a and 14.8b.
    """
    if ratio == 0.0 or nominal_ns == 0:
        return nominal_ns
    if jitter_type is JitterType.UNIFORM:
        factor = 1.0 + ratio * rng.uniform(-1.0, 1.0)
    elif jitter_type is JitterType.GAUSSIAN:
        factor = max(0.0, 1.0 + ratio * rng.standard_normal())
    else:
        log_variance = math.log1p(ratio * ratio)
        factor = math.exp(math.sqrt(log_variance) * rng.standard_normal() - 0.5 * log_variance)
    return round(nominal_ns * factor)


def jitter_factors(n_span: int, *, jitter_type: JitterType, ratio: float, rng: np.random.Generator) -> FloatArray:
    """Many spans in relation to their nominal length: what `jittered_ns` draws one by one.

    Parameters
    ----------
    n_span
        How many.
    jitter_type, ratio, rng
        As in `jittered_ns`.

    Returns
    -------
    (n_span,)
        Span / nominal, not negative. [1]
    """
    if jitter_type is JitterType.UNIFORM:
        return 1.0 + ratio * rng.uniform(-1.0, 1.0, n_span)
    normal = rng.standard_normal(n_span)
    if jitter_type is JitterType.GAUSSIAN:
        return np.maximum(0.0, 1.0 + ratio * normal)
    log_variance = math.log1p(ratio * ratio)
    return np.exp(math.sqrt(log_variance) * normal - 0.5 * log_variance)

"""Spans of time that stray: their statistics, and what they draw."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heron.core.jitter import JitterType, check_jitter_ratio, jitter_factors, jittered_ns, parse_jitter_type
from heron.errors import ConfigError

SECOND_NS = 1_000_000_000
N_DRAWN = 40_000


def drawn(jitter_type: JitterType, ratio: float, *, nominal_ns: int = SECOND_NS) -> np.ndarray:
    rng = np.random.default_rng(7)
    spans = [jittered_ns(nominal_ns, jitter_type=jitter_type, ratio=ratio, rng=rng) for _ in range(N_DRAWN)]
    return np.array(spans, dtype=np.float64) / nominal_ns


@pytest.mark.parametrize(
    ("jitter_type", "mean", "deviation"),
    [
        # Gaussian cut at 0 with r = 0.4: Φ(2.5) + 0.4 φ(2.5) = 0.993790 + 0.4 · 0.017528 = 1.000802
        # E[x²] = (1 + r²) Φ(2.5) + r φ(2.5) = 1.152796 + 0.007011 = 1.159807; √(1.159807 - 1.001605) = 0.397746
        (JitterType.GAUSSIAN, 1.000802, 0.397746),
        # U(-1, 1) has variance 1/3: 0.4/√3 = 0.230940
        (JitterType.UNIFORM, 1.0, 0.230940),
        (JitterType.LOGNORMAL, 1.0, 0.4),
    ],
)
def test_spans_have_the_mean_and_deviation_of_their_type(
    jitter_type: JitterType, mean: float, deviation: float
) -> None:
    factors = drawn(jitter_type, 0.4)
    # five standard errors of the mean; the deviation's is below 1.5 % of it for the heaviest tail of the three
    assert factors.mean() == pytest.approx(mean, abs=5.0 * deviation / math.sqrt(N_DRAWN))
    assert factors.std() == pytest.approx(deviation, rel=0.04)


def test_uniform_spans_stay_within_the_ratio() -> None:
    factors = drawn(JitterType.UNIFORM, 0.25)
    assert 0.75 <= factors.min() < 0.751
    assert 1.249 < factors.max() <= 1.25


def test_the_median_of_a_lognormal_span_is_below_its_mean() -> None:
    # median / mean = 1 / √(1 + r²) = 1 / √2 for r = 1
    assert np.median(drawn(JitterType.LOGNORMAL, 1.0)) == pytest.approx(1.0 / math.sqrt(2.0), rel=0.03)


@given(
    nominal_ns=st.integers(0, 10**13),
    ratio=st.floats(0.0, 1.0),
    jitter_type=st.sampled_from(JitterType),
    seed=st.integers(0, 2**32),
)
def test_no_span_is_negative(nominal_ns: int, ratio: float, jitter_type: JitterType, seed: int) -> None:
    rng = np.random.default_rng(seed)
    span_ns = jittered_ns(nominal_ns, jitter_type=jitter_type, ratio=ratio, rng=rng)
    assert isinstance(span_ns, int)
    assert span_ns >= 0


@pytest.mark.parametrize("jitter_type", list(JitterType))
@pytest.mark.parametrize(("nominal_ns", "ratio"), [(SECOND_NS, 0.0), (0, 0.5)])
def test_nothing_is_drawn_where_nothing_strays(jitter_type: JitterType, nominal_ns: int, ratio: float) -> None:
    rng = np.random.default_rng(3)
    before = rng.bit_generator.state
    assert jittered_ns(nominal_ns, jitter_type=jitter_type, ratio=ratio, rng=rng) == nominal_ns
    assert rng.bit_generator.state == before


def test_a_type_may_be_written_as_a_string() -> None:
    assert parse_jitter_type("lognormal") is JitterType.LOGNORMAL
    assert parse_jitter_type(JitterType.UNIFORM) is JitterType.UNIFORM


def test_an_unknown_type_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"'gausian' is not one of .* Did you mean 'gaussian'\?"):
        parse_jitter_type("gausian")


@pytest.mark.parametrize("ratio", [-0.1, 1.5, math.nan])
def test_a_ratio_outside_its_range_is_refused_with_its_owner(ratio: float) -> None:
    with pytest.raises(ConfigError, match="jitter ratio of channel 'radio'"):
        check_jitter_ratio(ratio, where="channel 'radio'")


@pytest.mark.parametrize("jitter_type", JitterType)
def test_many_spans_at_once_are_those_drawn_one_by_one(jitter_type: JitterType) -> None:
    factors = jitter_factors(50, jitter_type=jitter_type, ratio=0.4, rng=np.random.default_rng(3))
    rng = np.random.default_rng(3)
    spans_ns = [jittered_ns(10**9, jitter_type=jitter_type, ratio=0.4, rng=rng) for _ in range(50)]
    np.testing.assert_allclose(factors * 1e9, spans_ns, atol=1.0)

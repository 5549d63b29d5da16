"""Means, intervals and pairs, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powergrid_rl.evaluation.statistics import Estimate, estimate, gap_closed, paired_difference


def test_mean_and_interval_of_three_days() -> None:
    # 1, 2, 3: mean 2, standard deviation 1, error 1 / sqrt(3); t(0.975, 2) = 4.302653
    found = estimate(np.array([1.0, 2.0, 3.0]))
    assert found.mean == 2.0
    assert found.half_width == pytest.approx(4.302653 / math.sqrt(3.0), rel=1e-6)


def test_one_day_says_nothing_about_others() -> None:
    assert estimate(np.array([5.0])) == Estimate(5.0, math.inf)
    assert not estimate(np.array([5.0])).excludes_zero


def test_equal_days_leave_no_doubt() -> None:
    assert estimate(np.array([5.0, 5.0])) == Estimate(5.0, 0.0)


def test_seeds_that_agree_add_nothing_to_the_interval() -> None:
    days = np.array([1.0, 2.0, 3.0])
    assert estimate(np.array([days, days])) == estimate(days)


def test_days_and_seeds_both_widen_the_interval() -> None:
    # Day means 2, 4: variance 2, over 2 days 1. Seed means 2, 4: variance 2, over 2 seeds 1. Together 2; degrees of
    # freedom 2^2 / (1^2 / 1 + 1^2 / 1) = 2, t = 4.302653.
    found = estimate(np.array([[1.0, 3.0], [3.0, 5.0]]))
    assert found.mean == 3.0
    assert found.half_width == pytest.approx(4.302653 * math.sqrt(2.0), rel=1e-6)


def test_where_seeds_differ_most_their_number_decides_the_quantile() -> None:
    # 100 equal days, seeds 0, 10: variance of seeds 50 / 2 = 25, one degree of freedom, t = 12.7062
    found = estimate(np.array([np.zeros(100), np.full(100, 10.0)]))
    assert found.half_width == pytest.approx(12.7062 * 5.0, rel=1e-5)


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_the_pooled_interval_holds_the_mean_about_as_often_as_it_says(seed: int) -> None:
    # 60 studies of 4 seeds and 12 days with effects of both: at least 80 % of intervals must hold the mean of 0
    rng = np.random.default_rng(seed)
    held = 0
    for _ in range(60):
        samples = rng.normal(size=(4, 1)) + rng.normal(scale=2.0, size=(1, 12)) + rng.normal(size=(4, 12))
        held += not estimate(samples).excludes_zero
    assert held >= 48


def test_a_difference_is_paired_by_day() -> None:
    # days differ by hundreds, policies by exactly 1
    days = np.array([100.0, 300.0, 900.0])
    assert paired_difference(days + 1.0, days) == Estimate(1.0, 0.0)
    assert paired_difference(days + 1.0, days).excludes_zero


def test_a_pool_is_paired_with_one_policy_seed_by_seed() -> None:
    days = np.array([100.0, 300.0])
    found = paired_difference(np.array([days + 1.0, days + 3.0]), days)
    assert found.mean == 2.0
    # seed means 1 and 3: variance 2 over 2 seeds is 1, t(0.975, 1) = 12.7062
    assert found.half_width == pytest.approx(12.7062, rel=1e-5)


def test_the_gap_is_counted_from_the_start_to_the_bound() -> None:
    # from -900 to -300 is 600; -450 is 450 of them
    assert gap_closed(-450.0, start=-900.0, bound=-300.0) == pytest.approx(0.75)
    assert gap_closed(-1000.0, start=-900.0, bound=-300.0) < 0.0
    assert math.isnan(gap_closed(-450.0, start=-300.0, bound=-300.0))


def test_an_estimate_reads_as_mean_and_half_width() -> None:
    assert str(Estimate(-312.43, 25.68)) == "-312.4 ± 25.7"

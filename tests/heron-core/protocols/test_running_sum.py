"""Sums that keep what float64 would drop."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from heron.protocols.running_sum import RunningSum, minus, plus, zero

numbers = st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), min_size=1, max_size=50)


def exactly(total: RunningSum) -> Fraction:
    return Fraction(float(total[0][0])) + Fraction(float(total[1][0]))


@given(amounts=numbers)
def test_a_running_sum_is_good_for_thirty_digits(amounts: list[float]) -> None:
    total, exact = zero((1,)), Fraction(0)
    for amount in amounts:
        total, exact = plus(total, np.array([amount])), exact + Fraction(amount)
    largest = max(abs(Fraction(amount)) for amount in amounts)
    assert abs(exactly(total) - exact) <= Fraction(1, 10**30) * largest * len(amounts)


def test_what_is_small_beside_the_total_is_kept() -> None:
    # 1 + 2⁻⁸⁰ is 1 in float64
    total = plus(plus(zero((1,)), np.array([1.0])), np.array([2.0**-80]))
    assert minus(total, plus(zero((1,)), np.array([1.0])))[0][0] == 2.0**-80

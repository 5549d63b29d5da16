"""The documented cost function."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powergrid.utils.cost import quadratic_cost


def test_cost_is_quadratic_in_power() -> None:
    # 40 x 0.3^2 + 34 x 0.3 + 5 = 3.6 + 10.2 + 5
    assert quadratic_cost(np.array([[0.3]]), 40.0, 34.0, 5.0)[0, 0] == pytest.approx(18.8, rel=1e-12)


def test_the_constant_may_be_left_out() -> None:
    assert quadratic_cost(np.array([[2.0]]), 1.0, 3.0)[0, 0] == 10.0


@given(p_mw=st.floats(0.0, 10.0), a=st.floats(0.0, 100.0), b=st.floats(0.0, 100.0))
def test_the_mean_of_two_powers_never_costs_more_than_the_mean_of_their_costs(p_mw: float, a: float, b: float) -> None:
    low, high, middle = (quadratic_cost(np.array([[p]]), a, b)[0, 0] for p in (0.0, p_mw, 0.5 * p_mw))
    assert middle <= 0.5 * (low + high) + 1e-9

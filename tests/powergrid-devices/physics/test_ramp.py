"""Power that can be reached."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powergrid_devices.physics.ramp import ramp_range_mw


def reach(p_mw: float, ramp_mw_per_h: float, step_h: float = 1.0) -> tuple[float, float]:
    low, high = ramp_range_mw(
        np.array([[p_mw]]), p_min_mw=0.5, p_max_mw=2.0, ramp_mw_per_h=ramp_mw_per_h, step_h=step_h
    )
    return float(low[0, 0]), float(high[0, 0])


def test_the_ramp_reaches_as_far_up_as_down() -> None:
    # 1.2 MW +- 0.4 MW/h x 0.5 h
    assert reach(1.2, 0.4, step_h=0.5) == pytest.approx((1.0, 1.4))


def test_the_limits_of_the_unit_hold_within_the_ramp() -> None:
    assert reach(0.6, 0.4) == pytest.approx((0.5, 1.0))
    assert reach(1.9, 0.4) == pytest.approx((1.5, 2.0))


def test_from_standstill_the_lowest_power_can_be_reached() -> None:
    assert reach(0.0, 0.1) == (0.5, 0.5)


def test_without_a_ramp_limit_everything_can_be_reached() -> None:
    assert reach(0.7, math.inf) == (0.5, 2.0)


@given(p_mw=st.floats(0.5, 2.0), ramp_mw_per_h=st.floats(1e-3, 10.0), step_h=st.floats(1e-3, 4.0))
def test_the_range_holds_the_present_power_and_stays_within_limits(
    p_mw: float, ramp_mw_per_h: float, step_h: float
) -> None:
    low, high = reach(p_mw, ramp_mw_per_h, step_h)
    assert 0.5 <= low <= p_mw <= high <= 2.0
    assert high - low <= 2.0 * ramp_mw_per_h * step_h + 1e-12

"""Setpoints that suit a price."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powergrid.utils.cost import quadratic_cost
from powergrid_devices.physics.price_response import economic_power_mw, threshold_power_mw


def dispatch(*prices_usd_per_mwh: float, a: float = 40.0) -> list[float]:
    prices = np.array(prices_usd_per_mwh, dtype=np.float64)
    b = np.array([[34.0]])
    return economic_power_mw(prices, a=np.array([[a]]), b=b, p_min_mw=0.0, p_max_mw=0.3)[0].tolist()


def test_marginal_cost_equals_the_price() -> None:
    # 2 x 40 P + 34 = 46 at P = 0.15; nothing below 34, all from 34 + 80 x 0.3 = 58 on
    assert dispatch(46.0, 34.0, -20.0, 58.0, 500.0) == pytest.approx([0.15, 0.0, 0.0, 0.3, 0.3])


def test_with_linear_cost_it_is_all_or_nothing() -> None:
    assert dispatch(33.0, 34.0, 35.0, a=0.0) == [0.0, 0.0, 0.3]


@given(price=st.floats(-100.0, 1000.0), other_mw=st.floats(0.0, 0.3))
def test_no_other_power_earns_more(price: float, other_mw: float) -> None:
    powers = np.array([[dispatch(price)[0], other_mw]])
    profit = price * powers - quadratic_cost(powers, 40.0, 34.0)
    assert profit[0, 0] >= profit[0, 1] - 1e-9


def charge(*prices_usd_per_mwh: float) -> list[float]:
    prices = np.array(prices_usd_per_mwh, dtype=np.float64)
    thresholds = {"charge_below_usd_per_mwh": np.array([[25.0]]), "discharge_above_usd_per_mwh": np.array([[60.0]])}
    return threshold_power_mw(prices, **thresholds, p_min_mw=-0.2, p_max_mw=0.25)[0].tolist()


def test_cheap_energy_is_stored_and_dear_energy_is_sold() -> None:
    assert charge(-10.0, 24.9, 25.0, 40.0, 60.0, 60.1) == [-0.2, -0.2, 0.0, 0.0, 0.0, 0.25]


@given(price=st.floats(-100.0, 1000.0), more=st.floats(0.0, 100.0))
def test_a_higher_price_never_means_less_power(price: float, more: float) -> None:
    low, high = charge(price, price + more)
    assert low <= high
    low, high = dispatch(price, price + more)
    assert low <= high

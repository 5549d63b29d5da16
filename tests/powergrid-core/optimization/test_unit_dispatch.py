"""The best power of a generator at a price."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powergrid.optimization import UnitLimits, cheapest_power_mw

UNIT = UnitLimits(p_min_mw=0.0, p_max_mw=0.3, cost_curve_coefs=(40.0, 34.0, 0.0), can_stop=True)


def loss_usd_per_h(price: np.ndarray, p_mw: np.ndarray, unit: UnitLimits) -> np.ndarray:
    """Fuel less what the energy is worth."""
    return unit.running_cost_usd_per_h(p_mw) - price * p_mw


def test_marginal_cost_meets_the_price() -> None:
    # 2 x 40 P + 34 = price: 30 -> standstill, 50 -> 16 / 80 = 0.2, 100 -> 0.825, limited to 0.3
    np.testing.assert_allclose(cheapest_power_mw(np.array([30.0, 50.0, 100.0]), UNIT), [0.0, 0.2, 0.3], atol=1e-12)


def test_a_cost_of_running_at_all_keeps_a_unit_still_until_it_is_earned() -> None:
    # At 50 the unit would earn 40 x 0.2 x 0.2 = 1.6 USD/h above its fuel.
    price = np.array([50.0])
    assert cheapest_power_mw(price, replace(UNIT, cost_curve_coefs=(40.0, 34.0, 1.5)))[0] == pytest.approx(0.2)
    assert cheapest_power_mw(price, replace(UNIT, cost_curve_coefs=(40.0, 34.0, 1.7)))[0] == 0.0


def test_a_unit_that_cannot_stop_runs_at_its_least() -> None:
    kept = replace(UNIT, p_min_mw=0.1, can_stop=False)
    np.testing.assert_allclose(cheapest_power_mw(np.array([-20.0, 50.0]), kept), [0.1, 0.2], atol=1e-12)


def test_a_unit_that_can_stop_does_so_below_its_cost() -> None:
    # at 36, P = 0.1 loses 0.4 + 3.4 - 3.6 = 0.2 USD/h
    np.testing.assert_allclose(cheapest_power_mw(np.array([36.0]), replace(UNIT, p_min_mw=0.1)), [0.0], atol=1e-12)


def test_straight_cost_gives_all_or_nothing() -> None:
    straight = replace(UNIT, cost_curve_coefs=(0.0, 34.0, 0.0))
    np.testing.assert_allclose(cheapest_power_mw(np.array([33.9, 34.1]), straight), [0.0, 0.3], atol=1e-12)


def test_running_costs_nothing_at_standstill_and_the_constant_where_it_cannot_stop() -> None:
    # 40 x 0.01 + 34 x 0.1 + 2 = 5.8
    unit = replace(UNIT, cost_curve_coefs=(40.0, 34.0, 2.0))
    np.testing.assert_allclose(unit.running_cost_usd_per_h(np.array([0.0, 0.1])), [0.0, 5.8], rtol=1e-12)
    np.testing.assert_allclose(replace(unit, can_stop=False).running_cost_usd_per_h(np.array([0.0])), [2.0], rtol=1e-12)


@given(
    st.floats(-100.0, 300.0),
    st.tuples(st.just(0.0) | st.floats(1e-6, 80.0), st.floats(0.0, 80.0), st.floats(0.0, 5.0)),
    st.floats(0.0, 0.2),
    st.booleans(),
)
def test_no_other_power_is_cheaper(
    price: float, coefficients: tuple[float, float, float], p_min_mw: float, can_stop: bool
) -> None:
    unit = UnitLimits(p_min_mw=p_min_mw, p_max_mw=0.3, cost_curve_coefs=coefficients, can_stop=can_stop)
    others = np.linspace(p_min_mw, 0.3, 50)
    if can_stop:
        others = np.concatenate([[0.0], others])
    elif p_min_mw == 0.0:
        others = others[1:]
    prices = np.full(len(others), price)
    best = cheapest_power_mw(prices, unit)
    assert (loss_usd_per_h(prices, best, unit) <= loss_usd_per_h(prices, others, unit) + 1e-9).all()

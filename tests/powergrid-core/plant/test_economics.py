"""Cost of energy and value of what is left in storage."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from powergrid.plant.economics import energy_cost_usd, settlement_usd

finite = st.floats(-1e3, 1e3)


def test_energy_costs_power_times_price_times_time() -> None:
    # 2 MW at 50 USD/MWh for a quarter of an hour: 25 USD; 1 MW fed in at 40: -10 USD
    cost = energy_cost_usd(np.array([[2.0, -1.0]]), np.array([50.0, 40.0]), step_h=0.25)
    np.testing.assert_allclose(cost, [[25.0, -10.0]], rtol=1e-15)


@given(finite, finite)
def test_selling_back_what_was_bought_costs_nothing(power: float, price: float) -> None:
    bought = energy_cost_usd(np.array([[power]]), np.array([price]), step_h=1.0)
    sold = energy_cost_usd(np.array([[-power]]), np.array([price]), step_h=1.0)
    assert (bought + sold).item() == 0.0


def test_a_change_of_stored_energy_is_worth_the_mean_price() -> None:
    # prices 20, 40 and 60 have mean 40: 0.5 MWh more are worth 20 USD, 0.25 MWh less cost 10
    worth = settlement_usd(np.array([[0.5], [-0.25]]), np.array([120.0]), n_interval=np.array([3.0]))
    np.testing.assert_allclose(worth, [[20.0], [-10.0]], rtol=1e-15)


def test_an_episode_without_intervals_is_worth_nothing() -> None:
    assert settlement_usd(np.array([[1.0]]), np.array([0.0]), n_interval=np.array([0.0])).item() == 0.0

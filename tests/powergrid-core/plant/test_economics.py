"""Cost of energy and value of what is left in storage."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from powergrid.plant.economics import book_areas, book_devices, energy_cost_usd, settlement_usd

finite = st.floats(-1e3, 1e3)


def test_energy_costs_power_times_price_times_time() -> None:
    # 2 MW at 50 USD/MWh for a quarter of an hour: 25 USD; 1 MW fed in at 40: -10 USD
    assert energy_cost_usd(2.0, 50.0, 0.25) == 25.0
    assert energy_cost_usd(-1.0, 40.0, 0.25) == -10.0


@given(finite, finite)
def test_selling_back_what_was_bought_costs_nothing(power: float, price: float) -> None:
    assert energy_cost_usd(power, price, 1.0) + energy_cost_usd(-power, price, 1.0) == 0.0


def test_an_area_pays_for_its_devices_and_its_energy() -> None:
    # area 0: devices of 3 and 4 USD and 2 MW for half an hour at 10 USD/MWh; area 1: a device of 1 USD, 4 MW sold
    terms, booked = np.zeros((3, 2, 1)), np.zeros((2, 2, 1))
    book_areas(
        np.array([0, 1, 0]),
        np.array([[3.0], [1.0], [4.0]]),
        np.array([[0.1], [0.0], [0.2]]),
        np.array([[2.0], [-4.0]]),
        np.array([10.0]),
        0.5,
        np.array([True]),
        7.0,
        np.array([[[0.5], [0.25]]]),
        np.array([2.0, 1.0, 1.0]),
        terms,
        booked,
    )
    np.testing.assert_allclose(booked[0, :, 0], [17.0, -19.0], rtol=1e-15)
    np.testing.assert_allclose(terms[:, :, 0], [[0.5, 0.25], [0.3, 0.0], [7.0, 7.0]], atol=1e-15)
    # safety: 2 * 0.5 + 0.3 + 7, and 2 * 0.25 + 7
    np.testing.assert_allclose(booked[1, :, 0], [8.3, 7.5], rtol=1e-15)


def test_a_device_is_credited_with_what_it_feeds_in() -> None:
    booked = np.zeros((1, 2))
    book_devices(np.array([[3.0, 3.0]]), np.array([[2.0, -1.0]]), np.array([10.0, 20.0]), 0.5, booked)
    assert booked.tolist() == [[-7.0, 13.0]]


def test_a_change_of_stored_energy_is_worth_the_mean_price() -> None:
    # 20 USD/MWh for half an hour, 40 for an hour and 60 for half an hour: 80 in 2 h, mean 40
    worth = settlement_usd(np.array([[0.5], [-0.25]]), np.array([80.0]), hours=np.array([2.0]))
    np.testing.assert_allclose(worth, [[20.0], [-10.0]], rtol=1e-15)


def test_an_episode_without_intervals_is_worth_nothing() -> None:
    assert settlement_usd(np.array([[1.0]]), np.array([0.0]), hours=np.array([0.0])).item() == 0.0

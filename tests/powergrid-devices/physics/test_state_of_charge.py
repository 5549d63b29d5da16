"""State of charge from one interval to the next."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powergrid_devices.physics.state_of_charge import next_soc, outside_window

EFFICIENCY = st.floats(0.5, 1.0)


def row(*values: float) -> np.ndarray:
    return np.array([values], dtype=np.float64)


def test_discharging_loses_energy_to_efficiency() -> None:
    # 0.9 MW for 1 h at 90 % draws 1.0 MWh from 5 MWh: 0.5 - 0.2 = 0.3
    after = next_soc(row(0.5), row(0.9), capacity_mwh=5.0, eta_charge=0.95, eta_discharge=0.9, step_h=1.0)
    np.testing.assert_allclose(after, row(0.3), rtol=1e-12)


def test_charging_loses_energy_to_efficiency() -> None:
    # -1 MW for 15 min at 80 % stores 0.2 MWh in 2 MWh: 0.5 + 0.1 = 0.6
    after = next_soc(row(0.5), row(-1.0), capacity_mwh=2.0, eta_charge=0.8, eta_discharge=0.9, step_h=0.25)
    np.testing.assert_allclose(after, row(0.6), rtol=1e-12)


def test_idling_changes_nothing() -> None:
    after = next_soc(row(0.37), row(0.0), capacity_mwh=2.0, eta_charge=0.8, eta_discharge=0.9, step_h=1.0)
    assert after[0, 0] == 0.37


@given(p_mw=st.floats(0.0, 5.0), eta_charge=EFFICIENCY, eta_discharge=EFFICIENCY, step_h=st.floats(0.01, 2.0))
def test_a_round_trip_returns_the_product_of_the_efficiencies(
    p_mw: float, eta_charge: float, eta_discharge: float, step_h: float
) -> None:
    settings = {"capacity_mwh": 10.0, "eta_charge": eta_charge, "eta_discharge": eta_discharge, "step_h": step_h}
    charged = next_soc(row(0.5), row(-p_mw), **settings)
    back = next_soc(charged, row(p_mw * eta_charge * eta_discharge), **settings)
    np.testing.assert_allclose(back, row(0.5), atol=1e-13)


@given(p_mw=st.floats(-5.0, 5.0), split=st.floats(0.1, 0.9))
def test_two_short_intervals_equal_a_long_one(p_mw: float, split: float) -> None:
    settings = {"capacity_mwh": 10.0, "eta_charge": 0.9, "eta_discharge": 0.8}
    whole = next_soc(row(0.5), row(p_mw), **settings, step_h=1.0)
    first = next_soc(row(0.5), row(p_mw), **settings, step_h=split)
    np.testing.assert_allclose(next_soc(first, row(p_mw), **settings, step_h=1.0 - split), whole, atol=1e-13)


@pytest.mark.parametrize(("soc", "distance"), [(0.05, 0.05), (0.1, 0.0), (0.5, 0.0), (0.9, 0.0), (0.97, 0.07)])
def test_distance_to_the_window_is_counted_outside_only(soc: float, distance: float) -> None:
    np.testing.assert_allclose(outside_window(row(soc), soc_min=0.1, soc_max=0.9), row(distance), atol=1e-15)


@given(soc=st.floats(0.0, 1.0))
def test_the_distance_is_the_same_from_both_ends(soc: float) -> None:
    # a window that is symmetric about 0.5 is as far from s as from 1 - s
    here = outside_window(row(soc), soc_min=0.25, soc_max=0.75)
    np.testing.assert_allclose(here, outside_window(row(1.0 - soc), soc_min=0.25, soc_max=0.75), atol=1e-15)

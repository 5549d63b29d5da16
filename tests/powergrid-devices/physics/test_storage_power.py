"""Power a battery can hold for a whole interval."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powergrid_devices.physics.state_of_charge import next_soc
from powergrid_devices.physics.storage_power import power_range_mw

BATTERY: dict[str, Any] = {"soc_min": 0.1, "soc_max": 0.9, "capacity_mwh": 5.0, "eta_charge": 0.8, "eta_discharge": 0.9}


def range_of(
    soc: float, *, p_min_mw: float = -10.0, p_max_mw: float = 10.0, step_h: float = 1.0
) -> tuple[float, float]:
    low, high = power_range_mw(np.array([[soc]]), **BATTERY, p_min_mw=p_min_mw, p_max_mw=p_max_mw, step_h=step_h)
    return float(low[0, 0]), float(high[0, 0])


def test_headroom_is_divided_by_charging_and_multiplied_by_discharging_efficiency() -> None:
    # 0.3 - 0.1 = 0.2 of 5 MWh = 1 MWh leaves as 0.9 MWh; 0.9 - 0.3 = 0.6 of 5 MWh = 3 MWh takes 3 / 0.8 = 3.75 MWh
    assert range_of(0.3) == pytest.approx((-3.75, 0.9), rel=1e-12)


def test_half_the_time_allows_twice_the_power() -> None:
    assert range_of(0.3, step_h=0.5) == pytest.approx((-7.5, 1.8), rel=1e-12)


def test_the_converter_limits_before_the_headroom_does() -> None:
    assert range_of(0.5, p_min_mw=-0.5, p_max_mw=0.25) == (-0.5, 0.25)


def test_an_empty_battery_gives_nothing_and_a_full_one_takes_nothing() -> None:
    assert range_of(0.1)[1] == 0.0
    assert range_of(0.9)[0] == 0.0


@pytest.mark.parametrize(("soc", "open_end"), [(0.02, 0), (0.98, 1)])
def test_beyond_its_window_a_battery_can_only_come_back(soc: float, open_end: int) -> None:
    both = range_of(soc)
    assert both[1 - open_end] == 0.0
    assert both[open_end] != 0.0


@given(
    soc=st.floats(0.1, 0.9),
    eta_charge=st.floats(0.5, 1.0),
    eta_discharge=st.floats(0.5, 1.0),
    capacity_mwh=st.floats(1e-3, 1e3),
    step_h=st.floats(1e-3, 24.0),
)
def test_either_end_fills_the_window_and_never_leaves_it(
    soc: float, eta_charge: float, eta_discharge: float, capacity_mwh: float, step_h: float
) -> None:
    start = np.array([[soc]])
    cells: dict[str, Any] = {"capacity_mwh": capacity_mwh, "eta_charge": eta_charge, "eta_discharge": eta_discharge}
    low, high = power_range_mw(start, soc_min=0.1, soc_max=0.9, **cells, p_min_mw=-1e9, p_max_mw=1e9, step_h=step_h)
    full, empty = next_soc(start, low, **cells, step_h=step_h), next_soc(start, high, **cells, step_h=step_h)
    assert 0.1 <= empty[0, 0] <= 0.1 + 1e-13
    assert 0.9 - 1e-13 <= full[0, 0] <= 0.9


@given(soc=st.floats(0.2, 0.8))
def test_with_equal_efficiencies_of_one_the_two_ends_mirror_each_other(soc: float) -> None:
    settings: dict[str, Any] = {**BATTERY, "eta_charge": 1.0, "eta_discharge": 1.0, "step_h": 1.0}
    low, high = power_range_mw(np.array([[soc]]), **settings, p_min_mw=-1.0, p_max_mw=1.0)
    mirrored_low, mirrored_high = power_range_mw(np.array([[1.0 - soc]]), **settings, p_min_mw=-1.0, p_max_mw=1.0)
    np.testing.assert_allclose(low, -mirrored_high, atol=1e-14)
    np.testing.assert_allclose(high, -mirrored_low, atol=1e-14)

"""Violations of limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powergrid.plant.grid_kernel import above_rating, outside_band_pu
from powergrid.plant.safety import TERMS, UNITS, SafetyLimits


@pytest.mark.parametrize(("vm_pu", "expected"), [(0.93, 0.02), (0.95, 0.0), (1.0, 0.0), (1.05, 0.0), (1.08, 0.03)])
def test_voltage_violation_is_the_distance_to_the_band(vm_pu: float, expected: float) -> None:
    # 0.93 is 0.02 below 0.95, 1.08 is 0.03 above 1.05
    assert outside_band_pu(vm_pu, 0.95, 1.05) == pytest.approx(expected, abs=1e-15)


@given(st.floats(0.0, 2.0))
def test_voltage_violation_is_symmetric_about_the_middle_of_the_band(vm_pu: float) -> None:
    assert outside_band_pu(vm_pu, 0.95, 1.05) == pytest.approx(outside_band_pu(2.0 - vm_pu, 0.95, 1.05), abs=1e-15)


@pytest.mark.parametrize(("loading", "expected"), [(0.0, 0.0), (1.0, 0.0), (1.3, 0.3)])
def test_overload_is_what_exceeds_the_rating(loading: float, expected: float) -> None:
    assert above_rating(loading) == pytest.approx(expected, abs=1e-15)


def test_every_term_has_a_unit_and_a_weight() -> None:
    assert set(UNITS) == set(TERMS) == set(SafetyLimits().weights)

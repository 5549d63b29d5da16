"""Violations of limits."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from powergrid.plant.safety import TERMS, UNITS, SafetyLimits, overload, voltage_violation_pu


def test_voltage_violation_is_the_distance_to_the_band() -> None:
    # 0.93 is 0.02 below 0.95, 1.08 is 0.03 above 1.05
    violation = voltage_violation_pu(np.array([[0.93], [0.95], [1.0], [1.05], [1.08]]), v_min_pu=0.95, v_max_pu=1.05)
    np.testing.assert_allclose(violation, [[0.02], [0.0], [0.0], [0.0], [0.03]], atol=1e-15)


@given(st.floats(0.0, 2.0))
def test_voltage_violation_is_symmetric_about_the_middle_of_the_band(vm_pu: float) -> None:
    above = voltage_violation_pu(np.array([[vm_pu]]), v_min_pu=0.95, v_max_pu=1.05)
    below = voltage_violation_pu(np.array([[2.0 - vm_pu]]), v_min_pu=0.95, v_max_pu=1.05)
    np.testing.assert_allclose(above, below, atol=1e-15)


def test_overload_is_what_exceeds_the_rating() -> None:
    np.testing.assert_allclose(overload(np.array([[0.0], [1.0], [1.3]])), [[0.0], [0.0], [0.3]], atol=1e-15)


def test_every_term_has_a_unit_and_a_weight() -> None:
    assert set(UNITS) == set(TERMS) == set(SafetyLimits().weights)

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powergrid.conventions import (
    from_pandapower,
    generation_from_pandapower,
    generation_to_pandapower,
    load_from_pandapower,
    load_to_pandapower,
    shunt_from_pandapower,
    shunt_to_pandapower,
    storage_from_pandapower,
    storage_to_pandapower,
    to_pandapower,
)
from powergrid.errors import NetworkError


def test_a_discharging_storage_is_negative_in_pandapower() -> None:
    assert storage_to_pandapower(0.25) == -0.25
    assert storage_from_pandapower(-0.25) == 0.25


def test_a_consumer_is_positive_in_pandapower() -> None:
    assert load_to_pandapower(-1.155) == 1.155
    assert load_from_pandapower(1.155) == -1.155


def test_generation_has_the_same_sign_in_both() -> None:
    assert generation_to_pandapower(0.3) == 0.3
    assert generation_from_pandapower(0.3) == 0.3


def test_a_capacitor_is_negative_in_pandapower() -> None:
    assert shunt_to_pandapower(0.6) == -0.6
    assert shunt_from_pandapower(-0.6) == 0.6


def test_a_resting_device_reads_plain_zero() -> None:
    assert math.copysign(1.0, storage_to_pandapower(0.0)) == 1.0


def test_arrays_keep_shape_and_dtype() -> None:
    converted = storage_to_pandapower(np.array([[0.5, -0.25], [0.0, 1.0]]))
    assert converted.dtype == np.float64
    np.testing.assert_array_equal(converted, [[-0.5, 0.25], [0.0, -1.0]])


@given(
    st.sampled_from(["sgen", "storage", "load", "shunt"]),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_there_and_back_changes_nothing(family: str, power: float) -> None:
    assert from_pandapower(family, to_pandapower(family, power)) == power


@pytest.mark.parametrize(("family", "power"), [("sgen", 0.3), ("storage", -0.3), ("load", -0.3), ("shunt", -0.3)])
def test_each_family_has_the_sign_of_its_table(family: str, power: float) -> None:
    assert to_pandapower(family, 0.3) == power


def test_an_unknown_family_is_named_with_the_nearest() -> None:
    with pytest.raises(NetworkError, match=r"family 'storages'.*Did you mean 'storage'"):
        to_pandapower("storages", 1.0)

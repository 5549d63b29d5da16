"""Tap changers that an agent moves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from powergrid.config.finding import InvalidConfigError
from powergrid_devices.physics.tap_changing import stepped_position, tap_changes
from powergrid_devices.transformer import Transformer


def test_the_nearest_position_within_the_range_is_taken() -> None:
    asked = np.array([[-9.0, -0.6, 0.5, 1.5, 2.4, 9.0]])
    found = stepped_position(asked, tap_min=-4, tap_max=4)
    # halves go to the even position
    np.testing.assert_array_equal(found, [[-4.0, -1.0, 0.0, 2.0, 2.0, 4.0]])


def test_steps_count_in_both_directions() -> None:
    np.testing.assert_array_equal(tap_changes(np.array([[3.0, -1.0]]), np.array([[-2.0, 4.0]])), [[5.0, 5.0]])


def test_moving_costs_by_the_step_and_gives_no_power(make_bank: Any) -> None:
    bank = make_bank(Transformer(transformer="reg", tap_initial=1, tap_change_cost_usd=2.0))
    bank.setpoint.tap[...] = -2.3
    bank.advance(1.0)
    # from 1 to -2: three steps at 2 USD
    assert bank.state.tap_position.item() == -2.0
    assert bank.cost_usd.item() == 6.0
    assert bank.p_mw.item() == bank.q_mvar.item() == 0.0
    bank.advance(1.0)
    assert bank.cost_usd.item() == 0.0
    assert not bank.limited["tap"].any()


def test_what_is_out_of_range_is_limited(make_bank: Any) -> None:
    bank = make_bank(Transformer(transformer="reg", tap_max=3))
    bank.setpoint.tap[...] = 5.0
    bank.advance(1.0)
    assert bank.state.tap_position.item() == 3.0
    assert bank.limited["tap"].all()


@pytest.mark.parametrize("wrong", [{"tap_min": 1}, {"tap_max": -1}, {"tap_initial": 20}])
def test_positions_are_in_order(wrong: dict[str, int]) -> None:
    with pytest.raises(InvalidConfigError, match="tap_initial = .* is not between tap_min"):
        Transformer(transformer="reg", **wrong)

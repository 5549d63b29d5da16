"""Advantages and rewards, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from powergrid_rl.rllib.advantage import advantages, learning_rewards, standardised


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)[:, np.newaxis]


def flags(*values: bool) -> np.ndarray:
    return np.array(values, dtype=np.bool_)[:, np.newaxis]


def test_advantages_of_two_steps_and_a_cut_by_hand() -> None:
    # residuals: 1 + 0.5*3 - 2 = 0.5 and 2 + 0.5*4 - 3 = 1; then 0.5 + 0.5*0.8*1 = 0.9
    found = advantages(
        column(1.0, 2.0), column(2.0, 3.0), column(3.0, 4.0), flags(False, False), flags(False, False),
        gamma=0.5, lambda_=0.8,
    )  # fmt: skip
    np.testing.assert_allclose(found, column(0.9, 1.0), rtol=1e-12)


def test_nothing_follows_a_terminal_step() -> None:
    # the value after a terminal step does not count: 2 - 3 = -1; the step after it begins anew: 1 + 0.5*3 - 2 = 0.5
    found = advantages(
        column(2.0, 1.0), column(3.0, 2.0), column(9.0, 3.0), flags(True, False), flags(True, False),
        gamma=0.5, lambda_=0.8,
    )  # fmt: skip
    np.testing.assert_allclose(found, column(-1.0, 0.5), rtol=1e-12)


def test_a_time_limit_counts_the_last_states_value_but_not_the_next_episode() -> None:
    # 2 + 0.5*9 - 3 = 3.5, without the 0.5*0.8*0.5 of the episode after it
    found = advantages(
        column(2.0, 1.0), column(3.0, 2.0), column(9.0, 3.0), flags(False, False), flags(True, False),
        gamma=0.5, lambda_=0.8,
    )  # fmt: skip
    np.testing.assert_allclose(found, column(3.5, 0.5), rtol=1e-12)


def test_rewards_are_scaled_then_cut() -> None:
    np.testing.assert_allclose(learning_rewards(np.array([-500.0, 30.0]), scale=10.0, limit=20.0), [-20.0, 3.0])


def test_standardised_values_have_mean_zero_and_spread_one() -> None:
    found = standardised(np.array([1.0, 3.0, 5.0]))
    assert found.mean() == pytest.approx(0.0, abs=1e-12)
    assert found.std() == pytest.approx(1.0)

"""Advantages of the one-file trainer, by hand and beside those of the RLlib route."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from powergrid_rl.fast.mappo_fast import advantages


def column(*values: float) -> Tensor:
    """Steps of one environment and one agent, ``(t, 1, 1)``."""
    return torch.tensor(values).reshape(-1, 1, 1)


def flags(*values: bool) -> Tensor:
    return torch.tensor(values).reshape(-1, 1)


def test_advantages_of_two_steps_and_a_cut_by_hand() -> None:
    # residuals: 1 + 0.5*3 - 2 = 0.5 and 2 + 0.5*4 - 3 = 1; then 0.5 + 0.5*0.8*1 = 0.9
    found = advantages(
        column(1.0, 2.0), column(2.0, 3.0), column(3.0, 4.0), flags(False, False), flags(False, False),
        gamma=0.5, lambda_=0.8,
    )  # fmt: skip
    torch.testing.assert_close(found, column(0.9, 1.0), rtol=1e-6, atol=0.0)


def test_nothing_follows_a_terminal_step() -> None:
    # 2 - 3 = -1 whatever comes next; the step after it begins anew: 1 + 0.5*3 - 2 = 0.5
    found = advantages(
        column(2.0, 1.0), column(3.0, 2.0), column(9.0, 3.0), flags(True, False), flags(True, False),
        gamma=0.5, lambda_=0.8,
    )  # fmt: skip
    torch.testing.assert_close(found, column(-1.0, 0.5), rtol=1e-6, atol=0.0)


def test_a_time_limit_counts_the_last_states_value_but_not_the_next_episode() -> None:
    # 2 + 0.5*9 - 3 = 3.5, without the 0.5*0.8*0.5 of the episode after it
    found = advantages(
        column(2.0, 1.0), column(3.0, 2.0), column(9.0, 3.0), flags(False, False), flags(True, False),
        gamma=0.5, lambda_=0.8,
    )  # fmt: skip
    torch.testing.assert_close(found, column(3.5, 0.5), rtol=1e-6, atol=0.0)


@pytest.mark.parametrize("value_after_limit", [False, True])
def test_both_trainers_estimate_the_same(value_after_limit: bool) -> None:
    route = pytest.importorskip("powergrid_rl.rllib.advantage", reason="the extra rllib is not installed")
    rng = np.random.default_rng(3)
    reward, value, next_value = rng.normal(size=(3, 30, 5, 3))
    ended = rng.uniform(size=(30, 5)) < 0.2
    terminal = ended & (rng.uniform(size=(30, 5)) < 0.5) if value_after_limit else ended
    expected = route.advantages(
        reward, value, next_value, terminal[..., np.newaxis], ended[..., np.newaxis], gamma=0.99, lambda_=0.95
    )
    tensors = (torch.from_numpy(part) for part in (reward, value, next_value, terminal, ended))
    found = advantages(*tensors, gamma=0.99, lambda_=0.95)
    np.testing.assert_allclose(found.numpy(), expected, rtol=0.0, atol=1e-5)

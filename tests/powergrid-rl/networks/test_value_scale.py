"""The running scale of values."""

from __future__ import annotations

import pytest
import torch

from powergrid_rl.networks import ValueScale


def test_first_update_gives_the_targets_own_mean_and_spread() -> None:
    # of -30 and -10: mean -20, spread 10
    scale = ValueScale(memory=0.9)
    scale.update(torch.tensor([-30.0, -10.0]), torch.nn.Linear(2, 1))
    assert float(scale.location()) == pytest.approx(-20.0, rel=1e-5)
    assert float(scale.spread()) == pytest.approx(10.0, rel=1e-5)


def test_predictions_in_real_units_do_not_move_with_the_scale() -> None:
    torch.manual_seed(0)
    scale, last, inputs = ValueScale(memory=0.9), torch.nn.Linear(4, 3), torch.randn(5, 4)
    scale.update(torch.randn(50) * 7.0 - 20.0, last)
    before = scale.restore(last(inputs))
    scale.update(torch.randn(50) * 3.0 + 40.0, last)
    torch.testing.assert_close(scale.restore(last(inputs)), before, rtol=1e-5, atol=1e-4)


def test_normalised_values_come_back() -> None:
    scale = ValueScale(memory=0.9)
    scale.update(torch.tensor([-30.0, -10.0]), torch.nn.Linear(2, 1))
    values = torch.tensor([-25.0, 0.0, 3.0])
    torch.testing.assert_close(scale.restore(scale.normalise(values)), values)


def test_equal_targets_do_not_divide_by_zero() -> None:
    scale = ValueScale(memory=0.9)
    scale.update(torch.full((4,), 2.0), torch.nn.Linear(2, 1))
    assert torch.isfinite(scale.normalise(torch.tensor([2.0]))).all()

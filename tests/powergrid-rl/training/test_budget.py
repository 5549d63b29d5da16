"""How long a run may last."""

from __future__ import annotations

import math

import pytest

from heron.errors import ConfigError
from powergrid_rl.training import Budget


def test_whatever_limit_is_nearer_counts() -> None:
    budget = Budget(n_step=1000, duration_s=60.0)
    assert budget.used(250, 30.0) == pytest.approx(0.5)
    assert budget.used(750, 30.0) == pytest.approx(0.75)


def test_time_left_follows_the_pace_so_far() -> None:
    # a quarter of the steps in 10 s leaves three quarters, 30 s
    assert Budget(n_step=1000).left_s(250, 10.0) == pytest.approx(30.0)
    assert Budget(n_step=1000).left_s(0, 0.0) == math.inf


def test_a_run_without_limit_is_refused() -> None:
    with pytest.raises(ConfigError, match="needs a limit"):
        Budget()


@pytest.mark.parametrize("limit", [{"n_step": 0}, {"duration_s": 0.0}, {"duration_s": float("nan")}])
def test_a_run_of_nothing_is_refused(limit: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="is none"):
        Budget(**limit)

"""Settings are checked when they are made."""

from __future__ import annotations

from typing import Any

import pytest

from heron.errors import ConfigError
from powergrid_rl.training import Route, TrainingSettings


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(ConfigError, match=r"n_env is 0.*gamma is 1\.5.*activation is 'gelu'"):
        TrainingSettings(n_env=0, gamma=1.5, activation="gelu")


def test_a_round_counts_the_steps_of_all_processes() -> None:
    # 96 steps in 64 environments in each of two processes
    assert TrainingSettings(n_env=64, n_step=96, n_worker=2).n_step_round == 12_288
    assert TrainingSettings(n_env=64, n_step=96).n_step_round == 6_144


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"timing": "scada", "route": Route.EPISODES}, "timing is drawn for arrays"),
        ({"timing_factor": -1.0}, "timing_factor is -1.0"),
    ],
)
def test_timing_that_cannot_be_drawn_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        TrainingSettings(**changes)

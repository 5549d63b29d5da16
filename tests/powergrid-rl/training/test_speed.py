"""What ``powergrid bench`` says of training where it cannot be measured."""

from __future__ import annotations

import pytest

from powergrid.bench import Comparison, Missing, Settings
from powergrid.plugins import benchmark_registry
from powergrid_rl.training import speed
from powergrid_rl.training.errors import MissingExtraError
from powergrid_rl.training.settings import Algorithm


def test_training_is_among_the_benchmarks() -> None:
    assert benchmark_registry()["training"] is speed.training_speed


def test_a_trainer_whose_packages_are_missing_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(algorithm: Algorithm) -> None:
        raise MissingExtraError("Training needs it.", remedy=f"pip install {algorithm.value}")

    monkeypatch.setattr(speed, "require_for", refuse)
    (comparison,) = speed.training_speed(Settings(quick=True))
    assert isinstance(comparison, Comparison)
    reasons = [case.reason for case in comparison.cases if isinstance(case, Missing)]
    assert reasons == [
        f"not measured: Training needs it. pip install {name}" for name in ("mappo-fast", "mappo", "mappo")
    ]

"""Short runs on the toy world, and what they leave behind: for all trainers."""

from __future__ import annotations

import csv
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
from toy import ToyEnv

from powergrid_rl.training import Budget, SilentDisplay, TrainingResult, TrainingSettings, train
from powergrid_rl.training.run_folder import RunFolder

SMALL: dict[str, Any] = {
    "n_env": 16,
    "n_step": 20,
    "minibatch": 320,
    "reward_scale": 1.0,
    "learning_rate": 3e-3,
    "last_learning_rate": 3e-4,
    "hidden": (32,),
}
ROUND = 320


def run(folder: Path, *, rounds: int, display: Any = None, **changes: Any) -> TrainingResult:
    settings = TrainingSettings(**{**SMALL, **changes})
    budget = Budget(n_step=rounds * settings.n_step_round)
    return train({}, folder=folder, settings=settings, budget=budget, env_class=ToyEnv, display=display)


def weights(folder: Path) -> dict[str, np.ndarray]:
    with np.load(RunFolder(folder).latest() / "policy.npz") as arrays:
        return {name: arrays[name] for name in arrays.files if name != "about"}


def log(folder: Path, *columns: str) -> list[tuple[str, ...]]:
    with (folder / "progress.csv").open(encoding="utf-8") as file:
        return [tuple(row[name] for name in columns) for row in csv.DictReader(file)]


class InterruptAfter(SilentDisplay):
    """Presses Ctrl-C in a round."""

    def __init__(self, rounds: int) -> None:
        self._left = rounds

    def show(self, *args: Any, **kwargs: Any) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGINT)

"""The log of a run."""

from __future__ import annotations

import math
from pathlib import Path

from powergrid_rl.training.learning_curve import plot_learning_curve
from powergrid_rl.training.progress_log import ProgressLog, Round


def row(number: int, held_out: float = math.nan) -> Round:
    return Round(
        number=number,
        n_step=100 * number,
        elapsed_s=0.1 * number,
        training_return=-1.0 / 3.0,
        held_out_return=held_out,
        entropy=1.5,
        explained_variance=0.5,
        learning_rate=1e-3,
    )


def test_a_resumed_log_drops_what_comes_after_the_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "progress.csv"
    log = ProgressLog(path)
    for number in (1, 2, 3):
        log.add(row(number, held_out=-2.0))
    resumed = ProgressLog(path, upto=200)
    assert resumed.rounds == [row(1, held_out=-2.0), row(2, held_out=-2.0)]
    resumed.add(row(3, held_out=-7.0))
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + 3
    assert "-7.0" in lines[-1]


def test_a_new_log_begins_empty(tmp_path: Path) -> None:
    path = tmp_path / "progress.csv"
    ProgressLog(path).add(row(1))
    assert ProgressLog(path).rounds == []


def test_the_learning_curve_is_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "curve.png"
    assert plot_learning_curve([row(1), row(2, held_out=-1.0)], path, title="test")
    assert path.read_bytes().startswith(b"\x89PNG")
    assert list(tmp_path.iterdir()) == [path]

"""What is said at the end of a run."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from powergrid_rl.training.run_loop import TrainingResult


def report_lines(result: TrainingResult) -> Iterator[str]:
    """Lines that say how the run went, where things are and what to do next."""
    minutes, seconds = divmod(round(result.elapsed_s), 60)
    how = "Interrupted after" if result.interrupted else "Trained"
    yield f"{how} {result.n_step:,} environment steps in {minutes}:{seconds:02d}."
    if math.isfinite(result.training_return):
        yield f"Return per episode, all agents: {result.training_return:,.1f} USD in training, with exploration."
    if math.isfinite(result.held_out_return):
        yield f"Held-out episodes, mean action: {result.held_out_return:,.1f} USD."
    folder = _shown(result.folder)
    drawn = (result.folder / "learning_curve.png").exists()
    files = "Checkpoint, progress.csv and learning_curve.png" if drawn else "Checkpoint and progress.csv"
    yield f"{files} are in {folder}."
    if result.interrupted:
        yield f"Go on with:  powergrid train --resume --out {folder}"
    yield f"Compare it with baselines:  powergrid evaluate {folder}"


def _shown(folder: Path) -> str:
    """Path from the working directory where the folder is below it."""
    try:
        return os.fspath(folder.relative_to(Path.cwd()))
    except ValueError:
        return os.fspath(folder)

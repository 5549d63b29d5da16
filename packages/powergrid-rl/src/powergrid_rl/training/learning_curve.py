"""The learning curve as a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from powergrid_rl.training.progress_log import Round

_SMOOTHED = 10


def plot_learning_curve(rounds: Sequence[Round], path: Path, *, title: str) -> bool:
    """Draw returns over environment steps.

    Parameters
    ----------
    rounds
        The log.
    path
        Picture to write.
    title
        What was trained.

    Returns
    -------
    bool
        False where matplotlib is not installed, and nothing was drawn.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        return False
    figure = Figure(figsize=(7.0, 4.0), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    steps = [row.n_step / 1e6 for row in rounds]
    axes.plot(steps, _smooth([row.training_return for row in rounds]), label="training episodes, exploring")
    measured = [(row.n_step / 1e6, row.held_out_return) for row in rounds if math.isfinite(row.held_out_return)]
    if measured:
        axes.plot(*zip(*measured, strict=True), drawstyle="steps-post", label="held-out episodes, mean action")
    axes.set(xlabel="environment steps, millions", ylabel="return per episode, all agents (USD)", title=title)
    axes.grid(alpha=0.3)
    axes.legend()
    # A picture that is being looked at is replaced as a whole.
    beside = path.with_name(f".{path.name}")
    figure.savefig(beside, dpi=120, format="png")
    beside.replace(path)
    return True


def _smooth(values: Sequence[float]) -> list[float]:
    """Mean over the last rounds that ended an episode."""
    smoothed: list[float] = []
    window: list[float] = []
    for value in values:
        if math.isfinite(value):
            window = [*window, value][-_SMOOTHED:]
        smoothed.append(sum(window) / len(window) if window else math.nan)
    return smoothed

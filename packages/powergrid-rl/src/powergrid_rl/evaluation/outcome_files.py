"""What an evaluation leaves behind in a folder: numbers and pictures."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from heron.errors import ConfigError
from powergrid_rl.evaluation.comparison import Comparison
from powergrid_rl.evaluation.day_choice import telling_days
from powergrid_rl.evaluation.plots import plot_day

EVALUATION = "evaluation.json"


def write_evaluation(comparison: Comparison, folder: Path, *, about: Mapping[str, Any]) -> Path:
    """Write ``evaluation.json``: the table, paired differences, every day's return, and what was evaluated.

    Parameters
    ----------
    comparison
        What was found.
    folder
        Made if it is missing.
    about
        Setup, data set and the like.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / EVALUATION
    text = json.dumps({"about": dict(about), **comparison.to_dict()}, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def write_day_plots(comparison: Comparison, folder: Path) -> list[Path]:
    """Draw a typical and a hard day of every policy.

    Parameters
    ----------
    comparison
        With the traces of `trace_rows`.
    folder
        Where the PNG files go.

    Returns
    -------
    list of Path
        The files; none where matplotlib is not installed.
    """
    paths, venue = [], comparison.venue
    for kind, position in telling_days(comparison).items():
        for name, rollout in comparison.rollouts.items():
            title = f"{name}, a {kind} day"
            path = folder / f"day_{kind}_{file_name(name)}.png"
            try:
                paths.append(plot_day(rollout, position, venue.agents, path, step_h=venue.step_h, title=title))
            except ConfigError:
                return []
    return paths


def file_name(policy: str) -> str:
    """Name of a policy as part of a file's name."""
    return re.sub(r"[^a-z0-9]+", "_", policy.lower()).strip("_")

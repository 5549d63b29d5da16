"""Everything an evaluation leaves behind: table, numbers, pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from heron.errors import ConfigError
from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
from powergrid_rl.evaluation.comparison import Comparison, compare
from powergrid_rl.evaluation.plots import plot_day, trace_rows
from powergrid_rl.evaluation.rollout import PolicyMaker
from powergrid_rl.evaluation.table import comparison_table, difference_lines


def report(
    config: Mapping[str, Any],
    learned: Mapping[str, PolicyMaker],
    *,
    folder: Path,
    console: Console,
    candidates: int = 300,
    days: list[int] | None = None,
) -> Comparison:
    """Compare policies, print the table and write ``evaluation.json`` and day plots.

    Parameters
    ----------
    config
        Configuration of the environment.
    learned
        Makers of learned policies, by name.
    folder
        Where files go.
    console
        Where the table goes.
    candidates
        Actions tried for the best constant one.
    days
        Numbers of held-out days; all when not given.
    """
    env = MultiAgentMicrogrids(config)
    with _bar(console) as bar:
        tasks: dict[str, Any] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(f"evaluating: {what}", total=total)
            bar.update(tasks[what], completed=done)

        found = compare(config, learned, days=days, candidates=candidates, record=trace_rows(env), stage=tell)
    console.print(comparison_table(found))
    for name in learned:
        for line in difference_lines(found, name):
            console.print(line)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evaluation.json").write_text(json.dumps(found.to_dict(), indent=2) + "\n", encoding="utf-8")
    _plot(found, env, folder, console)
    return found


def _plot(found: Comparison, env: MultiAgentMicrogrids, folder: Path, console: Console) -> None:
    assert env.core is not None
    step_h = env.core.options.step_s / 3600.0
    for name, rollout in found.rollouts.items():
        path = folder / f"day_{name.replace(' ', '_')}.png"
        try:
            plot_day(rollout, len(rollout.days) // 2, env.possible_agents, path, step_h=step_h)
        except ConfigError as missing:
            console.print(f"No pictures: {missing}")
            return
    console.print(f"Table and day plots are in {folder}/.")


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(), console=console, transient=True,
    )  # fmt: skip

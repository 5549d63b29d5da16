"""An assessment: compare, show how far it is, print the table, write the files."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from powergrid_rl.evaluation.checkpoints import label
from powergrid_rl.evaluation.comparison import Comparison
from powergrid_rl.evaluation.contest import ContestOptions, compare
from powergrid_rl.evaluation.outcome_files import write_day_plots, write_evaluation
from powergrid_rl.evaluation.rollout import PolicyMaker
from powergrid_rl.evaluation.table import comparison_table, difference_lines, remarks


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What an assessment found and wrote.

    Parameters
    ----------
    comparison
        The figures.
    title
        Setup, days and data set, in words.
    file
        ``evaluation.json``.
    plots
        Day plots; none without matplotlib.
    """

    comparison: Comparison
    title: str
    file: Path
    plots: tuple[Path, ...]

    def print(self, console: Console, learned: list[str]) -> None:
        """Table, paired differences of the learned policies, remarks, and where the files are."""
        console.print(comparison_table(self.comparison, title=self.title))
        for line in (*difference_lines(self.comparison, learned), *remarks(self.comparison)):
            console.print(line, highlight=False, markup=False)
        console.print(f"Figures: {self.file}", highlight=False, markup=False, soft_wrap=True)
        pictures = f"{self.file.parent}/day_*.png ({len(self.plots)})" if self.plots else "none, matplotlib is missing"
        console.print(f"Day plots: {pictures}", highlight=False, markup=False, soft_wrap=True)


def assess(
    config: Mapping[str, Any],
    learned: Mapping[str, PolicyMaker],
    *,
    folder: Path,
    console: Console,
    options: ContestOptions | None = None,
) -> Assessment:
    """Compare policies and write ``evaluation.json`` and day plots.

    Parameters
    ----------
    config
        Configuration of the environment.
    learned
        Makers of learned and other further policies, by name.
    folder
        Where files go.
    console
        Where progress is shown.
    options
        What is compared.
    """
    options = replace(options or ContestOptions(), traces=True)
    begun_s = time.monotonic()
    with StageBars(console) as bars:
        found = compare(config, learned, options=options, stage=bars.tell)
    venue = found.venue
    data = f"{label(config)}{' (synthetic)' if venue.synthetic else ''}"
    kind = "held-out days" if options.split == "test" else "training days"
    title = f"{config.get('env_id') or 'environment'}, {found.n_day} {kind} of {data}"
    about = {
        "title": title,
        "setup": config.get("env_id"),
        "dataset": label(config),
        "synthetic": venue.synthetic,
        "source": venue.source,
        "split": options.split,
        "seed": options.seed,
        "candidates": options.candidates,
        "duration_s": round(time.monotonic() - begun_s, 1),
    }
    return Assessment(
        comparison=found,
        title=title,
        file=write_evaluation(found, folder, about=about),
        plots=tuple(write_day_plots(found, folder)),
    )


class StageBars:
    """A bar per stage in a terminal, elsewhere a line when a stage is done.

    Parameters
    ----------
    console
        Where they are shown.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> StageBars:
        self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bars.stop()

    def tell(self, what: str, done: int, total: int) -> None:
        """Show how far a stage is."""
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(f"judging: {what}", total=total)
        self._bars.update(self._tasks[what], completed=done)
        if done == total and not self._console.is_terminal:
            self._console.print(f"judging: {what} done", highlight=False)

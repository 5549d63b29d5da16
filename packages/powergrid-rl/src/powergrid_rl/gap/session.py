"""A study as the command runs it: progress, table, files and pictures."""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

from heron.errors import ConfigError
from heron.scheduling import CAUSES, EventLog
from powergrid_rl.gap.driver import Driver
from powergrid_rl.gap.findings import NEGLIGIBLE, GapFindings
from powergrid_rl.gap.lanes import read_lanes
from powergrid_rl.gap.plan import LEFT_OUT, GapPlan
from powergrid_rl.gap.plots import plot_gaps, plot_lanes
from powergrid_rl.gap.scenario import Scenario
from powergrid_rl.gap.side_by_side import SideBySide, StudyRecord, read_record
from powergrid_rl.gap.study import run_study
from powergrid_rl.gap.study_bar import StudyBar
from powergrid_rl.gap.study_file import StudyFolder
from powergrid_rl.gap.table import gap_table, markdown_table, remarks
from powergrid_rl.gap.timing_choice import coarse_steps
from powergrid_rl.training.interruption import Interruption

LOG, GAPS, LANES, TABLE, BESIDE = "lanes.jsonl", "gap.png", "lanes.png", "gap.md", "beside.md"
_LANES_S = 3600.0
_LEAST_STEPS = 4
_PACKAGES = ("heron-core", "powergrid-core", "powergrid-rl")


def measure_gap(
    plan: GapPlan,
    folder: Path,
    console: Console,
    *,
    n_worker: int = 1,
    negligible: float = NEGLIGIBLE,
    command: str = "",
) -> GapFindings | None:
    """Run a study or go on with it, print its table, and write ``gap.json`` and the pictures.

    Parameters
    ----------
    plan, n_worker, negligible
        As in `run_study`.
    folder
        Where files go, and where an interrupted study is.
    console
        Where progress and table are shown.
    command
        As it was typed, for ``gap.json``.

    Returns
    -------
    GapFindings or None
        None where it was interrupted; what has been played is in the folder.
    """
    begun_s = time.monotonic()
    with Interruption() as interruption, StudyBar(console, len(plan.episodes)) as bar:
        found = run_study(
            plan,
            folder,
            n_worker=n_worker,
            negligible=negligible,
            told=bar.tell,
            stop=lambda: interruption.asked,
        )
    if found is None:
        return None
    title = _title(plan)
    about: dict[str, Any] = {
        "title": title,
        "command": command,
        "versions": {package: version(package) for package in _PACKAGES},
        "causes": list(plan.causes),
        "duration_s": round(time.monotonic() - begun_s, 1),
    }
    file = StudyFolder(folder).write(plan, found, about=about)
    lines = remarks(found, [cause for cause in CAUSES if cause not in plan.causes])
    if LEFT_OUT in plan.names:
        lines.append(f"Left out, since nothing goes wrong in lockstep: {plan.names[LEFT_OUT]}.")
    coarse = coarse_steps(plan.timing, plant_step_s=plan.plant_step_s)
    if coarse is not None:
        lines.append(coarse)
    page = [f"**{title}**", "", markdown_table(found), "", *(f"* {line}" for line in lines)]
    (folder / TABLE).write_text("\n".join(page) + "\n", encoding="utf-8")
    console.print(gap_table(found, title=title))
    for line in lines:
        console.print(line, highlight=False, markup=False)
    console.print(f"Figures: {file}", highlight=False, markup=False, soft_wrap=True)
    pictures = draw(plan, found, folder)
    named = ", ".join(str(path) for path in pictures) or "none, matplotlib is missing"
    console.print(f"Pictures: {named}", highlight=False, markup=False, soft_wrap=True)
    return found


def print_beside(folder: Path, others: Sequence[StudyRecord], console: Console) -> None:
    """Print the study of a folder beside others, and write the same as ``beside.md``.

    Raises
    ------
    RunFolderError
        If they differ in more than their policies.
    """
    found = SideBySide([read_record(folder), *others])
    page = [found.markdown(), "", *(f"* {line}" for line in found.lines())]
    (folder / BESIDE).write_text("\n".join(page) + "\n", encoding="utf-8")
    console.print(found.table())
    for line in found.lines():
        console.print(line, highlight=False, markup=False)


def draw(plan: GapPlan, found: GapFindings, folder: Path) -> list[Path]:
    """Draw the gaps, and ticks, messages and effects of the first hour of the first episode.

    Returns
    -------
    list of Path
        The files; none where matplotlib is not installed. The event log is there in any case.
    """
    until_s = min(max(_LANES_S, _LEAST_STEPS * plan.step_s), plan.step_s * plan.max_steps)
    log, episode = folder / LOG, plan.episodes[0]
    Driver(plan).play(Scenario(frozenset(plan.causes)), episode, log=EventLog(log), until_s=until_s)
    try:
        gaps = plot_gaps(found, folder / GAPS, title=_title(plan))
        title = f"Ticks, messages and effects: {_title(plan)}, seed {episode.seed}, day {episode.day}"
        return [gaps, plot_lanes(read_lanes(log, until_s=until_s), folder / LANES, title=title)]
    except ConfigError:
        return []


def _title(plan: GapPlan) -> str:
    names = plan.names
    hours = plan.step_s * plan.max_steps / 3600.0
    kind = "held-out days" if names.get("split") == "test" else "training days"
    n_day = len({episode.day for episode in plan.episodes})
    timing = f", timing {names['timing']}" if "timing" in names else ""
    setup = names.get("setup", "environment")
    return f"{plan.policy.name} on {setup}{timing}: {len(plan.episodes)} episodes of {hours:g} h on {n_day} {kind}"

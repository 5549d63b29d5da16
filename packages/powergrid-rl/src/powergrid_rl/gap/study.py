"""Plays what a plan consists of, and writes down every outcome as it comes in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from powergrid_rl.gap.driver import Driver
from powergrid_rl.gap.findings import NEGLIGIBLE, GapFindings
from powergrid_rl.gap.plan import GapPlan
from powergrid_rl.gap.study_file import Done, StudyFolder
from powergrid_rl.gap.workers import play_beside, play_here
from powergrid_rl.training.folder_lock import FolderLock

Told: TypeAlias = Callable[[str, int, int], None]
"""Called with a scenario, how many of all episodes are done, and how many there are."""


def run_study(
    plan: GapPlan,
    folder: Path,
    *,
    n_worker: int = 1,
    negligible: float = NEGLIGIBLE,
    told: Told | None = None,
    stop: Callable[[], bool] | None = None,
) -> GapFindings | None:
    """Play every scenario on every episode that the folder does not hold already.

    Parameters
    ----------
    plan
        What is studied.
    folder
        Where outcomes are written as they come in; made if it is missing.
    n_worker
        Processes; 1 plays in this one.
    negligible
        As in `GapFindings`.
    told
        Told of every episode that is done.
    stop
        Asked between episodes; when it says so, the rest is left for another time.

    Returns
    -------
    GapFindings or None
        None where it was stopped.

    Raises
    ------
    RunFolderError
        If the folder holds a study with other settings, or another process is at work in it.
    ConfigError, CheckpointError, UnknownNameError
        If the policy is not for this environment.
    """
    stop, told = stop or _never, told or _silent
    files = StudyFolder(folder)
    with FolderLock(files.path):
        done = files.done(plan)
        tasks = [task for task in plan.tasks if task not in done]
        total = len(plan.tasks)
        told("", total - len(tasks), total)
        if tasks:
            driver = Driver(plan)
            driver.check()  # before anything is written, and before other processes fail one by one
            files.begin(plan)
            played = play_here(driver, tasks, stop=stop)
            if n_worker > 1 and len(tasks) > 1:
                played = play_beside(plan, tasks, n_worker=min(n_worker, len(tasks)), stop=stop)
            for scenario, outcome in played:
                files.add(scenario, outcome)
                done[scenario, outcome.episode] = outcome
                told(scenario.name, len(done), total)
    return findings_of(plan, done, negligible=negligible) if len(done) == total else None


def findings_of(plan: GapPlan, done: Done, *, negligible: float = NEGLIGIBLE) -> GapFindings:
    """Findings of outcomes that are all there."""
    outcomes = {scenario: [done[scenario, episode] for episode in plan.episodes] for scenario in plan.scenarios}
    return GapFindings(outcomes, plan.causes, negligible=negligible)


def _never() -> bool:
    return False


def _silent(what: str, done: int, total: int) -> None:
    pass

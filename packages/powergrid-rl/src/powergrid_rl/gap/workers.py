"""Plays episodes in this process or in several."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TypeAlias

from heron.errors import HeronError
from powergrid.powerflow.threads import set_threads
from powergrid_rl.gap.driver import Driver
from powergrid_rl.gap.episode import Episode, Outcome
from powergrid_rl.gap.plan import GapPlan
from powergrid_rl.gap.scenario import Scenario

Task: TypeAlias = tuple[Scenario, Episode]
Played: TypeAlias = tuple[Scenario, Outcome]

_LOOK_S = 0.5
"""How often a wish to stop is looked for while processes play."""


class WorkerError(HeronError, RuntimeError):
    """A process that played episodes ended before its time."""


def play_here(driver: Driver, tasks: Sequence[Task], *, stop: Callable[[], bool]) -> Iterator[Played]:
    """Play in this process, until done or told to stop."""
    for scenario, episode in tasks:
        if stop():
            return
        yield scenario, driver.play(scenario, episode)


def play_beside(plan: GapPlan, tasks: Sequence[Task], *, n_worker: int, stop: Callable[[], bool]) -> Iterator[Played]:
    """Play in several processes; when told to stop, what is being played is played to its end.

    Outcomes come in the order in which they are finished. Processes are spawned, not forked: a forked one would
    inherit threads' locks in whatever state they are.

    Raises
    ------
    WorkerError
        If a process ends, for want of memory or because somebody ended it.
    """
    context = multiprocessing.get_context("spawn")
    others = {process.pid for process in multiprocessing.active_children()}
    waiting = list(reversed(tasks))
    running: dict[Future[Outcome], Scenario] = {}
    pool = ProcessPoolExecutor(n_worker, mp_context=context, initializer=_open, initargs=(plan,))
    try:
        while running or (waiting and not stop()):
            while waiting and len(running) < n_worker and not stop():
                scenario, episode = waiting.pop()
                running[pool.submit(_play, scenario, episode)] = scenario
            finished, _ = wait(running, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
            for future in finished:
                yield running.pop(future), future.result()
    except BrokenProcessPool as cause:
        raise WorkerError(
            f"One of {n_worker} processes that played episodes ended before its time.",
            remedy="What was finished is kept: go on with fewer --workers if memory was short.",
        ) from cause
    except BaseException:
        for process in multiprocessing.active_children():
            if process.pid not in others:
                process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


_driver: Driver | None = None


def _open(plan: GapPlan) -> None:
    global _driver  # a process of the pool has one driver, and only module level outlives a task
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the first one decides
    set_threads(1)
    _driver = Driver(plan)


def _play(scenario: Scenario, episode: Episode) -> Outcome:
    assert _driver is not None
    return _driver.play(scenario, episode)

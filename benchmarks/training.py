"""Environment steps per second with learning: MAPPO in one file, and RLlib from arrays and from its own episodes.

    python benchmarks/training.py [--setup ieee34_ieee13] [--repeats 9] [--threads 1]

Each trainer does whole rounds, sampling and learning, with the settings it is used with, all in turn, so that they
meet the same machine; figures are medians over rounds. "cpu" is the processor time of this process: other programs
do not take it away, though they slow it down by sharing caches. The episode route's rounds are shorter, for a step
takes it many times as long.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: sampling in this process is faster with one thread

import platform
import statistics
import time
from dataclasses import dataclass, field
from typing import Any

from powergrid.setups.loader import load_setup
from powergrid_rl.training import Algorithm, Route, SilentDisplay, TrainingSettings
from powergrid_rl.training.requirements import require_rllib
from powergrid_rl.training.session import LearningSession, begin_session
from powergrid_rl.training.settings import EPISODE_ROUTE
from powergrid_rl.training.teams import form_roster
from powergrid_rl.training.trainer import training_factory

TARGETS = "targets for a million steps on two free cores: 60 s in one file, 120 s on RLlib from arrays"


@dataclass(slots=True)
class Case:
    """One trainer and the times its rounds took."""

    name: str
    session: LearningSession
    n_step: int = 0
    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)

    @classmethod
    def build(cls, name: str, config: dict[str, Any], **settings: Any) -> Case:
        chosen = TrainingSettings(**settings)
        factory = training_factory(config, chosen)
        roster = form_roster(factory.build(), chosen.sharing)
        return cls(name, begin_session(factory, roster, chosen, SilentDisplay()))

    def round(self) -> None:
        """Sample and learn once, and note what a step took."""
        before, wall_s, cpu_s = self.session.n_step, time.perf_counter(), time.process_time()
        self.session.round(0.0)
        self.n_step = self.session.n_step - before
        self.wall_s.append((time.perf_counter() - wall_s) / self.n_step)
        self.cpu_s.append((time.process_time() - cpu_s) / self.n_step)

    def row(self, stock: Case) -> str:
        wall_s, cpu_s, stock_s = (statistics.median(times) for times in (self.wall_s, self.cpu_s, stock.cpu_s))
        spread = (max(self.cpu_s) - min(self.cpu_s)) / cpu_s
        return (
            f"{self.name:<34} {self.n_step:>6} {1.0 / wall_s:>12,.0f} {1.0 / cpu_s:>12,.0f} {100.0 * spread:>6.0f} %"
            f" {1e6 * cpu_s:>12.0f} {stock_s / cpu_s:>10.1f}"
        )


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--setup", default="ieee34_ieee13")
    parser.add_argument("--repeats", type=int, default=9, help="rounds of each trainer")
    parser.add_argument("--threads", type=int, default=1, help="threads of the learner")
    given = parser.parse_args()
    require_rllib()
    config = load_setup(given.setup)
    fast = Case.build("mappo-fast", config, algorithm=Algorithm.MAPPO_FAST, n_thread=given.threads)
    arrays = Case.build("mappo on RLlib, arrays", config, n_thread=given.threads)
    stock = Case.build("mappo on RLlib, its own episodes", config, route=Route.EPISODES, **EPISODE_ROUTE)
    cases = [fast, arrays, stock]
    for turn in range(1 + given.repeats):
        for case in cases:
            case.round()
            if turn == 0:  # compiles and warms up
                case.wall_s.clear()
                case.cpu_s.clear()
    print(f"{given.setup}, Python {platform.python_version()}, {os.cpu_count()} cores, {given.threads} learning")
    heads = ("round", "steps/s wall", "steps/s cpu", "spread", "1e6 in cpu s", "ratio")
    print(f"{'':<34} {heads[0]:>6} {heads[1]:>12} {heads[2]:>12} {heads[3]:>8} {heads[4]:>12} {heads[5]:>10}")
    for case in cases:
        print(case.row(stock))
    print(TARGETS)
    for case in cases:
        case.session.close()


if __name__ == "__main__":
    main()

"""Where a step of an environment goes.

Run as ``python benchmarks/step_profile.py [setup] [--n-env N] [--steps N]``. Parts are timed by wrapping the methods
that do them, so that their sum is the step; a wrapper costs about a microsecond. Times are CPU time of the process.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
from powergrid.setups.loader import load_setup


class Stopwatch:
    """Adds up the time that methods take, each without those called inside it that are timed too."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inside = [0.0]

    def time(self, owner: Any, method: str, label: str) -> None:
        """Time a method of an object under a label."""
        setattr(owner, method, self.timed(getattr(owner, method), label))

    def timed(self, function: Callable[..., Any], label: str) -> Callable[..., Any]:
        """The function, timed under a label."""

        def timed(*arguments: Any, **keywords: Any) -> Any:
            self._inside.append(0.0)
            begun = time.process_time()
            try:
                return function(*arguments, **keywords)
            finally:
                taken = time.process_time() - begun
                self.seconds[label] += taken - self._inside.pop()
                self._inside[-1] += taken

        return timed


def watch(env: MultiAgentMicrogrids) -> Stopwatch:
    """Stopwatch on the parts of an environment's step."""
    watch = Stopwatch()
    core, plant = env.core, env.plant
    assert core is not None
    for owner, method, label in (
        (env, "step", "PettingZoo: dictionaries of a step"),
        (env, "_infos", "PettingZoo: infos"),
        (core, "step", "core: order of a step"),
        (core, "check_actions", "core: check actions"),
        (core, "rewards", "core: rewards"),
        (core.control, "latch", "core: actions to setpoints"),
        (core.observer, "vectors", "core: observations"),
        (plant, "advance", "plant: order of an interval"),
        (plant.fleet, "limited", "devices: what was limited"),
        (plant.fleet, "power_mva", "devices: power"),
        (plant.grid, "solve", "grid: injections"),
        (plant.grid.solver, "solve", "grid: power flow"),
        (plant.grid, "_read", "grid: readings"),
        (plant.ledger, "book", "ledger: cost and violations"),
        (plant.exogenous, "write", "series: next values"),
    ):
        watch.time(owner, method, label)
    for bank in plant.fleet.array_banks:
        watch.time(bank, "advance", f"devices: {bank.kind.__name__} x {len(bank.names)}")
    return watch


def run(env: MultiAgentMicrogrids, n_step: int) -> float:
    """Step with actions drawn beforehand; returns seconds without the resets."""
    core = env.core
    assert core is not None
    rng = np.random.default_rng(0)
    horizon = core.options.max_steps
    shape = (lambda dim: (dim,)) if core.n_env == 1 else (lambda dim: (core.n_env, dim))
    actions = [{a: rng.uniform(-1.0, 1.0, shape(d)) for a, d in core.control.dims.items()} for _ in range(horizon)]
    reset = env.reset if core.n_env == 1 else core.reset
    step = env.step if core.n_env == 1 else core.step
    seconds = 0.0
    for number in range(n_step):
        if number % horizon == 0:
            reset()
        begun = time.process_time()
        step(actions[number % horizon])
        seconds += time.process_time() - begun
    return seconds


def main() -> None:
    """Print the parts of a step, the largest first."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("setup", nargs="?", default="ieee34_ieee13")
    parser.add_argument("--n-env", type=int, default=1)
    parser.add_argument("--steps", type=int, default=2400)
    given = parser.parse_args()
    env = MultiAgentMicrogrids(load_setup(given.setup), n_env=given.n_env)
    run(env, 48)
    plain = run(env, given.steps)
    stopwatch = watch(env)
    run(env, given.steps)
    total = sum(stopwatch.seconds.values())
    print(f"{given.setup}, n_env {given.n_env}: {1e6 * plain / given.steps:.0f} us per step, of which")
    for label, seconds in sorted(stopwatch.seconds.items(), key=lambda entry: -entry[1]):
        print(f"  {1e6 * seconds / given.steps:8.1f} us  {100.0 * seconds / total:5.1f} %  {label}")


if __name__ == "__main__":
    main()

"""Environment steps per second: with each solver, alone and in batches, and with more and more microgrids.

    python benchmarks/environment.py [--setup ieee34_ieee13] [--repeats 9] [--agents 10 100]

Actions are drawn beforehand and resets are not counted. Each case is run for whole episodes of 24 steps, all cases in
turn, so that they meet the same machine; figures are medians over episodes. "cpu" is the processor time of this
process, which other processes do not take away, though they slow it down by sharing caches.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core for everyone, before anything starts threads

import platform
import statistics
import time
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
from powergrid.setups.loader import load_setup

STEPS = 24
TARGETS = (
    "targets: 2,000 steps/s alone, 40 times the pandapower solver, 200,000 environment steps/s in batches of 1,024"
)


@dataclass(slots=True)
class Case:
    """One environment and the times its episodes took."""

    name: str
    env: MultiAgentMicrogrids
    actions: list[dict[str, np.ndarray]]
    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)

    @classmethod
    def build(cls, name: str, config: Mapping[str, Any], n_env: int = 1) -> Case:
        env = MultiAgentMicrogrids(config, n_env=n_env)
        assert env.core is not None
        rng = np.random.default_rng(0)
        shape: Callable[[int], tuple[int, ...]] = (lambda dim: (dim,)) if n_env == 1 else (lambda dim: (n_env, dim))
        dims = env.core.control.dims
        actions = [{agent: rng.uniform(-1.0, 1.0, shape(dim)) for agent, dim in dims.items()} for _ in range(STEPS)]
        return cls(name, env, actions)

    def episode(self) -> None:
        """Run an episode and note what its steps took."""
        core = self.env.core
        assert core is not None
        one = core.n_env == 1
        reset, step = (self.env.reset, self.env.step) if one else (core.reset, core.step)
        reset()
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        for actions in self.actions:
            step(actions)
        self.wall_s.append((time.perf_counter() - wall_s) / STEPS)
        self.cpu_s.append((time.process_time() - cpu_s) / STEPS)

    def forget(self) -> None:
        """Leave out what was compiled and warmed up so far."""
        self.wall_s.clear()
        self.cpu_s.clear()

    def row(self) -> str:
        assert self.env.core is not None
        n_env = self.env.core.n_env
        cpu_s, wall_s = statistics.median(self.cpu_s), statistics.median(self.wall_s)
        return (
            f"{self.name:<44} {n_env:>6} {1e6 * cpu_s:>10.0f} {n_env / cpu_s:>12,.0f} {n_env / wall_s:>12,.0f}"
            f" {n_env / min(self.cpu_s):>12,.0f}"
        )


def measure(cases: list[Case], repeats: int) -> None:
    """Episodes of all cases in turn."""
    for case in cases:
        case.episode()
        case.forget()
    for _ in range(repeats):
        for case in cases:
            case.episode()


def many_microgrids(count: int) -> dict[str, Any]:
    """The setup's microgrids again and again on its feeder, each small enough for all of them together."""
    config = load_setup("ieee34_ieee13")
    shrunk = 3.0 / count
    microgrids = []
    for number in range(count):
        entry = config["microgrid_configs"][number % 3]
        scale = entry["load_scale"] * shrunk
        devices = [device for device in entry["devices"] if device["type"] == "ESS"]
        microgrids.append(
            entry | {"name": f"M{number}", "load_scale": scale, "capacitor_scale": scale, "devices": devices}
        )
    return config | {"microgrid_configs": microgrids, "shared_action_fields": []}


def agent_rows(counts: list[int], repeats: int) -> None:
    """Steps per second and memory with more and more agents."""
    title = "microgrids, each a feeder with a battery"
    print(f"\n{title:<44} {'nodes':>6} {'us cpu':>10} {'steps/s cpu':>12} {'MB/agent':>12}")
    for count in counts:
        tracemalloc.start()
        case = Case.build(f"{count} agents", many_microgrids(count))
        held_mb = tracemalloc.get_traced_memory()[0] / 1e6
        tracemalloc.stop()
        measure([case], repeats)
        cpu_s = statistics.median(case.cpu_s)
        n_node = case.env.plant.grid.network.n_node
        print(f"{case.name:<44} {n_node:>6} {1e6 * cpu_s:>10.0f} {1.0 / cpu_s:>12,.0f} {held_mb / count:>12.2f}")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--setup", default="ieee34_ieee13")
    parser.add_argument("--repeats", type=int, default=9, help="episodes per case")
    parser.add_argument("--agents", type=int, nargs="*", default=[], help="also with so many microgrids")
    given = parser.parse_args()
    config = load_setup(given.setup)
    single = [
        Case.build("PettingZoo, fixed_point", config),
        Case.build("PettingZoo, pandapower", config | {"solver": "pandapower"}),
    ]
    batches = [Case.build("batch, fixed_point", config, n_env) for n_env in (64, 1024)]
    measure([*single, *batches], given.repeats)
    print(f"{given.setup}, Python {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} cores")
    print(f"{'':<44} {'n_env':>6} {'us cpu':>10} {'steps/s cpu':>12} {'wall':>12} {'best cpu':>12}")
    for case in (*single, *batches):
        print(case.row())
    ratio = statistics.median(single[1].cpu_s) / statistics.median(single[0].cpu_s)
    print(f"fixed_point is {ratio:.0f} times as fast as pandapower; {TARGETS}")
    if given.agents:
        agent_rows(given.agents, given.repeats)


if __name__ == "__main__":
    main()

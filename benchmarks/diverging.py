"""What diverging environments cost the others: rate of a batch with and without them.

    python benchmarks/diverging.py [--environments 1024] [--setup ieee34_ieee13] [--repeats 15]

Some environments get so much load that their power flow does not converge in any step: fifty times as much, which is
noticed at once, or just more than the lines can carry, which takes all iterations. Whole episodes are stepped, the
cases in turn, with actions drawn beforehand; figures are medians of the processor time on one thread. The power flow
alone is measured the same way.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("POWERGRID_THREADS", "1")

import numpy as np
from solver import make_case

from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
from powergrid.powerflow import FixedPointSolver, PowerFlowResult, PowerFlowStatus
from powergrid.setups.loader import load_setup

STEPS = 24
SHARES = (0.0, 0.01, 0.1)
FACTORS = {"far beyond": 50.0, "just beyond": 2.05}


@dataclass(slots=True)
class Case:
    """Some share of the environments whose loads have a factor, and what was measured."""

    share: float
    how: str
    times_s: list[float] = field(default_factory=list)
    failed: list[float] = field(default_factory=list)
    exhausted: list[float] = field(default_factory=list)

    def lost(self, n_env: int) -> np.ndarray:
        """Environments that are to diverge, spread evenly."""
        count = round(self.share * n_env)
        return np.linspace(0, n_env - 1, count).astype(int) if count else np.zeros(0, dtype=int)


def cases() -> list[Case]:
    return [Case(share, how) for share in SHARES for how in (FACTORS if share else ["none"])]


def episode(env: MultiAgentMicrogrids, actions: list[Mapping[str, np.ndarray]], case: Case) -> None:
    """Step an episode and note its processor time and the share of power flows that failed."""
    core = env.core
    assert core is not None
    core.reset(seeds=range(core.n_env))
    lost, scale = case.lost(core.n_env), env.plant.load_scale()
    failed = exhausted = 0
    start_s = time.process_time()
    for action in actions:
        if len(lost):
            scale[:, lost] = FACTORS[case.how]  # of the nominal load, whatever the hour
        core.step(action)
        failed += np.count_nonzero(env.plant.grid.status)
        exhausted += np.count_nonzero(env.plant.grid.status == PowerFlowStatus.MAX_ITERATIONS)
    case.times_s.append((time.process_time() - start_s) / len(actions))
    case.failed.append(failed / (len(actions) * core.n_env))
    case.exhausted.append(exhausted / (len(actions) * core.n_env))


def solve(solver: FixedPointSolver, s: np.ndarray, out: PowerFlowResult, case: Case) -> None:
    """Solve once, and note the same."""
    loads = s.copy()
    lost = case.lost(s.shape[1])
    if len(lost):
        loads[:, lost] = s.mean(axis=1, keepdims=True) * FACTORS[case.how]
    start_s = time.process_time()
    result = solver.solve(loads, out=out)
    case.times_s.append(time.process_time() - start_s)
    case.failed.append(1.0 - float(result.converged.mean()))
    case.exhausted.append(float((result.status == PowerFlowStatus.MAX_ITERATIONS).mean()))


def show(title: str, n_env: int, run: Callable[[Case], None], repeats: int) -> None:
    measured = cases()
    for repeat in range(repeats + 1):
        for case in measured:
            run(case)
            if not repeat:  # warm-up
                case.times_s.clear()
    calm_s = statistics.median(measured[0].times_s)
    print(f"\n{title}\n{'diverging':>20}{'failed %':>10}{'60 steps %':>12}{'µs per env':>12}{'rate against none':>19}")
    for case in measured:
        time_s = statistics.median(case.times_s)
        name = f"{case.share:.0%} {case.how}"
        failed, exhausted = (100.0 * statistics.mean(found) for found in (case.failed, case.exhausted))
        print(f"{name:>20}{failed:10.2f}{exhausted:12.2f}{time_s / n_env * 1e6:12.2f}{calm_s / time_s:19.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--environments", type=int, default=1024)
    parser.add_argument("--setup", default="ieee34_ieee13")
    parser.add_argument("--repeats", type=int, default=15, help="measurements per median")
    arguments = parser.parse_args()
    n_env = arguments.environments
    env = MultiAgentMicrogrids(load_setup(arguments.setup), n_env=n_env)
    assert env.core is not None
    rng = np.random.default_rng(0)
    dims = env.core.control.dims
    actions = [{agent: rng.uniform(-1.0, 1.0, (n_env, dim)) for agent, dim in dims.items()} for _ in range(STEPS)]
    show(f"environment {arguments.setup}", n_env, partial(episode, env, actions), arguments.repeats)
    case = make_case(n_env)
    solver, out = FixedPointSolver(case.network), PowerFlowResult.allocate(case.network.n_node, n_env)
    show("power flow alone", n_env, partial(solve, solver, case.s, out), 5 * arguments.repeats)


if __name__ == "__main__":
    main()

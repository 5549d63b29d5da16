"""What a late answer costs on a setup with fast dynamics.

Run as ``python benchmarks/fast_sizing.py``, with ``--help`` for what can be changed. Needs powergrid-rl. On every
held-out day: nothing, the rule in lockstep, and the rule with its actions late, or decided at polls only.
"""

from __future__ import annotations

import argparse
from collections import deque
from typing import Any

from heron.core.observation import Observation
from heron.core.policy import Policy
from heron.types import FloatArray
from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid.setups.loader import load_setup
from powergrid_rl.baselines import do_nothing, rule_based
from powergrid_rl.evaluation.rollout import DayBatch, PolicyMaker, Rollout, spread_days
from powergrid_rl.evaluation.statistics import paired_difference

CASES_S = ((4, 0), (8, 0), (12, 0), (20, 0), (60, 0), (0, 60), (4, 60))
"""Delay of an action, and interval of polls, 0 for every step. [s]"""


class LatePolicy(Policy):
    """Another policy whose actions come late.

    Parameters
    ----------
    policy
        What decides.
    late
        How many steps an action takes; until the first is there, its first action holds.
    every
        It decides at every step of this number, and holds between.
    """

    def __init__(self, policy: Policy, *, late: int, every: int) -> None:
        self._policy, self._every = policy, every
        self._step = 0
        self._actions: deque[FloatArray] = deque(maxlen=late + 1)

    def act(self, observation: Observation) -> FloatArray:
        """Action decided some steps ago, ``(n_env, dim)``."""
        due = self._step % self._every == 0
        self._actions.append(self._policy.act(observation) if due else self._actions[-1])
        self._step += 1
        return self._actions[0]


def late_rule(late_s: float, poll_s: float, step_s: float, **settings: float) -> PolicyMaker:
    """Maker of the rule with late actions; settings as in `RuleSettings`."""

    def make(env: NetworkedGridEnv, agent_id: str) -> Policy:
        every = max(1, round(poll_s / step_s))
        return LatePolicy(rule_based(env, agent_id, **settings), late=round(late_s / step_s), every=every)

    return make


def configure(arguments: argparse.Namespace) -> dict[str, Any]:
    """The setup with what the command line changes."""
    config = load_setup(arguments.setup)
    if arguments.start_hour is not None:
        config["start_hour"] = arguments.start_hour
    if arguments.depth is not None:
        config["variability"]["solar"]["depth"] = arguments.depth
    for microgrid, sun_mw in zip(config["microgrid_configs"], arguments.sun, strict=False):
        (sun,) = [one["device_state_config"] for one in microgrid["devices"] if one["type"] == "SolarPV"]
        sun.update(p_rated_mw=sun_mw, s_rated_mva=1.1 * sun_mw, q_max_mvar=0.44 * 1.1 * sun_mw)
    return config


def tell(rollout: Rollout, lockstep: Rollout) -> None:
    """Print one line of the table."""
    loss = paired_difference(lockstep.returns, rollout.returns)
    print(
        f"{rollout.name:36s} {rollout.returns.mean():9.2f} {rollout.costs_usd.mean():8.2f} "
        f"{rollout.safety.mean():9.2f} {100.0 * rollout.violations.mean():7.1f} % "
        f"{rollout.vm_min_pu.min():6.3f} {rollout.vm_max_pu.max():6.3f}   {loss.mean:8.2f} ± {loss.half_width:.2f}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--setup", default="ieee34_ieee13_fast")
    parser.add_argument("--sun", type=float, nargs="*", default=[], help="MW of sun in each microgrid")
    parser.add_argument("--start-hour", type=float)
    parser.add_argument("--depth", type=float, help="share of the sunshine that a cloud takes")
    parser.add_argument("--days", type=int, default=1000, help="held-out days, evenly spread; all by default")
    parser.add_argument("--gain", type=float, default=1.6, help="reactive_gain of the rule")
    parser.add_argument("--offset", type=float, default=0.05, help="reactive_offset of the rule")
    arguments = parser.parse_args()
    settings = {"reactive_gain": arguments.gain, "reactive_offset": arguments.offset}
    config = configure(arguments)
    batch = DayBatch(config)
    if arguments.days < len(batch.days):
        batch = DayBatch(config, days=spread_days(len(batch.days), arguments.days))
    print(f"{len(batch.days)} held-out days, mean of each; USD")
    print(
        f"{'policy':36s} {'return':>9s} {'cost':>8s} {'safety':>9s} {'steps out':>9s} {'vm min':>6s} {'max':>6s}   loss"
    )
    lockstep = batch.run("rule, lockstep", late_rule(0, 0, config["step_s"], **settings))
    tell(batch.run("nothing", do_nothing), lockstep)
    tell(lockstep, lockstep)
    for late_s, poll_s in CASES_S:
        name = f"rule, late by {late_s} s" if late_s else "rule"
        name += f", polled every {poll_s} s" if poll_s else ""
        tell(batch.run(name, late_rule(late_s, poll_s, config["step_s"], **settings)), lockstep)


if __name__ == "__main__":
    main()

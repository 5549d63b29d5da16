"""Judging a learned policy beside the baselines, on the same held-out days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from heron.core.policy import ConstantPolicy, Policy, RandomPolicy
from heron.errors import ConfigError
from heron.types import FloatArray
from powergrid.agents.power_grid_agent import PowerGridAgent
from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid_rl.baselines.action_layout import ActionLayout
from powergrid_rl.baselines.foresight import foresight_bound_usd
from powergrid_rl.baselines.nameplate import read_nameplate
from powergrid_rl.baselines.rule_based import RuleBasedPolicy, RuleSettings
from powergrid_rl.baselines.search import best_constant_action
from powergrid_rl.evaluation.rollout import DayBatch, PolicyMaker, Rollout
from powergrid_rl.evaluation.statistics import Estimate, estimate, gap_closed, paired_difference

NOTHING, RANDOM, CONSTANT, RULE = "do nothing", "random", "best constant action", "rule-based"
BOUND = "perfect-foresight bound"
Stage = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One policy in the table.

    Parameters
    ----------
    name
        The policy.
    returns, cost_usd
        Per day. [USD]
    gap_from_nothing, gap_from_rule
        Share of the gap between doing nothing, or the rule, and the bound that is closed; NaN for the
        policy the gap is counted from. [1]
    worst_vm_pu
        Voltage farthest from 1 pu; NaN for the bound, which has no network. [pu]
    violations
        Share of steps in which any agent's safety was above zero; NaN for the bound. [1]
    """

    name: str
    returns: Estimate
    cost_usd: Estimate
    gap_from_nothing: float
    gap_from_rule: float
    worst_vm_pu: float
    violations: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Rollouts of several policies on the same days, and the bound.

    Parameters
    ----------
    rollouts
        By policy name, baselines first.
    bound_usd : (n_day,)
        Cost of each day that no controller can undercut. [USD]
    """

    rollouts: Mapping[str, Rollout]
    bound_usd: FloatArray

    def rows(self) -> list[Row]:
        """The table: every policy, and the bound at the end."""
        rows = [self._row(name, r.returns, r.costs_usd, r.worst_vm_pu, r.violations) for name, r in self._items()]
        nowhere = np.full(1, np.nan)
        return [*rows, self._row(BOUND, -self.bound_usd, self.bound_usd, float("nan"), nowhere)]

    def difference(self, one: str, other: str) -> Estimate:
        """Return of one policy less that of another, paired by day. [USD]"""
        return paired_difference(self.rollouts[one].returns, self.rollouts[other].returns)

    def to_dict(self) -> dict[str, Any]:
        """The table and all paired differences as plain data."""
        names = list(self.rollouts)
        rows = [
            {
                "policy": row.name,
                "return_usd_per_day": row.returns.mean,
                "return_ci95": row.returns.half_width,
                "cost_usd_per_day": row.cost_usd.mean,
                "cost_ci95": row.cost_usd.half_width,
                "gap_closed_from_nothing": row.gap_from_nothing,
                "gap_closed_from_rule": row.gap_from_rule,
                "worst_voltage_pu": row.worst_vm_pu,
                "violation_share": row.violations,
            }
            for row in self.rows()
        ]
        differences = [
            {"one": one, "other": other, "mean": found.mean, "ci95": found.half_width}
            for position, one in enumerate(names)
            for other in names[:position]
            for found in [self.difference(one, other)]
        ]
        return {"days": len(self.bound_usd), "rows": rows, "paired_differences": differences}

    def _items(self) -> list[tuple[str, Rollout]]:
        return list(self.rollouts.items())

    def _row(self, name: str, returns: FloatArray, costs: FloatArray, worst: float, violations: FloatArray) -> Row:
        bound, mean = float(-self.bound_usd.mean()), float(returns.mean())
        return Row(
            name=name,
            returns=estimate(returns),
            cost_usd=estimate(costs),
            gap_from_nothing=self._gap(NOTHING, name, mean, bound),
            gap_from_rule=self._gap(RULE, name, mean, bound),
            worst_vm_pu=worst,
            violations=float(violations.mean()),
        )

    def _gap(self, start: str, name: str, mean: float, bound: float) -> float:
        if start not in self.rollouts or name == start:
            return float("nan")
        return gap_closed(mean, nothing=float(self.rollouts[start].returns.mean()), bound=bound)


def do_nothing(env: NetworkedGridEnv, agent_id: str) -> Policy:
    """Every device at its neutral setpoint."""
    assert env.core is not None
    neutral = env.core.control.neutral(agent_id)
    if neutral is None:
        raise ConfigError(f"The protocol of agent {agent_id!r} has no action that does nothing.")
    return ConstantPolicy(neutral)


def random_actions(env: NetworkedGridEnv, agent_id: str) -> Policy:
    """Uniform actions."""
    return RandomPolicy()


def rule_based(env: NetworkedGridEnv, agent_id: str, settings: RuleSettings | None = None) -> Policy:
    """The rule-based controller of a microgrid."""
    agent = env.get_heron_agent(agent_id)
    if not isinstance(agent, PowerGridAgent):
        raise ConfigError(f"The rule-based controller is for microgrids; {agent_id!r} is {type(agent).__name__}.")
    return RuleBasedPolicy(read_nameplate(agent, env.plant, env.net), ActionLayout(agent), settings)


def compare(
    config: Mapping[str, Any],
    learned: Mapping[str, PolicyMaker],
    *,
    split: str = "test",
    days: Sequence[int] | None = None,
    candidates: int = 300,
    record: tuple[str, ...] = (),
    stage: Stage | None = None,
) -> Comparison:
    """Roll baselines and learned policies out on the same days.

    Parameters
    ----------
    config
        Configuration of the environment.
    learned
        Makers of further policies, by name.
    split, days
        Which days; all of the split when not given.
    candidates
        Actions tried in the search for the best constant one, on training days.
    record
        Rows of the state table to keep of every policy.
    stage
        Called with what is being done, how much of it is done, and how much there is.
    """
    tell: Stage = stage or (lambda _what, _done, _all: None)
    chosen = None if days is None else np.asarray(days, dtype=np.intp)
    batch = DayBatch(config, split=split, days=chosen)
    constant = best_constant_action(
        config, candidates=candidates, progress=lambda done, total: tell(CONSTANT, done, total)
    )
    makers: dict[str, PolicyMaker] = {
        RANDOM: random_actions,
        NOTHING: do_nothing,
        CONSTANT: lambda _env, agent_id: ConstantPolicy(constant[agent_id]),
        RULE: rule_based,
        **learned,
    }
    rollouts: dict[str, Rollout] = {}
    for number, (name, maker) in enumerate(makers.items()):
        rollouts[name] = batch.run(name, maker, record=record)
        tell("policies", number + 1, len(makers))
    bound = foresight_bound_usd(batch, progress=lambda done, total: tell(BOUND, done, total))
    return Comparison(rollouts=rollouts, bound_usd=bound)

"""Policies beside each other on the same days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from heron.types import FloatArray
from powergrid_rl.evaluation.foresight_bound import ForesightBound
from powergrid_rl.evaluation.rollout import Rollout
from powergrid_rl.evaluation.statistics import Estimate, estimate, gap_closed, paired_difference

RANDOM, NOTHING, CONSTANT = "random", "do nothing", "best constant action"
RULE, RULE_FORECAST = "rule-based", "rule-based, known prices"
SCHEDULE = "foresight schedule"
BOUND = "perfect-foresight bound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """Where policies were compared.

    Parameters
    ----------
    agents
        The learners.
    step_h
        Length of a step. [h]
    source
        Where the series come from, in one line.
    synthetic
        Whether none of it was ever measured.
    """

    agents: tuple[str, ...] = ()
    step_h: float = 1.0
    source: str = ""
    synthetic: bool = False


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
        policy the gap is counted from, and where there is no bound. [1]
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

    def to_dict(self) -> dict[str, Any]:
        """Plain data; what is not known is left out."""
        figures = {
            "return_usd_per_day": self.returns.mean,
            "return_ci95": self.returns.half_width,
            "cost_usd_per_day": self.cost_usd.mean,
            "cost_ci95": self.cost_usd.half_width,
            "gap_closed_from_nothing": self.gap_from_nothing,
            "gap_closed_from_rule": self.gap_from_rule,
            "worst_voltage_pu": self.worst_vm_pu,
            "violation_share": self.violations,
        }
        return {"policy": self.name, **{key: value for key, value in figures.items() if np.isfinite(value)}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Rollouts of several policies on the same days, and the bound.

    Parameters
    ----------
    rollouts
        By policy name, baselines first.
    bound
        What no controller can undercut; none where there is none for the environment.
    pools
        Names of the rollouts that are training seeds of one policy, by the name they have together.
    notes
        What is missing from the comparison, and why.
    venue
        Where it took place.
    """

    rollouts: Mapping[str, Rollout]
    bound: ForesightBound | None
    pools: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    venue: Venue = field(default_factory=Venue)

    @property
    def n_day(self) -> int:
        """Number of days."""
        return len(next(iter(self.rollouts.values())).days)

    @property
    def names(self) -> list[str]:
        """All policies, pooled ones behind the others, and a foresight schedule last."""
        schedule = [name for name in self.rollouts if name == SCHEDULE]
        return [*(name for name in self.rollouts if name != SCHEDULE), *self.pools, *schedule]

    def rows(self) -> list[Row]:
        """The table: every policy, pooled ones, and the bound at the end."""
        rows = [self._row(name) for name in self.names]
        return rows if self.bound is None else [*rows, self._bound_row(self.bound)]

    def returns(self, name: str) -> FloatArray:
        """Returns of a policy ``(n_day,)``, of a pool ``(n_seed, n_day)``. [USD]"""
        if name in self.pools:
            return np.array([self.rollouts[member].returns for member in self.pools[name]])
        return self.rollouts[name].returns

    def difference(self, one: str, other: str) -> Estimate:
        """Return of one policy less that of another, paired by day. [USD]"""
        return paired_difference(self.returns(one), self.returns(other))

    def best(self) -> str:
        """The policy with the highest mean return; a schedule that knows the future is none."""
        policies = [name for name in self.rollouts if name != SCHEDULE]
        return max(policies, key=lambda name: float(self.rollouts[name].returns.mean()))

    def gap_to_bound(self) -> Estimate:
        """Return of the bound less that of the best policy: what nobody here has earned. [USD]

        Raises
        ------
        ValueError
            If there is no bound.
        """
        if self.bound is None:
            raise ValueError("There is no bound to measure a gap to.")
        return paired_difference(-self.bound.cost_usd, self.returns(self.best()))

    def gap_to_schedule(self, name: str) -> float:
        """Share of the way from the rule to the foresight schedule; NaN where either is missing. [1]"""
        if RULE not in self.rollouts or SCHEDULE not in self.rollouts:
            return float("nan")
        start, end = (float(self.rollouts[one].returns.mean()) for one in (RULE, SCHEDULE))
        return gap_closed(float(self.returns(name).mean()), start=start, bound=end)

    def to_dict(self) -> dict[str, Any]:
        """The table, all paired differences and every day's return as plain data."""
        differences = [
            {"one": one, "other": other, "mean": found.mean, "ci95": found.half_width}
            for position, one in enumerate(self.names)
            for other in self.names[:position]
            if one not in self.pools.get(other, ()) and other not in self.pools.get(one, ())
            for found in [self.difference(one, other)]
        ]
        plain: dict[str, Any] = {
            "n_day": self.n_day,
            "days": next(iter(self.rollouts.values())).days.tolist(),
            "rows": [row.to_dict() for row in self.rows()],
            "paired_differences": differences,
            "pools": {name: list(members) for name, members in self.pools.items()},
            "returns_usd": {name: rollout.returns.tolist() for name, rollout in self.rollouts.items()},
            "notes": list(self.notes),
        }
        if self.bound is not None:
            plain["bound_usd"] = (-self.bound.cost_usd).tolist()
            plain["bound_losses_usd_per_day"] = float(-self.bound.losses_usd.mean())
        return plain

    def _row(self, name: str) -> Row:
        members = [self.rollouts[member] for member in self.pools.get(name, (name,))]
        vms = [rollout.worst_vm_pu for rollout in members]
        mean = float(self.returns(name).mean())
        return Row(
            name=name,
            returns=estimate(self.returns(name)),
            cost_usd=estimate(np.array([rollout.costs_usd for rollout in members])),
            gap_from_nothing=self._gap(NOTHING, name, mean),
            gap_from_rule=self._gap(RULE, name, mean),
            worst_vm_pu=max(vms, key=lambda vm: abs(vm - 1.0)),
            violations=float(np.mean([rollout.violations.mean() for rollout in members])),
        )

    def _bound_row(self, bound: ForesightBound) -> Row:
        return Row(
            name=BOUND,
            returns=estimate(-bound.cost_usd),
            cost_usd=estimate(bound.cost_usd),
            gap_from_nothing=self._gap(NOTHING, BOUND, -float(bound.cost_usd.mean())),
            gap_from_rule=self._gap(RULE, BOUND, -float(bound.cost_usd.mean())),
            worst_vm_pu=float("nan"),
            violations=float("nan"),
        )

    def _gap(self, start: str, name: str, mean: float) -> float:
        if start not in self.rollouts or name == start or self.bound is None:
            return float("nan")
        return gap_closed(
            mean, start=float(self.rollouts[start].returns.mean()), bound=-float(self.bound.cost_usd.mean())
        )

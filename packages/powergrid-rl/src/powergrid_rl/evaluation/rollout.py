"""Rolling policies out over many days at once: one day per environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from heron.core.policy import Policy
from heron.types import FloatArray, IndexArray
from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
from powergrid.envs.networked_grid_env import NetworkedGridEnv

PolicyMaker = Callable[[NetworkedGridEnv, str], Policy]
"""Makes the policy of one agent of an environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """What one policy did on some days, each array ``(n_day,)`` unless said otherwise.

    Parameters
    ----------
    name
        The policy.
    days
        Numbers of the days in their split.
    returns
        Sum of all agents' rewards. [USD]
    costs_usd
        Sum of all agents' costs, stored energy settled where the environment does so. [USD]
    safety
        Sum of all agents' safety over the day. [1]
    violations
        Share of the day's steps in which any agent's safety was above zero. [1]
    vm_min_pu, vm_max_pu
        Lowest and highest voltage in the agents' areas. [pu]
    traces
        Recorded rows by name, ``(n_step, n_day)``, in the rows' units.
    """

    name: str
    days: IndexArray
    returns: FloatArray
    costs_usd: FloatArray
    safety: FloatArray
    violations: FloatArray
    vm_min_pu: FloatArray
    vm_max_pu: FloatArray
    traces: Mapping[str, FloatArray] = field(default_factory=dict)

    @property
    def worst_vm_pu(self) -> float:
        """Voltage farthest from 1 pu on any day. [pu]"""
        low, high = float(self.vm_min_pu.min()), float(self.vm_max_pu.max())
        return low if 1.0 - low > high - 1.0 else high


class DayBatch:
    """An environment for each of some days, all driven together.

    Parameters
    ----------
    config
        Configuration of the environment.
    split
        ``"train"`` or ``"test"``.
    days
        Numbers of the days in the split; all of them when not given.
    """

    def __init__(self, config: Mapping[str, Any], *, split: str = "test", days: IndexArray | None = None) -> None:
        wanted = {**config, "train": split == "train"}
        if days is None:
            days = np.arange(MultiAgentMicrogrids(wanted).plant.exogenous.n_days, dtype=np.intp)
        self.days = np.asarray(days, dtype=np.intp)
        self.env = MultiAgentMicrogrids(wanted, n_env=len(self.days))

    def run(self, name: str, make_policy: PolicyMaker, *, record: tuple[str, ...] = (), seed: int = 0) -> Rollout:
        """Roll one policy out over all days.

        Parameters
        ----------
        name
            What the policy is called in tables.
        make_policy
            Makes the policy of each learner.
        record
            Rows of the state table to keep: series as they are during each step, everything else after it.
        seed
            Environment ``i`` has seed ``seed + i``; only random policies depend on it.
        """
        core = self.env.core
        assert core is not None
        policies = {agent_id: make_policy(self.env, agent_id) for agent_id in core.learners}
        seeds = [seed + env for env in np.arange(len(self.days)).tolist()]
        core.reset(seeds=seeds, options={"day": self.days})
        for agent_id, policy in policies.items():
            policy.attach(core.agents[agent_id].action_dim)
            policy.reset([tree.generator(agent_id, "policy") for tree in core.trees])
        return self._collect(name, policies, record)

    def _collect(self, name: str, policies: Mapping[str, Policy], record: tuple[str, ...]) -> Rollout:
        core = self.env.core
        assert core is not None
        n_day, n_step = len(self.days), core.options.max_steps
        sums = {key: np.zeros(n_day) for key in ("returns", "costs_usd", "safety", "violations")}
        vm_min, vm_max = np.full(n_day, np.inf), np.full(n_day, -np.inf)
        traces = {row: np.zeros((n_step, n_day)) for row in record}
        low_rows = core.table.rows(f"{agent}.voltages.vm_min_pu" for agent in core.learners)
        high_rows = core.table.rows(f"{agent}.voltages.vm_max_pu" for agent in core.learners)
        ahead = [row for row in record if ".exogenous." in row or ".forecast." in row]
        for step in range(n_step):
            # After the step the table holds the next interval's series: those are recorded before it.
            for row in ahead:
                traces[row][step] = core.table[row]
            result = core.step({agent: policy.act(core.observe(agent)) for agent, policy in policies.items()})
            violated = np.zeros(n_day, dtype=np.bool_)
            for agent in core.learners:
                sums["returns"] += result.rewards[agent]
                sums["costs_usd"] += result.costs[agent]
                sums["safety"] += result.safeties[agent]
                violated |= result.safeties[agent] > 0.0
            sums["violations"] += violated / n_step
            vm_min = np.minimum(vm_min, np.minimum.reduce(core.table.values[low_rows], axis=0))
            vm_max = np.maximum(vm_max, np.maximum.reduce(core.table.values[high_rows], axis=0))
            for row in traces.keys() - set(ahead):
                traces[row][step] = core.table[row]
        return Rollout(name=name, days=self.days, vm_min_pu=vm_min, vm_max_pu=vm_max, traces=traces, **sums)

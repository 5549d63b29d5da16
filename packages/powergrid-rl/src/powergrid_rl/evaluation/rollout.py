"""Rolling policies out over many days at once: one day per environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from heron.core.policy import Policy
from heron.envs.core import EnvironmentCore
from heron.errors import ConfigError
from heron.types import FloatArray, IndexArray
from powergrid.config.read import read_config
from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid.envs.series_source import find_series, follow_series
from powergrid.setups.defaults import with_default_microgrids
from powergrid_rl.training.lockstep import in_lockstep

PolicyMaker: TypeAlias = Callable[[NetworkedGridEnv, str], Policy]
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


def require_judgeable(core: EnvironmentCore) -> None:
    """Make sure that policies can be judged in an environment.

    Raises
    ------
    ConfigError
        If actions are in physical units, or nobody learns.
    """
    if not core.options.normalized_actions:
        raise ConfigError(
            "Policies are judged with actions from -1 to 1, and the configuration asks for physical ones.",
            remedy="Leave out action_units.",
        )
    if not core.learners:
        raise ConfigError("Nobody learns in this environment; there is no policy to judge.")


class DayBatch:
    """An environment for each of some days, all driven together.

    Parameters
    ----------
    config
        Configuration of the environment; what it says of events is taken back, since batches of days are in lockstep.
    split
        ``"train"`` or ``"test"``.
    days
        Numbers of the days in the split; all of them when not given.

    Raises
    ------
    ConfigError
        If actions are in physical units, a day does not exist, or nobody learns.
    """

    def __init__(self, config: Mapping[str, Any], *, split: str = "test", days: IndexArray | None = None) -> None:
        wanted = {**in_lockstep(config), "train": split == "train"}
        self.days = np.arange(count_days(config, split), dtype=np.intp) if days is None else np.asarray(days, np.intp)
        self.env = MultiAgentMicrogrids(wanted, n_env=len(self.days))
        require_judgeable(self.core)

    @property
    def core(self) -> EnvironmentCore:
        """The environments' core."""
        core = self.env.core
        assert core is not None
        return core

    def begin(self, *, seed: int = 0) -> None:
        """Put every environment at the start of its day."""
        seeds = [seed + env for env in np.arange(len(self.days)).tolist()]
        self.core.reset(seeds=seeds, options={"day": self.days})

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
        core = self.core
        self.begin(seed=seed)
        policies = {agent_id: make_policy(self.env, agent_id) for agent_id in core.learners}
        for agent_id, policy in policies.items():
            policy.attach(core.agents[agent_id].action_dim)
            policy.reset([tree.generator(agent_id, "policy") for tree in core.trees])
        diary = _Diary(core, record)
        for step in range(core.options.max_steps):
            diary.before(step)
            result = core.step({agent: policy.act(core.observe(agent)) for agent, policy in policies.items()})
            diary.after(step, result)
        return diary.rollout(name, self.days)


def count_days(config: Mapping[str, Any], split: str) -> int:
    """Days of a split at which an episode can start."""
    wanted = read_config(with_default_microgrids({**config, "train": split == "train"}))
    return follow_series(wanted, find_series(wanted)).n_days


def spread_days(n_day: int, wanted: int) -> IndexArray:
    """Numbers of days evenly spread over a split, all where there are no more, so that all seasons are among them."""
    count = min(wanted, n_day)
    days: IndexArray = (np.arange(count) * n_day // count).astype(np.intp)
    return days


class _Diary:
    """Sums and traces of a rollout."""

    def __init__(self, core: EnvironmentCore, record: tuple[str, ...]) -> None:
        self._core = core
        n_day, n_step = core.n_env, core.options.max_steps
        self._sums = {key: np.zeros(n_day) for key in ("returns", "costs_usd", "safety", "violations")}
        self._vm_min, self._vm_max = np.full(n_day, np.inf), np.full(n_day, -np.inf)
        areas = _areas(core)
        self._low_rows = core.table.rows(f"{area}.voltages.vm_min_pu" for area in areas)
        self._high_rows = core.table.rows(f"{area}.voltages.vm_max_pu" for area in areas)
        self._traces = {row: np.zeros((n_step, n_day)) for row in record}
        self._ahead = [row for row in record if ".exogenous." in row or ".forecast." in row]

    def before(self, step: int) -> None:
        # After the step the table holds the next interval's series: those are recorded before it.
        for row in self._ahead:
            self._traces[row][step] = self._core.table[row]

    def after(self, step: int, result: Any) -> None:
        core, sums = self._core, self._sums
        violated = np.zeros(core.n_env, dtype=np.bool_)
        for agent in core.learners:
            sums["returns"] += result.rewards[agent]
            sums["costs_usd"] += result.costs[agent]
            sums["safety"] += result.safeties[agent]
            violated |= result.safeties[agent] > 0.0
        sums["violations"] += violated / core.options.max_steps
        values = core.table.values
        self._vm_min = np.minimum(self._vm_min, np.minimum.reduce(values[self._low_rows], axis=0))
        self._vm_max = np.maximum(self._vm_max, np.maximum.reduce(values[self._high_rows], axis=0))
        for row in self._traces.keys() - set(self._ahead):
            self._traces[row][step] = core.table[row]

    def rollout(self, name: str, days: IndexArray) -> Rollout:
        return Rollout(
            name=name, days=days, vm_min_pu=self._vm_min, vm_max_pu=self._vm_max, traces=self._traces, **self._sums
        )


def _areas(core: EnvironmentCore) -> list[str]:
    """Areas of the learners: their own, or where devices learn their superiors'."""
    names = {agent: core.agents[agent].upstream_id or agent for agent in core.learners}
    owners = [agent if f"{agent}.voltages.vm_min_pu" in core.table else name for agent, name in names.items()]
    return list(dict.fromkeys(owners))

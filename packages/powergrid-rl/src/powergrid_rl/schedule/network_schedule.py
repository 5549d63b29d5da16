"""Schedules for known days, improved step by step on the network itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from heron.core.observation import Observation
from heron.core.policy import Policy
from heron.types import FloatArray
from powergrid_rl.baselines.ready_policies import rule_based
from powergrid_rl.evaluation.known_day import KnownDays
from powergrid_rl.evaluation.rollout import DayBatch, Rollout
from powergrid_rl.schedule.day_program import DayTerms, improved
from powergrid_rl.schedule.entries import entries_of
from powergrid_rl.schedule.probe import Prober, Reading

Progress: TypeAlias = Callable[[int, int], None]
"""Called with how much is done and how much there is."""

_FIRST_REACH, _LAST_REACH, _GREATEST_REACH = 0.5, 0.01, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSchedule:
    """A schedule for each day, and what it earned when it was played.

    Parameters
    ----------
    actions
        By agent, ``(n_step, n_day, dim)`` from -1 to 1.
    rollout
        Of these actions in the environment, so feasible by construction.
    """

    actions: Mapping[str, FloatArray]
    rollout: Rollout


def network_schedule(
    config: Mapping[str, Any],
    batch: DayBatch,
    *,
    split: str = "test",
    rounds: int = 12,
    name: str = "foresight schedule",
    record: tuple[str, ...] = (),
    progress: Progress | None = None,
) -> NetworkSchedule:
    """Improve the rule's schedule for days that are known, one linear program per day and round.

    In each round small changes of every decision are tried in every hour, which gives slopes of cost, voltages and
    loadings; a linear program finds the best change within a region where the slopes are trusted; the environment says
    what it really earned, and the region grows or shrinks. Batteries keep their energy window exactly, penalties are
    those of the environment. The result is a feasible schedule and so no bound, but close to the best possible.

    Parameters
    ----------
    config
        Configuration of the environment.
    batch
        The days.
    split
        Their split.
    rounds
        Linear programs per day.
    name, record
        As in `DayBatch.run`.
    progress
        Called with the number of rounds done and of all.

    Raises
    ------
    ConfigError
        If the rule-based controller does not fit the environment.

    Source
    ------
    docs/rl/baselines.md, "The foresight schedule".
    """
    search = _Search(config, batch, split=split)
    for number in range(rounds):
        search.improve()
        if progress is not None:
            progress(number + 1, rounds)
    actions = search.best
    return NetworkSchedule(
        actions=actions, rollout=batch.run(name, lambda _env, agent: _Player(actions[agent]), record=record)
    )


class _Search:
    def __init__(self, config: Mapping[str, Any], batch: DayBatch, *, split: str) -> None:
        self._batch, self._entries = batch, entries_of(batch)
        self._prober = Prober(config, split=split, days=batch.days, entries=self._entries)
        self._days = KnownDays(batch)
        self.best = self._begin()
        self._returns = self._play(self.best)
        self._reach = np.full(len(batch.days), _FIRST_REACH)

    def improve(self) -> None:
        """One round on all days."""
        probe = self._prober.probe(self.best)
        candidate = {agent: values.copy() for agent, values in self.best.items()}
        for day in np.flatnonzero(self._reach >= _LAST_REACH).tolist():
            found = improved(
                self._gather(self.best, day),
                _of_day(probe.base, day),
                _of_day(probe.slopes, day),
                self._entries,
                self._terms(day),
                reach=float(self._reach[day]),
            )
            if found is not None:
                for number, entry in enumerate(self._entries):
                    candidate[entry.agent][:, day, entry.place] = found[:, number]
        earned = self._play(candidate)
        better = earned > self._returns
        for agent, values in self.best.items():
            values[:, better] = candidate[agent][:, better]
        self._returns = np.where(better, earned, self._returns)
        self._reach = np.where(better, np.minimum(1.5 * self._reach, _GREATEST_REACH), 0.4 * self._reach)

    def _begin(self) -> dict[str, FloatArray]:
        """What the rule did, its batteries' power as it was carried out."""
        recorders: dict[str, _Recorder] = {}

        def make(env: Any, agent: str) -> Policy:
            recorders[agent] = _Recorder(rule_based(env, agent))
            return recorders[agent]

        rows = tuple(entry.power_row for entry in self._entries if entry.storage is not None)
        rollout = self._batch.run("rule", make, record=rows)
        actions = {agent: np.array(recorder.actions) for agent, recorder in recorders.items()}
        for entry in self._entries:
            if entry.storage is not None:
                actions[entry.agent][:, :, entry.place] = entry.action(rollout.traces[entry.power_row])
        return actions

    def _play(self, actions: Mapping[str, FloatArray]) -> FloatArray:
        return self._batch.run("schedule", lambda _env, agent: _Player(actions[agent])).returns

    def _gather(self, actions: Mapping[str, FloatArray], day: int) -> FloatArray:
        return np.array([actions[entry.agent][:, day, entry.place] for entry in self._entries]).T

    def _terms(self, day: int) -> DayTerms:
        grid, options = self._batch.env.plant.grid, self._batch.core.options
        limits = grid.limits
        names = [area.name for area in grid.areas.areas]
        n_bus = [len(grid.areas.nodes.of(names.index(agent))) for agent in self._batch.core.learners]
        return DayTerms(
            price_usd_per_mwh=self._days.price_usd_per_mwh[day],
            step_h=self._days.step_h,
            settle=self._batch.env.plant.options.settle_storage,
            penalty_usd_per_pu=options.penalty * limits.weights.get("voltage", 0.0) * np.array(n_bus, dtype=np.float64),
            overload_usd=options.penalty * limits.weights.get("transformer", 0.0),
            band_pu=(limits.v_min_pu, limits.v_max_pu),
        )


def _of_day(reading: Reading, day: int) -> Reading:
    return Reading(**{name: getattr(reading, name)[..., day] for name in Reading.__slots__})


class _Player(Policy):
    """Plays actions one after the other, ``(n_step, n_env, dim)``."""

    def __init__(self, actions: FloatArray) -> None:
        self._actions, self._next = actions, 0

    def act(self, observation: Observation) -> FloatArray:
        self._next += 1
        return self._actions[self._next - 1]


class _Recorder(Policy):
    """Notes what another policy does."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.actions: list[FloatArray] = []

    def act(self, observation: Observation) -> FloatArray:
        self.actions.append(self._policy.act(observation))
        return self.actions[-1]

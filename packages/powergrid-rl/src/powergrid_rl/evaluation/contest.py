"""The contest: every policy has the same days, then the bound is worked out for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from heron.core.policy import ConstantPolicy
from heron.errors import ConfigError
from heron.types import FloatArray, IndexArray
from powergrid_rl.baselines.ready_policies import do_nothing, random_actions, rule_based, rule_based_forecast
from powergrid_rl.evaluation.comparison import (
    BOUND,
    CONSTANT,
    NOTHING,
    RANDOM,
    RULE,
    RULE_FORECAST,
    SCHEDULE,
    Comparison,
    Venue,
)
from powergrid_rl.evaluation.constant_search import best_constant_action
from powergrid_rl.evaluation.foresight_bound import ForesightBound, foresight_bound
from powergrid_rl.evaluation.plots import trace_rows
from powergrid_rl.evaluation.rollout import DayBatch, PolicyMaker, Rollout

Stage: TypeAlias = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestOptions:
    """What is compared, and how thoroughly.

    Parameters
    ----------
    split, days
        Which days; all of the split when not given.
    candidates
        Actions tried in the search for the best constant one, on training days; 0 leaves it out.
    seed
        Seed of random policies and of the search.
    schedule_rounds
        Rounds of improving a schedule with perfect foresight that keeps the network; 0 leaves it out.
    traces
        Whether to keep the rows that day plots need.
    pools
        Names of policies that are training seeds of one, by the name they have together.
    """

    split: str = "test"
    days: IndexArray | None = None
    candidates: int = 300
    seed: int = 0
    schedule_rounds: int = 0
    traces: bool = False
    pools: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def compare(
    config: Mapping[str, Any],
    further: Mapping[str, PolicyMaker] | None = None,
    *,
    options: ContestOptions | None = None,
    stage: Stage | None = None,
) -> Comparison:
    """Roll baselines and further policies out on the same days.

    A baseline that does not fit the environment is left out, and the comparison's notes say why.

    Parameters
    ----------
    config
        Configuration of the environment.
    further
        Makers of further policies, such as learned ones, by name.
    options
        What is compared.
    stage
        Told how far things are.

    Raises
    ------
    ConfigError
        If a further policy has the name of a baseline, or does not fit the environment.
    """
    return _Contest(config, options or ContestOptions(), stage or _silent).run(further or {})


class _Contest:
    def __init__(self, config: Mapping[str, Any], options: ContestOptions, stage: Stage) -> None:
        self._config, self._options, self._tell = config, options, stage
        self._notes: list[str] = []

    def run(self, further: Mapping[str, PolicyMaker]) -> Comparison:
        batch = DayBatch(self._config, split=self._options.split, days=self._options.days)
        self._record = trace_rows(batch.env) if self._options.traces else ()
        baselines = self._baselines()
        for name in further:
            if name in baselines or name in (BOUND, SCHEDULE):
                raise ConfigError(f"A policy is called {name!r} like a baseline.", remedy="Give it another name.")
        rollouts: dict[str, Rollout] = {}
        makers = {**baselines, **further}
        for number, (name, maker) in enumerate(makers.items()):
            rollout = self._try(batch, name, maker) if name in baselines else self._roll(batch, name, maker)
            if rollout is not None:
                rollouts[name] = rollout
            self._tell("policies", number + 1, len(makers))
        schedule = self._schedule(batch)
        if schedule is not None:
            rollouts[SCHEDULE] = schedule
        bound = self._bound(batch)
        return Comparison(
            rollouts=rollouts, bound=bound, pools=self._options.pools, notes=tuple(self._notes), venue=_venue(batch)
        )

    def _baselines(self) -> dict[str, PolicyMaker]:
        makers: dict[str, PolicyMaker] = {RANDOM: random_actions, NOTHING: do_nothing}
        constant = self._constant()
        if constant:
            makers[CONSTANT] = lambda _env, agent_id: ConstantPolicy(constant[agent_id])
        return {**makers, RULE: rule_based, RULE_FORECAST: rule_based_forecast}

    def _constant(self) -> dict[str, FloatArray]:
        if self._options.candidates < 1:
            return {}
        try:
            return best_constant_action(
                self._config,
                candidates=self._options.candidates,
                seed=self._options.seed,
                progress=lambda done, total: self._tell(CONSTANT, done, total),
            )
        except ConfigError as unfit:
            self._notes.append(f"No {CONSTANT}: {unfit.message}")
            return {}

    def _roll(self, batch: DayBatch, name: str, maker: PolicyMaker) -> Rollout:
        return batch.run(name, maker, record=self._record, seed=self._options.seed)

    def _try(self, batch: DayBatch, name: str, maker: PolicyMaker) -> Rollout | None:
        try:
            return self._roll(batch, name, maker)
        except ConfigError as unfit:
            self._notes.append(f"No {name} policy: {unfit.message}")
            return None

    def _schedule(self, batch: DayBatch) -> Rollout | None:
        if self._options.schedule_rounds < 1:
            return None
        from powergrid_rl.schedule import network_schedule  # it is built on this package

        try:
            found = network_schedule(
                self._config,
                batch,
                split=self._options.split,
                rounds=self._options.schedule_rounds,
                name=SCHEDULE,
                record=self._record,
                progress=lambda done, total: self._tell(SCHEDULE, done, total),
            )
        except ConfigError as unfit:
            self._notes.append(f"No {SCHEDULE}: {unfit.message}")
            return None
        return found.rollout

    def _bound(self, batch: DayBatch) -> ForesightBound | None:
        try:
            return foresight_bound(batch, progress=lambda done, total: self._tell(BOUND, done, total))
        except ConfigError as unfit:
            self._notes.append(unfit.message)
            return None


def pooled(name: str, members: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """One pool of several policies; none of a single one."""
    return {f"{name}, {len(members)} seeds": tuple(members)} if len(members) > 1 else {}


def _venue(batch: DayBatch) -> Venue:
    series = batch.env.plant.exogenous.series
    return Venue(
        agents=tuple(batch.core.learners),
        step_h=batch.core.options.step_s / 3600.0,
        source=series.source,
        synthetic=series.synthetic,
    )


def _silent(what: str, done: int, total: int) -> None:
    pass

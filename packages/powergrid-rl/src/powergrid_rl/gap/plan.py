"""What a study of the gap consists of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from heron.core.clock import nanoseconds
from heron.errors import ConfigError
from heron.scheduling import TimingScheme
from powergrid.config.read import read_config
from powergrid.setups.defaults import with_default_microgrids
from powergrid_rl.evaluation.rollout import count_days, spread_days
from powergrid_rl.gap.episode import Episode, pair
from powergrid_rl.gap.policy_choice import PolicyChoice
from powergrid_rl.gap.scenario import Scenario, present_causes, scenarios_of
from powergrid_rl.gap.timing_choice import timing_as_plain

_ABOUT_TIME = ("event_driven", "centralized", "message_broker", "timing", "timing_jitter")
"""Keys that say how agents run in time: the scenarios say that instead."""
_ON_EVENTS_ONLY = "disturbances"
LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class GapPlan:
    """One policy, one timing, and the episodes that every scenario is played on.

    Parameters
    ----------
    config
        Configuration of the environment; `plan_gap` has taken out what the scenarios decide.
    policy
        Whom it is about.
    timing
        Clocks and links with all their causes.
    episodes
        Pairs of seed and day.
    names
        What setup, data set, timing and split are called, and what was left out of the configuration.
    shapley
        Whether every subset of the causes is played.
    step_s
        Length of a control step in lockstep. [s]
    max_steps
        Steps of an episode.
    """

    config: Mapping[str, Any]
    policy: PolicyChoice
    timing: TimingScheme
    episodes: tuple[Episode, ...]
    step_s: float
    max_steps: int
    names: Mapping[str, str] = field(default_factory=dict)
    shapley: bool = False

    @property
    def causes(self) -> tuple[str, ...]:
        """Causes that the timing has."""
        return present_causes(self.timing, step_s=self.step_s)

    @property
    def plant_step_s(self) -> float:
        """How often the plant moves. [s]"""
        plant_step_s = self.config.get("plant_step_s")
        return self.step_s if plant_step_s is None else float(plant_step_s)

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Everything that is played, lockstep first."""
        return scenarios_of(self.causes, shapley=self.shapley)

    @property
    def tasks(self) -> tuple[tuple[Scenario, Episode], ...]:
        """Every scenario with every episode."""
        return tuple((scenario, episode) for scenario in self.scenarios for episode in self.episodes)

    def as_plain(self) -> dict[str, Any]:
        """What must agree for outcomes to belong to one study."""
        return {
            "names": dict(self.names),
            "policy": self.policy.as_plain(),
            "timing": timing_as_plain(self.timing),
            "step_s": self.step_s,
            "max_steps": self.max_steps,
            "episodes": [[episode.seed, episode.day] for episode in self.episodes],
            "config": dict(self.config),
        }


def plan_gap(
    config: Mapping[str, Any],
    policy: PolicyChoice,
    timing: TimingScheme,
    *,
    n_seed: int = 10,
    n_day: int | None = None,
    duration_h: float | None = None,
    split: str = "test",
    shapley: bool = False,
    names: Mapping[str, str] | None = None,
) -> GapPlan:
    """Plan of a study.

    Parameters
    ----------
    config
        Configuration of the environment; what it says of events and timing is left out, and so are disturbances,
        which there are none of in lockstep.
    policy, timing, shapley
        As in `GapPlan`.
    n_seed
        Number of episodes, each with a seed of its own.
    n_day
        Number of different days, spread evenly over the split; as many as seeds when not given, and not more.
    duration_h
        Length of an episode; the configuration's when not given. [h]
    split
        ``"test"`` or ``"train"``.
    names
        As in `GapPlan`.

    Raises
    ------
    ConfigError
        If the timing is lockstep, there are more days than seeds, or the duration is no whole number of steps.
    """
    if n_day is not None and n_day > n_seed:
        raise ConfigError(
            f"{n_seed} seeds cannot be played on {n_day} different days: every episode has one.",
            remedy=f"Play at least {n_day} seeds, or fewer days.",
        )
    left_out = {*_ABOUT_TIME, _ON_EVENTS_ONLY}
    wanted = {key: value for key, value in config.items() if key not in left_out} | {"train": split == "train"}
    read = read_config(with_default_microgrids(wanted))
    if duration_h is not None:
        wanted["max_episode_steps"] = _steps(duration_h, read.step_s)
    if not present_causes(timing, step_s=read.step_s):
        raise ConfigError(
            f"The timing does not differ from lockstep with steps of {read.step_s:g} s: there is no gap to measure.",
            remedy="Choose a timing with delays, jitter, losses or other ticks.",
        )
    days = spread_days(count_days(wanted, split), n_day or n_seed)
    return GapPlan(
        config=wanted,
        policy=policy,
        timing=timing,
        episodes=pair(n_seed, days),
        step_s=read.step_s,
        max_steps=wanted.get("max_episode_steps", read.max_episode_steps),
        names={"split": split, **({LEFT_OUT: _ON_EVENTS_ONLY} if config.get(_ON_EVENTS_ONLY) else {}), **(names or {})},
        shapley=shapley,
    )


def _steps(duration_h: float, step_s: float) -> int:
    wanted_ns, step_ns = nanoseconds(3600.0 * duration_h, "The duration"), nanoseconds(step_s, "step_s")
    if wanted_ns < step_ns or wanted_ns % step_ns:
        nearest_h = max(1, math.floor(wanted_ns / step_ns + 0.5)) * step_s / 3600.0
        raise ConfigError(
            f"{duration_h:g} h are no whole number of steps of {step_s:g} s.", remedy=f"Give {nearest_h:g} h, say."
        )
    return wanted_ns // step_ns

"""One policy through episodes, in lockstep and on events."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hourly import HOUR_S, HOURLY, ONLY_SLOW, small_plan
from small_world import BATTERY, GENERATOR, SUN, attached

from heron.core.policy import Policy
from heron.scheduling import EventLog, TickConfig, TimingScheme, read_log
from powergrid.plugins import hookimpl
from powergrid.plugins.host import plugin_host
from powergrid_rl.gap.driver import Driver
from powergrid_rl.gap.episode import Episode
from powergrid_rl.gap.policy_choice import PolicyChoice
from powergrid_rl.gap.scenario import LOCKSTEP, NO_DELAY, Scenario

EPISODE = Episode(3, 1)


class Rising(Policy):
    """Goes a little higher with every decision: it remembers."""

    def __init__(self) -> None:
        self.seen_s: list[float] = []

    def act(self, observation: Any) -> np.ndarray:
        self.seen_s.append(float(observation.time_s[0]))
        return np.full((1, self.action_dim), -1.0 + 0.1 * len(self.seen_s))


class Made:
    policies: ClassVar[list[Rising]] = []

    @hookimpl
    def powergrid_register_policies(self) -> dict[str, Any]:
        return {"rising": self.make}

    def make(self, env: Any, agent_id: str) -> Policy:
        self.policies.append(Rising())
        return self.policies[-1]


@pytest.fixture
def made() -> Iterator[list[Rising]]:
    host = plugin_host()
    Made.policies = []
    host.register(Made(), name="made")
    yield Made.policies
    host.unregister("made")


def causes(*names: str) -> Scenario:
    return Scenario(frozenset(names))


@pytest.mark.parametrize("policy", ["do_nothing", "rule_based", "random"])
def test_events_without_delays_are_lockstep_bit_for_bit(policy: str) -> None:
    driver = Driver(small_plan(policy))
    assert driver.play(LOCKSTEP, EPISODE) == driver.play(NO_DELAY, EPISODE)


def test_several_agents_without_delays_are_lockstep_bit_for_bit() -> None:
    plan = small_plan(config=attached(GENERATOR, BATTERY, SUN, n_microgrid=2))
    driver = Driver(plan)
    assert driver.play(LOCKSTEP, EPISODE) == driver.play(NO_DELAY, EPISODE)
    assert driver.play(LOCKSTEP, EPISODE).n_action == 12  # two microgrids, six steps


def test_an_environment_used_before_gives_what_a_new_one_gives() -> None:
    everything = causes(*small_plan().causes)
    used = Driver(small_plan())
    for scenario in (LOCKSTEP, everything, NO_DELAY):
        used.play(scenario, Episode(8, 0))
    for scenario in (LOCKSTEP, everything):
        assert used.play(scenario, EPISODE) == Driver(small_plan()).play(scenario, EPISODE)


def test_another_seed_is_another_episode_of_random_actions() -> None:
    driver = Driver(small_plan("random"))
    one, other = driver.play(LOCKSTEP, Episode(1, 0)), driver.play(LOCKSTEP, Episode(2, 0))
    assert one.actions != other.actions


def test_late_actions_change_rewards() -> None:
    late = TimingScheme(coordinator=TickConfig(tick_interval=HOUR_S, act_delay=0.5 * HOUR_S, on_message=True))
    driver = Driver(small_plan(timing=late))
    lockstep, delayed = driver.play(LOCKSTEP, EPISODE), driver.play(causes("action delay"), EPISODE)
    assert lockstep.rewards != delayed.rewards
    assert lockstep.cost_usd != delayed.cost_usd


def test_only_agents_that_are_due_act(made: list[Rising]) -> None:
    outcome = Driver(small_plan("rising", ONLY_SLOW)).play(causes("multi-rate"), EPISODE)
    # ticks at 0, 2 and 4 h of six
    assert outcome.n_action == 3
    assert made[-1].seen_s == [0.0, 7200.0, 14400.0]


def test_a_policy_sees_the_world_as_old_as_the_delay(made: list[Rising]) -> None:
    late = TimingScheme(coordinator=TickConfig(tick_interval=HOUR_S, obs_delay=HOUR_S, on_message=True))
    Driver(small_plan("rising", late)).play(causes("observation delay"), EPISODE)
    # before there is anything an hour old, the beginning is what can be seen
    assert made[-1].seen_s == [0.0, 0.0, 3600.0, 7200.0, 10800.0, 14400.0]


def test_a_policy_sees_what_its_agent_saw_after_the_delay_that_was_drawn(made: list[Rising], tmp_path: Path) -> None:
    clock = TickConfig.with_jitter(HOUR_S, 1.5 * HOUR_S, jitter_type="uniform", jitter_ratio=0.5)
    plan = small_plan("rising", TimingScheme(coordinator=clock), duration_h=24.0)
    log = EventLog(tmp_path / "log.jsonl")
    Driver(plan).play(Scenario(frozenset(plan.causes)), EPISODE, log=log)
    looks = [one.data["shown_ns"] / 1e9 for one in read_log(log.path) if one.kind == "observation"]
    # at the end of the episode everyone looks once more, and nobody acts on it
    assert made[-1].seen_s == looks[:-1]


def test_what_a_policy_remembers_ends_with_the_episode(made: list[Rising]) -> None:
    driver = Driver(small_plan("rising"))
    for scenario in (LOCKSTEP, NO_DELAY):
        assert driver.play(scenario, EPISODE) == driver.play(scenario, EPISODE)


def test_the_return_is_complete_whatever_the_ticks() -> None:
    # Doing nothing does the same at any tick: all six hours are paid for, also those after the last decision.
    driver = Driver(small_plan("do_nothing", HOURLY))
    lockstep = driver.play(LOCKSTEP, EPISODE)
    slow = driver.play(causes("multi-rate", "jitter"), EPISODE)
    assert slow.return_usd == pytest.approx(lockstep.return_usd, rel=1e-9)


def test_a_learned_policy_acts_the_same_without_delays(tmp_path: Any) -> None:
    from small_world import alone
    from test_checkpoints import write_run

    run = write_run(tmp_path / "run", bias=0.3)
    plan = small_plan(PolicyChoice(name="run", checkpoint=run), config=alone(GENERATOR, BATTERY))
    driver = Driver(plan)
    lockstep, events = driver.play(LOCKSTEP, EPISODE), driver.play(NO_DELAY, EPISODE)
    assert lockstep.actions == events.actions
    assert lockstep == events

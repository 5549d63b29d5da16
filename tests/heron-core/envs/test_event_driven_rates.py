"""Agents with different clocks: who is due when, what becomes of actions, and how rewards add up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pettingzoo.test import parallel_api_test, parallel_seed_test
from tank_world import OPTIONS, STEP_S, Effects, Watcher, on_events, tank_core

from heron.core import ConstantPolicy
from heron.envs import CoreOptions, EventDrivenCore, Execution
from heron.envs.demo import HeatingEnv, heating_core
from heron.errors import ActionError, ConfigError, UnknownNameError
from heron.scheduling import TickConfig, TimingScheme
from heron.testing import check_full_horizon_seed

HOUR_S = 3600.0
TWO_RATES = {"keeper1": TickConfig.deterministic(STEP_S), "keeper2": TickConfig.deterministic(25.0)}
FINE = replace(OPTIONS, plant_step_s=5.0)


def two_keepers(options: CoreOptions = FINE, clocks: dict[str, TickConfig] = TWO_RATES) -> EventDrivenCore:
    core = on_events(tank_core(2, options=options), clocks)
    core.reset(seeds=[0])
    return core


def both(first: float = 0.0, second: float = 0.0) -> dict[str, list[float]]:
    return {"keeper1": [first], "keeper2": [second]}


def timing_of(core: EventDrivenCore, actions: Any) -> Any:
    timing = core.step(actions).timing
    assert timing is not None
    return timing


def test_each_learner_is_due_at_its_own_ticks() -> None:
    core = two_keepers()
    timings = []
    while not core.has_ended:
        timings.append(timing_of(core, both()))
    due_s = {name: [timing.time_s for timing in timings if name in timing.due] for name in core.learners}
    assert due_s["keeper1"] == [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0]
    assert due_s["keeper2"] == [25.0, 50.0, 75.0, 100.0]
    assert [timing.time_s for timing in timings] == sorted({*due_s["keeper1"], *due_s["keeper2"]})


def test_only_actions_of_those_who_were_due_are_used() -> None:
    core = two_keepers()
    effects = Effects(core)
    for number in range(4):  # at 0 both are due, at 10 and 20 s the first, at 25 s the second
        timing = timing_of(core, both(number / 8.0, -number / 8.0))
        expected = [{"keeper1", "keeper2"}, {"keeper1"}, {"keeper1"}, {"keeper2"}][number]
        assert timing.used == expected
    assert [(time_s, whose[:7], 8.0 * (setpoint - 1.0)) for time_s, whose, setpoint in effects.seen] == [
        (0.0, "keeper1", 0.0),
        (0.0, "keeper2", 0.0),
        (10.0, "keeper1", 1.0),
        (20.0, "keeper1", 2.0),
        (25.0, "keeper2", -3.0),
    ]


def test_learners_that_are_not_due_need_not_be_mentioned() -> None:
    core, mentioned = two_keepers(), two_keepers()
    core.step(both(0.5, 0.5))
    mentioned.step(both(0.5, 0.5))
    result, other = core.step({"keeper1": [0.25]}), mentioned.step(both(0.25, -1.0))
    np.testing.assert_array_equal(result.reward, other.reward)
    np.testing.assert_array_equal(core.table.values, mentioned.table.values)


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ({}, "keeper1"),
        ({"keeper1": [np.nan]}, "keeper1"),
        ({"keeper1": [0.0, 0.0]}, "keeper1"),
        ({"keeper1": [0.0], "keeper3": [0.0]}, "keeper3"),
        ({"keeper1": [0.0], "keeper2": [np.inf]}, "keeper2"),
    ],
)
def test_a_bad_action_is_refused_and_nothing_has_changed(actions: dict[str, list[float]], message: str) -> None:
    core, untroubled = two_keepers(), two_keepers()
    core.step(both(0.5, 0.5))
    untroubled.step(both(0.5, 0.5))
    before, n_event = core.table.values.copy(), len(core.scheduler)
    with pytest.raises(ActionError, match=message):
        core.step(actions)
    np.testing.assert_array_equal(core.table.values, before)
    assert (core.scheduler.current_time, len(core.scheduler)) == (10.0, n_event)
    np.testing.assert_array_equal(core.step({"keeper1": [0.1]}).reward, untroubled.step({"keeper1": [0.1]}).reward)


def test_rewards_add_up_until_their_learner_is_due() -> None:
    core = two_keepers()
    rewards, elapsed = [], []
    for _ in range(4):  # to 10, 20, 25 and 30 s, with 2 m/s and 1 m/s that cost 1 for each metre
        result = core.step(both(1.0, 0.0))
        assert result.timing is not None
        rewards.append(result.reward[:, 0].tolist())
        elapsed.append(dict(result.timing.elapsed_s))
    assert rewards == [
        pytest.approx([-20.0, 0.0]),
        pytest.approx([-20.0, 0.0]),
        pytest.approx([0.0, -25.0]),
        pytest.approx([-20.0, 0.0]),
    ]
    assert elapsed == [{"keeper1": 10.0}, {"keeper1": 10.0}, {"keeper2": 25.0}, {"keeper1": 10.0}]


@pytest.mark.parametrize("plant_step_s", [1800.0, 600.0])
def test_the_sum_of_all_rewards_is_that_of_lockstep(plant_step_s: float) -> None:
    options = CoreOptions(step_s=HOUR_S, plant_step_s=plant_step_s, max_steps=12, penalty=2.0)
    lockstep = heating_core(options=options)
    events = on_events(
        heating_core(options=options),
        {"house1": TickConfig.deterministic(1800.0), "house2": TickConfig.deterministic(2.5 * HOUR_S)},
    )
    always = {"house1": [0.2, -0.3], "house2": [0.6, 0.1]}
    sums = np.zeros((2, 3, 2))
    for mode, core in enumerate((lockstep, events)):
        core.reset(seeds=[6])
        ended = False
        while not ended:
            result = core.step(always)
            sums[mode] += np.stack([result.reward, result.cost, result.safety])[:, :, 0]
            ended = bool(result.truncated[0])
    np.testing.assert_allclose(sums[0], sums[1], rtol=1e-12)


def test_a_reward_is_discounted_by_the_time_that_has_passed() -> None:
    core = two_keepers(
        replace(FINE, reward_discount=0.9),
        {"keeper1": TickConfig.deterministic(20.0), "keeper2": TickConfig.deterministic(5.0)},
    )
    while True:
        result = core.step(both(0.0, 0.0))
        assert result.timing is not None
        # 1 m/s costs 5 in each 5 s; 0.9 for each 10 s
        assert result.reward[1, 0] == pytest.approx(-5.0, rel=1e-12)
        if "keeper1" in result.timing.due:
            break
    expected = -5.0 * (1.0 + 0.9**0.5 + 0.9 + 0.9**1.5)
    assert result.reward[0, 0] == pytest.approx(expected, rel=1e-12)
    assert result.cost[0, 0] == pytest.approx(20.0, rel=1e-12), "costs are not discounted"


def test_safety_is_its_mean_over_the_steps_it_covers() -> None:
    core = two_keepers(replace(FINE, penalty=3.0), {"keeper1": TickConfig.deterministic(20.0)})
    result = core.step(both(0.0, 0.0))  # to 10 s, with keeper2 only
    while result.timing is not None and "keeper1" not in result.timing.due:
        result = core.step(both(0.0, 0.0))
    # levels 5, 10, 15 and 20 m after each half step: (5 + 10 + 15 + 20) / 2 = 25 metre-steps
    assert result.safety[0, 0] == pytest.approx(25.0, rel=1e-12)
    assert result.reward[0, 0] == pytest.approx(-20.0 - 3.0 * 25.0, rel=1e-12)


def test_who_is_not_due_gets_what_it_saw_last() -> None:
    core = two_keepers()
    shown = []
    for _ in range(5):  # to 10, 20, 25, 30, 40 s
        shown.append(core.step(both()).observations["keeper2"][0, 0])
    assert shown == pytest.approx([0.0, 0.0, 0.25, 0.25, 0.25])


def test_observations_of_earlier_steps_do_not_change_later() -> None:
    core = two_keepers()
    kept = core.step(both()).observations["keeper1"]
    before = kept.copy()
    core.step(both())
    np.testing.assert_array_equal(kept, before)


def test_at_the_end_everyone_is_due() -> None:
    core = two_keepers(clocks={"keeper1": TickConfig.deterministic(7.0), "keeper2": TickConfig.deterministic(33.0)})
    elapsed_s = {"keeper1": 0.0, "keeper2": 0.0}
    while not core.has_ended:
        result = core.step(both())
        assert result.timing is not None
        for name, span_s in result.timing.elapsed_s.items():
            elapsed_s[name] += span_s
    assert result.timing.due == {"keeper1", "keeper2"}
    assert result.timing.time_s == 100.0
    # not a second of reward is lost, although neither 7 nor 33 divides 100
    assert elapsed_s == pytest.approx({"keeper1": 100.0, "keeper2": 100.0})
    with pytest.raises(ConfigError, match="The episode has ended"):
        core.step(both())


def test_an_agent_whose_clock_is_slower_than_the_episode_acts_once() -> None:
    core = two_keepers(clocks={"keeper2": TickConfig.deterministic(1000.0)})
    used = []
    while not core.has_ended:
        used.append("keeper2" in timing_of(core, both()).used)
    assert used == [True] + [False] * 9


def test_an_agents_own_clock_comes_before_the_schemes() -> None:
    core = tank_core(2, options=FINE)
    core.agents["keeper2"].tick_config = TickConfig.deterministic(50.0)
    events = EventDrivenCore.of(core, Execution(timing=TimingScheme(coordinator=TickConfig.deterministic(20.0))))
    events.reset(seeds=[0])
    times_s = []
    while not events.has_ended:
        timing = timing_of(events, both())
        times_s.append((timing.time_s, "keeper2" in timing.due))
    assert times_s == [(20.0, False), (40.0, False), (50.0, True), (60.0, False), (80.0, False), (100.0, True)]


def test_a_clock_that_is_none_is_refused_by_name() -> None:
    core = tank_core()
    core.agents["keeper1"].tick_config = 60.0
    with pytest.raises(ConfigError, match="Agent 'keeper1' has the tick_config 60.0. Give TickConfig.deterministic"):
        EventDrivenCore.of(core)


def test_with_jitter_ticks_come_about_as_often_and_never_all_together() -> None:
    clocks = {name: TickConfig.with_jitter(STEP_S, jitter_ratio=0.2) for name in ("keeper1", "keeper2")}
    core = two_keepers(replace(OPTIONS, max_steps=1000, plant_step_s=STEP_S), clocks)
    due_s: dict[str, list[float]] = {"keeper1": [], "keeper2": []}
    while not core.has_ended:
        timing = timing_of(core, both())
        for name in timing.due:
            due_s[name].append(timing.time_s)
    for times_s in due_s.values():
        gaps_s = np.diff(times_s[:-1])
        # mean of 1,000 gaps of 10 ± 2 s: standard error 0.063 s; deviation's standard error 0.045 s
        assert gaps_s.mean() == pytest.approx(10.0, abs=0.32)
        assert gaps_s.std() == pytest.approx(2.0, abs=0.23)
    assert len(set(due_s["keeper1"][:-1]) & set(due_s["keeper2"][:-1])) == 0


def test_a_policy_that_comes_in_the_middle_gets_ticks() -> None:
    core = on_events(tank_core(2, learners=["keeper1"]))
    core.reset(seeds=[0])
    core.step({"keeper1": [0.0]})
    core.step({"keeper1": [0.0]})
    effects = Effects(core)
    core.agents["keeper2"].policy = ConstantPolicy([1.0])
    core.step({"keeper1": [0.0]})
    core.step({"keeper1": [0.0]})
    assert effects.times_s("keeper2.tank1") == [20.0, 30.0]


def test_a_policy_that_takes_the_place_of_another_acts_from_the_next_tick() -> None:
    core = on_events(tank_core(learners=[]), {"keeper1": TickConfig.deterministic(STEP_S)})
    core.agents["keeper1"].policy = ConstantPolicy([0.0])
    effects = Effects(core)
    core.reset(seeds=[0])
    core.run(15.0)
    core.agents["keeper1"].policy = ConstantPolicy([1.0])
    core.run(25.0)
    assert [(time_s, setpoint) for time_s, _, setpoint in effects.seen] == [(0.0, 1.0), (10.0, 1.0), (20.0, 2.0)]


def test_a_device_with_a_policy_of_its_own_acts_at_its_own_ticks() -> None:
    core = on_events(tank_core(learners=[]), {"keeper1.tank1": TickConfig.deterministic(7.0)})
    watcher = core.agents["keeper1.tank1"].policy = Watcher()
    core.reset(seeds=[0])
    core.run(30.0)
    # snapshots are taken every 10 s
    assert watcher.seen == [(0.0, 0.0), (0.0, 0.0), (10.0, 10.0), (20.0, 20.0), (20.0, 20.0)]


def heating_on_events(**options: Any) -> HeatingEnv:
    env = HeatingEnv(options=CoreOptions(step_s=HOUR_S, plant_step_s=900.0, max_steps=24), **options)
    clocks = {
        "house1": TickConfig.with_jitter(HOUR_S, 900.0, 60.0, 30.0, jitter_ratio=0.3),
        "house2": TickConfig.deterministic(2.5 * HOUR_S, act_delay=600.0),
    }
    env.setup_event_driven(Execution(timing=TimingScheme(agents=clocks, loss=0.1)))
    return env


def test_pettingzoos_own_tests_pass_with_several_clocks(capsys: pytest.CaptureFixture[str]) -> None:
    parallel_api_test(heating_on_events(), num_cycles=200)
    parallel_seed_test(heating_on_events)
    check_full_horizon_seed(heating_on_events)


def test_a_pettingzoo_agent_that_is_not_due_stays_and_is_told_so() -> None:
    env = HeatingEnv(options=CoreOptions(step_s=HOUR_S, max_steps=6))
    clocks = {"house2": TickConfig.deterministic(2.0 * HOUR_S)}
    env.setup_event_driven(Execution(timing=TimingScheme(agents=clocks)))
    before, _ = env.reset(seed=0)
    rows = []
    while env.agents:
        seen, rewards, _, _, infos = env.step({agent: np.zeros(2) for agent in env.agents})
        info = infos["house2"]
        assert set(seen) == set(rewards) == {"house1", "house2"}
        rows.append((info["due"], info["action_used"], info["elapsed_s"], rewards["house2"] == 0.0, info["available"]))
        if not info["due"]:
            np.testing.assert_array_equal(seen["house2"], before["house2"])
        before = seen
    waits, acts = (False, True, 0.0, True, True), (True, False, 7200.0, False, True)
    assert rows == [waits, acts, waits, acts, waits, acts]


def test_running_on_events_leaves_lockstep_alone() -> None:
    env = HeatingEnv()
    _, infos = env.reset(seed=0)
    _, _, _, _, infos = env.step({agent: np.zeros(2) for agent in env.agents})
    assert "due" not in infos["house1"]


@pytest.mark.parametrize(
    "use",
    [
        lambda env: env.scheduler,
        lambda env: env.run_event_driven(10.0),
        lambda env: env.setup_default_handlers(None, None),
    ],
)
def test_lockstep_has_no_events(use: Callable[[HeatingEnv], Any]) -> None:
    with pytest.raises(ConfigError, match=r"runs in lockstep\. Call setup_event_driven\(\) first"):
        use(HeatingEnv())


def test_a_driver_asks_both_modes_the_same_way_who_is_due_and_what_it_saw() -> None:
    late = TickConfig.with_jitter(7200.0, obs_delay=3600.0, jitter_ratio=0.5)
    events = EventDrivenCore.of(heating_core(1), Execution(timing=TimingScheme(agents={"house2": late})))
    for core in (heating_core(1), events):
        observations = core.reset(seeds=[1])
        for _ in range(6):
            for agent_id in core.due:
                np.testing.assert_array_equal(core.seen(agent_id).values, observations[agent_id])
            assert core.due == ("house1", "house2") or core is events
            before_ns = core.time_ns()
            observations = core.step({agent_id: np.zeros((1, 2)) for agent_id in core.due}).observations
            assert core.time_ns() > before_ns
    with pytest.raises(UnknownNameError, match="'house9' is no learner that has seen anything. Did you mean"):
        events.seen("house9")

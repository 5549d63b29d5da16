"""Lockstep with drawn timing: the numbers of events where both can be compared, at the pace of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tank_world import tank_core

from heron import testing
from heron.envs import (
    CentralControlEnv,
    CoreOptions,
    DelayedCore,
    EventDrivenCore,
    Execution,
    SharedPolicyVectorEnv,
    SynchronousCore,
    VectorEnv,
    timing_ranges,
)
from heron.envs.demo import HeatingEnv, heating_core
from heron.envs.gymnasium_vector import CentralControlVectorEnv
from heron.errors import ConfigError, StateError, UnknownNameError
from heron.protocols import PriceSignalProtocol
from heron.scheduling import TickConfig, TimingRange, TimingScheme
from heron.testing.recording import draw_actions, record, require_same

HOUR_S, QUARTER_S = 3600.0, 900.0
OPTIONS = CoreOptions(step_s=HOUR_S, plant_step_s=QUARTER_S, max_steps=7, penalty=1.0)
WILD: dict[str, Any] = {
    "obs_delay_s": (0.0, 5000.0),
    "act_delay_s": (0.0, 9000.0),
    "loss": (0.0, 0.5),
    "tick_steps": (1, 3),
    "jitter_ratio": 0.4,
}


def delayed(n_env: int = 1, *, options: CoreOptions = OPTIONS, **ranges: Any) -> DelayedCore:
    return DelayedCore.of(heating_core(n_env, options=options), TimingRange(**ranges))


def wild(n_env: int) -> DelayedCore:
    return delayed(n_env, **WILD)


def on_events(clock: TickConfig, *, learners: str = "coordinators") -> EventDrivenCore:
    scheme = TimingScheme(coordinator=clock) if learners == "coordinators" else TimingScheme(field=clock)
    return EventDrivenCore.of(heating_core(1, learners=learners, options=OPTIONS), Execution(timing=scheme))


def same(value: float) -> tuple[float, float]:
    return value, value


@pytest.mark.parametrize("n_env", [1, 7])
@pytest.mark.parametrize(
    ("obs_delay_s", "act_delay_s", "msg_delay_s"),
    [
        (0.0, 0.0, 0.0),
        (900.0, 0.0, 0.0),
        (0.0, 900.0, 0.0),
        (0.0, 3600.0, 0.0),  # as the next decision is taken
        (1800.0, 2700.0, 900.0),
        (4500.0, 5400.0, 1800.0),  # two decisions under way, observations of the step before last
        (100.0, 0.0, 0.0),  # no snapshot is so young: the one of a quarter of an hour ago
    ],
)
def test_constant_delays_give_the_numbers_of_events(
    n_env: int, obs_delay_s: float, act_delay_s: float, msg_delay_s: float
) -> None:
    batch = delayed(n_env, obs_delay_s=same(obs_delay_s), act_delay_s=same(act_delay_s + msg_delay_s))
    actions = draw_actions(batch, OPTIONS.max_steps, seed=3)
    batch.reset(seeds=range(n_env))
    together = record(batch, actions)
    events = on_events(TickConfig.deterministic(HOUR_S, obs_delay_s, act_delay_s, msg_delay_s))
    for env in range(n_env):
        events.reset(seeds=[env])
        alone = record(events, {agent: values[:, env : env + 1] for agent, values in actions.items()})
        require_same(together.of_env(env), alone, f"as number {env} of {n_env} in lockstep and on events")


def test_devices_that_learn_give_the_numbers_of_events() -> None:
    core = heating_core(3, learners="devices", options=OPTIONS)
    batch = DelayedCore.of(core, TimingRange(obs_delay_s=same(900.0), act_delay_s=same(4500.0)))
    actions = draw_actions(batch, OPTIONS.max_steps, seed=4)
    batch.reset(seeds=range(3))
    together = record(batch, actions)
    events = on_events(TickConfig.deterministic(HOUR_S, 900.0, 4500.0), learners="devices")
    for env in range(3):
        events.reset(seeds=[env])
        alone = record(events, {agent: values[:, env : env + 1] for agent, values in actions.items()})
        require_same(together.of_env(env), alone, f"devices as number {env} of 3 in lockstep and on events")


def test_slow_ticks_give_the_numbers_of_events() -> None:
    # decisions at 0, 3 and 6 h of 7: events are stepped three times, and the last step ends with the episode
    batch = delayed(7, obs_delay_s=same(900.0), act_delay_s=same(1800.0), tick_steps=(3, 3))
    actions = draw_actions(batch, OPTIONS.max_steps, seed=5)
    events = on_events(TickConfig.deterministic(3 * HOUR_S, 900.0, 1800.0))
    for env in range(7):
        seen = batch.reset(seeds=range(7))
        first = events.reset(seeds=[env])
        total = {agent: np.zeros(1) for agent in batch.learners}
        due_at = {3: 3, 6: 6, 7: 7}
        for hour in range(1, OPTIONS.max_steps + 1):
            if hour in (1, 4, 7):
                now = {agent: values[hour - 1, env] for agent, values in actions.items()}
                expected = events.step(now)
            before = {agent: values.copy() for agent, values in seen.items()}
            result = batch.step({agent: values[hour - 1] for agent, values in actions.items()})
            seen = result.observations
            assert result.used is not None
            assert result.used.all() == (hour in (1, 4, 7)) == result.used.any()
            for agent in batch.learners:
                total[agent] += result.rewards[agent][env]
                if hour in due_at:
                    np.testing.assert_array_equal(seen[agent][env], expected.observations[agent][0])
                    np.testing.assert_allclose(total[agent], expected.rewards[agent], rtol=1e-12)
                    total[agent][...] = 0.0
                else:
                    np.testing.assert_array_equal(seen[agent], before[agent])
        np.testing.assert_array_equal(batch.table.values[:, env], events.table.values[:, 0])
        assert set(first) == set(seen)


@pytest.mark.parametrize("plant_step_s", [None, QUARTER_S])
def test_ranges_without_width_at_nothing_are_lockstep(plant_step_s: float | None) -> None:
    options = CoreOptions(step_s=HOUR_S, plant_step_s=plant_step_s, max_steps=7)
    lockstep, same_again = heating_core(7, options=options), delayed(7, options=options)
    actions = draw_actions(lockstep, 17, seed=1)
    runs = []
    for core in (lockstep, same_again):
        core.reset(seeds=range(7))
        runs.append(record(core, actions))
    require_same(*runs, "in lockstep and with ranges that hold nothing else")


def test_the_contract_holds() -> None:
    testing.check_batch_equals_single(wild, sizes=(2, 7, 64))
    testing.check_deterministic(wild)
    testing.check_restore_equals_never_stopped(wild)
    testing.check_reset_restores_everything(wild)
    testing.check_observations_in_box(wild)
    testing.check_bad_actions_are_refused(wild)


def drawn(n_env: int, **ranges: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Age of observations and delay of actions at the first step, in quarters of an hour."""
    core = delayed(n_env, **ranges)
    core.reset(seeds=range(n_env))
    return core._drawn.ages(core.steps), core._drawn.ways(core.steps)


def test_every_environment_and_learner_draws_its_own_delay() -> None:
    # uniform over 0 … 20 quarters, 400 draws for each learner: the mean is 10 ± 0.29
    ages, ways = drawn(400, obs_delay_s=(0.0, 20 * QUARTER_S), act_delay_s=(0.0, 20 * QUARTER_S))
    for intervals in (ages, ways):
        assert intervals.min() <= 1
        assert intervals.max() == 20
        np.testing.assert_allclose(intervals.mean(axis=1), 10.0, atol=1.2)
        assert abs(np.corrcoef(intervals)[0, 1]) < 0.2
    assert abs(np.corrcoef(ages[0], ways[0])[0, 1]) < 0.2


def test_what_is_drawn_for_one_purpose_does_not_depend_on_another() -> None:
    ages, ways = drawn(20, **WILD)
    fewer = {**WILD, "loss": (0.0, 0.0), "act_delay_s": (0.0, 0.0)}
    np.testing.assert_array_equal(drawn(20, **fewer)[0], ages)
    np.testing.assert_array_equal(drawn(20, **{**WILD, "obs_delay_s": (0.0, 0.0)})[1], ways)


def test_a_new_episode_has_a_new_timing_and_the_same_seed_the_same() -> None:
    core = wild(30)

    def ages() -> np.ndarray[Any, Any]:
        return np.array(core._drawn.ages(core.steps))

    core.reset(seeds=range(30))
    first = ages()
    core.reset()
    assert not np.array_equal(ages(), first)
    core.reset(seeds=range(30))
    np.testing.assert_array_equal(ages(), first)


def test_a_delay_without_jitter_is_the_same_at_every_step() -> None:
    core = delayed(40, obs_delay_s=(0.0, 9000.0))
    core.reset(seeds=range(40))
    first = core._drawn.ages(core.steps)
    for step in range(1, 8):
        np.testing.assert_array_equal(core._drawn.ages(np.full(40, step)), first)


def test_an_action_takes_effect_in_the_nearest_plant_interval() -> None:
    assert [int(drawn(1, act_delay_s=same(delay_s))[1][0, 0]) for delay_s in (449.0, 450.0, 900.0)] == [0, 1, 1]


def test_setpoints_hold_until_the_action_arrives() -> None:
    core = delayed(1, act_delay_s=same(1800.0))
    core.reset(seeds=[0])
    full = {agent: np.ones((1, 2)) for agent in core.learners}
    # full heat in two rooms for the second half of the hour, at a tariff of 1 USD/h in the first hour of the day
    costs = core.step(full).costs["house1"][0], core.step(full).costs["house1"][0]
    assert costs[0] * 2.0 == costs[1]


def test_of_what_is_told_the_stated_share_is_lost() -> None:
    # 3 of 10 devices that are told at each of 1,400 · 7 · 4 occasions: 0.3 ± 0.0023
    core = delayed(1400, loss=same(0.3))
    core.reset(seeds=range(1400))
    arrived = [core._drawn.arrives(np.full(1400, step)).mean() for step in range(7)]
    assert abs(np.mean(arrived) - 0.7) < 0.01
    result = core.step({agent: np.zeros((1400, 2)) for agent in core.learners})
    assert result.used is not None
    # a house is heard in full where both rooms are: 0.7² = 0.49 ± 0.013
    np.testing.assert_allclose(result.used.mean(axis=1), 0.49, atol=0.06)


def test_where_everything_is_lost_nothing_changes() -> None:
    core = delayed(3, loss=same(1.0))
    core.reset(seeds=range(3))
    rows = core.control.routed.rows
    before = core.table.values[rows].copy()
    result = core.step({agent: np.ones((3, 2)) for agent in core.learners})
    np.testing.assert_array_equal(core.table.values[rows], before)
    assert result.used is not None
    assert not result.used.any()


def test_a_later_action_never_takes_effect_before_an_earlier_one() -> None:
    core = delayed(200, act_delay_s=(0.0, 20_000.0), jitter_ratio=1.0)
    core.reset(seeds=range(200))
    latched = []
    for step in range(7):
        asked = -1.0 + step / 6.0
        core.step({agent: np.full((200, 2), asked) for agent in core.learners})
        latched.append(core.table.values[core.control.routed.rows].copy())
    assert (np.diff(latched, axis=0) >= 0.0).all()
    assert (np.diff(latched, axis=0) > 0.0).any()


def test_the_state_for_a_critic_is_the_present_one() -> None:
    late, present = delayed(2, obs_delay_s=same(7200.0)), heating_core(2, options=OPTIONS)
    late.reset(seeds=[0, 1])
    present.reset(seeds=[0, 1])
    actions = {agent: np.ones((2, 2)) for agent in late.learners}
    assert not np.array_equal(late.step(actions).observations.stacked, present.step(actions).observations.stacked)
    np.testing.assert_array_equal(late.state(), present.state())


def test_an_observation_says_from_when_it_is() -> None:
    core = delayed(1, obs_delay_s=same(2700.0))
    core.reset(seeds=[0])
    assert core.observe("house1").time_s[0] == 0.0
    result = core.step({agent: np.zeros((1, 2)) for agent in core.learners})
    observation = core.observe("house1")
    assert observation.time_s[0] == 900.0
    np.testing.assert_array_equal(observation.values, result.observations["house1"])


def test_arrays_say_whose_action_was_used() -> None:
    core = delayed(5, tick_steps=(2, 2))
    vector = VectorEnv(core, stacked=True)
    vector.reset(seed=0)
    actions = np.zeros((5, 2, 2))
    used = [vector.step(actions)[4]["action_used"] for _ in range(4)]
    assert [bool(one.all()) for one in used] == [True, False, True, False]
    assert used[0].shape == (5, 2)
    plain = VectorEnv(heating_core(5, options=OPTIONS))
    plain.reset(seed=0)
    assert "action_used" not in plain.step(dict.fromkeys(plain.possible_agents, actions[:, 0]))[4]


def test_pettingzoo_says_whose_action_was_used() -> None:
    env = HeatingEnv(options=OPTIONS)
    assert env.core is not None
    env.core = DelayedCore.of(env.core, {"house2": TimingRange(tick_steps=(2, 2))})
    env.reset(seed=0)
    said = [env.step(dict.fromkeys(env.agents, np.zeros(2)))[4] for _ in range(3)]
    assert [(infos["house1"]["action_used"], infos["house2"]["action_used"]) for infos in said] == [
        (True, True),
        (True, False),
        (True, True),
    ]


@pytest.mark.parametrize(("face", "number"), [(CentralControlVectorEnv, 2), (SharedPolicyVectorEnv, 1)])
def test_gymnasiums_faces_count_actions_used(face: Any, number: int) -> None:
    env = face(VectorEnv(delayed(3, tick_steps=(2, 2))))
    env.reset(seed=0)
    actions = np.zeros(env.action_space.shape)
    assert (env.step(actions)[4]["action_used"] == number).all()
    assert (env.step(actions)[4]["action_used"] == 0).all()


def test_arrays_restore_what_was_shown() -> None:
    vector = VectorEnv(wild(4))
    vector.reset(seed=0)
    shown = vector.step({agent: np.zeros((4, 2)) for agent in vector.possible_agents})[0]
    other = VectorEnv(wild(4))
    restored = other.restore_state(vector.save_state())
    for agent in vector.possible_agents:
        np.testing.assert_array_equal(restored[agent], shown[agent])


def test_arrays_refuse_a_core_on_events() -> None:
    with pytest.raises(ConfigError, match=r"runs on events.*DelayedCore"):
        VectorEnv(on_events(TickConfig.deterministic(HOUR_S)))


def test_gymnasiums_face_of_one_environment_refuses_a_core_on_events() -> None:
    env = HeatingEnv(options=OPTIONS)
    env.setup_event_driven()
    with pytest.raises(ConfigError, match="every agent has instants of its own"):
        CentralControlEnv(env).reset(seed=0)


def test_a_learner_that_announces_a_price_is_refused() -> None:
    core = heating_core(1, protocol=lambda: PriceSignalProtocol(0.0, 4.0), options=OPTIONS)
    with pytest.raises(ConfigError, match="What 'house1' decides is no fixed map to setpoints"):
        DelayedCore.of(core, TimingRange())


def test_a_core_on_events_is_refused() -> None:
    with pytest.raises(ConfigError, match="not for a EventDrivenCore"):
        DelayedCore.of(on_events(TickConfig.deterministic(HOUR_S)), TimingRange())


def test_a_range_for_nobody_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match=r"'hous1', who does not learn.*'house1'"):
        DelayedCore.of(heating_core(1, options=OPTIONS), {"hous1": TimingRange()})


def test_a_state_of_other_ranges_or_of_lockstep_is_refused() -> None:
    core = wild(2)
    with pytest.raises(StateError, match="without drawn timing"):
        core.restore_state(heating_core(2, options=OPTIONS).save_state())
    for other in ({"obs_delay_s": (0.0, 50_000.0)}, {"act_delay_s": (0.0, 50_000.0)}, {"loss": (0.0, 0.0)}):
        with pytest.raises(StateError, match="drawn from other ranges"):
            core.restore_state(delayed(2, **{**WILD, **other}).save_state())


def test_ranges_lie_around_a_scheme() -> None:
    scheme = TimingScheme(
        coordinator=TickConfig.with_jitter(7200.0, 30.0, 20.0, 10.0, jitter_ratio=0.3),
        field=TickConfig.deterministic(5.0, act_delay=1.0),
        loss=0.5,
    )
    core = heating_core(1, options=OPTIONS)
    core.agents["house2"].tick_config = TickConfig(tick_interval=HOUR_S, on_message=True)
    ranges = timing_ranges(core, scheme, factor=1.5)
    # 20 + 10 and, at the device, a tick of 5 and 1: 36 s, times 1.5; decisions every other hour at most
    assert ranges["house1"] == TimingRange(
        obs_delay_s=(0.0, 45.0), act_delay_s=(0.0, 54.0), loss=(0.0, 0.75), tick_steps=(1, 2), jitter_ratio=0.3
    )
    assert ranges["house2"].act_delay_s == (0.0, 9.0)
    assert ranges["house2"].obs_delay_s == (0.0, 0.0)


def test_a_device_that_learns_itself_needs_no_message() -> None:
    scheme = TimingScheme(field=TickConfig.deterministic(HOUR_S, 5.0, 2.0, 9.0), loss=0.2)
    core = heating_core(1, learners="devices", options=OPTIONS)
    (found, *_others) = timing_ranges(core, scheme, factor=1.0).values()
    assert found == TimingRange(obs_delay_s=(0.0, 5.0), act_delay_s=(0.0, 2.0))


def test_drawn_timing_runs_on_hand_computed_tanks() -> None:
    # 2 m/s from 5 s on, in plant steps of 5 s: 10 m after the first step of 10 s, 30 m after the second
    core = tank_core(options=CoreOptions(step_s=10.0, plant_step_s=5.0, max_steps=10, penalty=0.0))
    assert isinstance(core, SynchronousCore)
    late = DelayedCore.of(core, TimingRange(act_delay_s=same(5.0), obs_delay_s=same(5.0)))
    late.reset(seeds=[0])
    levels = []
    for _ in range(2):
        late.step({"keeper1": [1.0]})
        levels.append((late.table["keeper1.tank1.water.level_m"][0], late.observe("keeper1")["level_m"][0]))
    assert levels == [(10.0, 0.0), (30.0, 20.0)]

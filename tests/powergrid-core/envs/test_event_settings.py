"""Event-driven execution from a configuration."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from heron.envs import EventDrivenCore, SynchronousCore
from heron.errors import ConfigError, UnknownNameError
from heron.scheduling import JitterType
from heron.testing.recording import draw_actions, record, require_same

SCADA = {"scheme": "scada"}


@pytest.fixture
def make(pair_env, world):
    devices = [
        world.device("Engine", "e1", p_max_mw=0.5, q_max_mvar=0.2, fuel_usd_per_mwh=30.0),
        world.device("Cell", "b1", capacity_mwh=1.0, p_max_mw=0.4, soc_alarm=0.8),
    ]

    def build(**config: Any):
        return pair_env(devices, {"max_episode_steps": 5, **config}, load_mw=1.0)

    return build


@pytest.mark.parametrize("plant_step_s", [None, 600.0])
@pytest.mark.parametrize("asked", [{"event_driven": True}, {"centralized": False}])
def test_events_without_delays_give_the_numbers_of_lockstep(make, asked, plant_step_s) -> None:
    lockstep = make(plant_step_s=plant_step_s).core
    on_events = make(plant_step_s=plant_step_s, **asked).core
    assert isinstance(lockstep, SynchronousCore)
    assert isinstance(on_events, EventDrivenCore)
    actions = draw_actions(lockstep, 8, seed=1)
    runs = []
    for core in (lockstep, on_events):
        core.reset(seeds=[3])
        runs.append(record(core, actions))
    require_same(runs[0], runs[1], "lockstep and events")


def test_clocks_of_a_level_reach_its_agents(make) -> None:
    clock = {"tick_interval_s": 60.0, "obs_delay_s": 2.0, "jitter_type": "lognormal", "jitter_ratio": 0.2}
    env = make(event_driven=True, timing={"coordinator": clock, "field": {"act_delay_s": 1.0}})
    env.reset(seed=0)
    (coordinator,) = env.possible_agents
    ticks = env.core.loop.ticks
    assert (ticks[coordinator].tick_interval, ticks[coordinator].obs_delay) == (60.0, 2.0)
    assert (ticks[coordinator].jitter_type, ticks[coordinator].jitter_ratio) == (JitterType.LOGNORMAL, 0.2)
    assert not ticks[coordinator].on_message
    # a level without an interval of its own decides at every control step, and at once when told
    field = ticks[f"{coordinator}.e1"]
    assert (field.tick_interval, field.act_delay, field.on_message) == (3600.0, 1.0, True)


def test_a_scheme_by_name_takes_the_place_of_clocks(make) -> None:
    env = make(event_driven=True, centralized=False, timing=SCADA)
    env.reset(seed=0)
    (coordinator,) = env.possible_agents
    assert env.core.loop.ticks[coordinator].msg_delay == 0.5
    assert env.core.mail.broker is not None


def test_one_jitter_for_all(make) -> None:
    env = make(event_driven=True, timing_jitter=0.3)
    env.reset(seed=0)
    assert {clock.jitter_ratio for clock in env.core.loop.ticks.values()} == {0.3}


def test_timing_in_lockstep_changes_nothing(make) -> None:
    plain, timed = make().core, make(timing=SCADA).core
    assert isinstance(timed, SynchronousCore)
    actions = draw_actions(plain, 4, seed=1)
    runs = []
    for core in (plain, timed):
        core.reset(seeds=[3])
        runs.append(record(core, actions))
    require_same(runs[0], runs[1], "with and without timing")


def test_a_delayed_command_acts_from_its_instant_on(make) -> None:
    env = make(event_driven=True, centralized=False, timing={"coordinator": {"msg_delay_s": 900.0}}, start=0)
    env.reset(seed=0)
    (coordinator,) = env.possible_agents
    # engine 0 to 0.5 MW: full power from a quarter of the hour on, at 30 USD/MWh
    _, _, _, _, infos = env.step({coordinator: np.array([1.0, 0.0, 0.0])[: env.action_space(coordinator).shape[0]]})
    assert env.plant.fleet.power_mw()[0, 0] == pytest.approx(0.5)
    assert infos[coordinator]["due"]
    assert env.scheduler.current_time == 3600.0
    device = env.get_heron_agent(f"{coordinator}.e1")
    assert env.core.clock.reached_ns == 3600 * 10**9
    # the device's account is that of its last interval, three quarters of an hour: 0.5 MW · 0.75 h · 30 USD/MWh
    assert device.cost == pytest.approx(0.5 * 0.75 * 30.0 - 0.5 * 0.75 * env.plant.table["price_usd_per_mwh"][0])


def test_message_delays_need_a_broker(make) -> None:
    with pytest.raises(ConfigError, match="message delays or losses, but agents talk in memory.*centralized: false"):
        make(event_driven=True, timing=SCADA)


def test_unknown_schemes_and_brokers_are_named(make) -> None:
    with pytest.raises(UnknownNameError, match="no timing scheme 'skada'.*Did you mean 'scada'"):
        make(event_driven=True, timing={"scheme": "skada"})
    with pytest.raises(UnknownNameError, match="in_memori"):
        make(message_broker="in_memori")


def test_a_scheme_beside_clocks_is_refused(make) -> None:
    with pytest.raises(ConfigError, match=r"timing\.scheme: is given beside clocks"):
        make(timing={"scheme": "scada", "field": {}})


def test_a_configured_trip_takes_the_device_out_and_gives_it_back(make) -> None:
    trip = {"kind": "device_trip", "targets": ["MG1.e1"], "at_s": 3600.0, "duration_s": 3600.0}
    env = make(event_driven=True, disturbances=[trip], learners="devices", start=0)
    env.reset(seed=0)
    available, power_mw = [], []
    for _ in range(3):
        actions = {agent: np.ones(env.action_space(agent).shape) for agent in env.agents}
        *_, infos = env.step(actions)
        available.append(infos["MG1.e1"]["available"])
        power_mw.append(env.plant.fleet.power_mw()[0, 0])
        assert infos["MG1.b1"]["available"]
        assert "MG1.e1" in env.agents
    # out from 1 h to 2 h; at 1 h it has just failed, and at 2 h it works again
    assert power_mw == pytest.approx([0.5, 0.0, 0.5])
    assert available == [False, True, True]


def test_random_disturbances_follow_the_seed(make) -> None:
    trips = {"kind": "device_trip", "targets": ["MG1.e1"], "rate_per_h": 1.0, "duration_s": 1800.0}
    env = make(event_driven=True, disturbances=[trips], max_episode_steps=24)

    def energy_mwh(seed: int) -> float:
        env.reset(seed=seed)
        (agent,) = env.agents
        total = 0.0
        while env.agents:
            env.step({agent: np.ones(env.action_space(agent).shape)})
            total += env.plant.fleet.power_mw()[0, 0]
        return total

    assert energy_mwh(1) == energy_mwh(1)
    assert energy_mwh(1) != energy_mwh(2)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"kind": "device_tripp", "targets": ["MG1.e1"], "at_s": 0.0}, "device_trip"),
        ({"kind": "device_trip", "targets": ["MG1.e9"], "at_s": 0.0}, "MG1.e9"),
        ({"kind": "device_trip", "targets": ["MG1.e1"]}, r"disturbances\[0\].at_s: is missing, and there is no rate"),
        ({"kind": "device_trip", "targets": [], "at_s": 0.0}, r"disturbances\[0\].targets: must not be empty"),
    ],
)
def test_disturbances_of_what_is_not_there_are_refused(make, entry, message) -> None:
    with pytest.raises((ConfigError, UnknownNameError), match=message):
        make(event_driven=True, disturbances=[entry])


def test_disturbances_need_events(make) -> None:
    trip = {"kind": "device_trip", "targets": ["MG1.e1"], "at_s": 0.0}
    with pytest.raises(ConfigError, match="disturbances: are given, but in lockstep nothing goes wrong"):
        make(disturbances=[trip])


def test_two_sensors_of_one_agent_can_fail_at_once(make) -> None:
    (coordinator,) = make(event_driven=True).possible_agents
    rows = [f"{coordinator}.e1.", f"{coordinator}.b1."]
    seen = [next(name for name in make().core.observer.names(coordinator) if name.startswith(start)) for start in rows]
    faults = [
        {"kind": "sensor_bias", "targets": [coordinator], "at_s": 0.0, "parameters": {"row": row, "added": 0.5}}
        for row in seen
    ]
    env = make(event_driven=True, disturbances=faults)
    env.reset(seed=0)
    env.step(dict.fromkeys(env.agents, np.zeros(env.action_space(coordinator).shape)))
    read = env.core.observe(coordinator)
    assert [float(read[row][0] - env.core.table[row][0]) for row in seen] == pytest.approx([0.5, 0.5], abs=1e-12)


@pytest.mark.parametrize("asked", [{"event_driven": True}, {"centralized": False}])
def test_a_batch_does_not_run_on_events(world, pair_env, asked) -> None:
    devices = [world.device("Engine", "e1", p_max_mw=0.5)]
    with pytest.raises(ConfigError, match="'event_driven: true' and 'centralized: false'.*not for 4.*Leave both out"):
        pair_env(devices, asked, n_env=4)


def test_a_reward_that_adds_up_is_discounted_by_the_time_it_took(make) -> None:
    rewards = []
    for discount in (1.0, 0.5):
        env = make(plant_step_s=1800.0, reward_discount=discount, start=0)
        env.reset(seed=0)
        _, reward, _, _, _ = env.step({agent: np.zeros(env.action_space(agent).shape) for agent in env.agents})
        rewards.append(sum(reward.values()))
    # two equal halves of an hour, the second begun half a step later: 1/2 + 1/2 · 0.5^(1/2)
    assert rewards[1] == pytest.approx(rewards[0] * 0.5 * (1.0 + 0.5**0.5), rel=1e-9)


def test_the_share_of_messages_that_is_lost_is_the_one_configured(make) -> None:
    lost = []
    for share in (0.0, 1.0):
        env = make(event_driven=True, centralized=False, timing={"loss": share}, start=0)
        env.reset(seed=0)
        env.step({agent: np.ones(env.action_space(agent).shape) for agent in env.agents})
        lost.append((env.core.mail.broker.counters["default"].lost, env.plant.fleet.power_mw()[0, 0]))
    # nothing lost: the engine gives what it was told; everything lost: it goes on doing nothing
    assert lost == [(0, pytest.approx(0.5)), (2, pytest.approx(0.0))]


def test_the_broker_that_is_named_carries_the_messages(make) -> None:
    from heron.messaging import InMemoryBroker, MessageBroker
    from heron.messaging.hooks import hookimpl
    from heron.messaging.registry import plugin_host

    class Counting(InMemoryBroker):
        """One that somebody else ships."""

    class Plugin:
        @hookimpl
        def heron_register_brokers(self) -> dict[str, type[MessageBroker]]:
            return {"counting": Counting}

    plugin_host().register(Plugin(), name="counting-test")
    try:
        env = make(centralized=False, message_broker="counting")
    finally:
        plugin_host().unregister("counting-test")
    env.reset(seed=0)
    env.step({agent: np.zeros(env.action_space(agent).shape) for agent in env.agents})
    assert isinstance(env.core.mail.broker, Counting)
    assert env.core.mail.broker.counters["default"].delivered == 2

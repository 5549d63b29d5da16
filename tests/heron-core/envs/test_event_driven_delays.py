"""Delays: an action takes effect, an observation is old and a message arrives exactly when it should."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from tank_world import (
    OPTIONS,
    STEP_S,
    Clockwork,
    Effects,
    Ramp,
    Watcher,
    on_events,
    priced_tank_core,
    tank_core,
)

from heron.envs import CoreOptions, EventDrivenCore
from heron.envs.demo import RoomSpec, heating_core, next_temperature
from heron.messaging import ChannelSpec, InMemoryBroker
from heron.scheduling import TickConfig

LEVEL = "keeper1.tank1.water.level_m"
FULL, OFF = {"keeper1": [1.0]}, {"keeper1": [-1.0]}
AT_ONCE = TickConfig(tick_interval=STEP_S, on_message=True)


def keeper_acting_after(delay_s: float, **options: float) -> EventDrivenCore:
    core = on_events(
        tank_core(options=replace(OPTIONS, **options)), {"keeper1": TickConfig.deterministic(STEP_S, act_delay=delay_s)}
    )
    core.reset(seeds=[0])
    return core


@pytest.mark.parametrize("distributed", [False, True])
@pytest.mark.parametrize("delay_s", [0.0, 2.5, 1e-9, 10.0, 17.25])
@pytest.mark.parametrize("whose", ["keeper1", "keeper1.tank1"])
def test_an_action_takes_effect_exactly_its_delay_later(whose: str, delay_s: float, distributed: bool) -> None:
    clocks = {"keeper1": TickConfig.deterministic(STEP_S), "keeper1.tank1": AT_ONCE}
    clocks[whose] = replace(clocks[whose], act_delay=delay_s)
    core = on_events(tank_core(), clocks, distributed=distributed)
    effects = Effects(core)
    core.reset(seeds=[0])
    for _ in range(OPTIONS.max_steps):
        core.step(FULL)
    issued = [number * STEP_S for number in range(OPTIONS.max_steps)]
    expected = [at_s + delay_s for at_s in issued if at_s + delay_s <= 100.0]
    # one that takes effect at the very end of an episode is in no one's interest any more: the run stops before it
    assert effects.times_s("keeper1.tank1") == [at_s for at_s in expected if at_s < 100.0]


def test_the_plant_has_passed_the_time_until_an_effect_with_what_was_latched_before() -> None:
    core = keeper_acting_after(2.5)
    core.step(FULL)
    # 0 m/s until 2.5 s, then 2 m/s: 2 · 7.5 = 15
    assert core.table[LEVEL][0] == pytest.approx(15.0, abs=1e-12)
    core.step(OFF)
    # 2 m/s until 12.5 s: 15 + 2 · 2.5 = 20
    assert core.table[LEVEL][0] == pytest.approx(20.0, abs=1e-12)
    core.step(OFF)
    assert core.table[LEVEL][0] == pytest.approx(20.0, abs=1e-12)


def test_at_the_instant_of_an_effect_the_plant_stands_there() -> None:
    core = keeper_acting_after(2.5)
    levels: list[float] = []
    core.loop.on_effect = lambda agent_id, setpoint: levels.append(float(core.table[LEVEL][0]))
    core.step(FULL)
    core.step(OFF)
    # at 2.5 s nothing has flowed, at 12.5 s 2 · 10 = 20
    assert levels == pytest.approx([0.0, 20.0], abs=1e-12)


def test_effects_between_plant_steps_and_on_them_give_the_same_sums() -> None:
    coarse, fine = keeper_acting_after(2.5), keeper_acting_after(2.5, plant_step_s=2.5)
    for actions in (FULL, OFF, FULL, FULL):
        one, other = coarse.step(actions), fine.step(actions)
        assert one.cost[0, 0] == pytest.approx(other.cost[0, 0], abs=1e-12)
    # 2 m/s from 2.5 to 12.5 s and from 22.5 to 40 s
    assert coarse.table[LEVEL][0] == pytest.approx(2.0 * (10.0 + 17.5), abs=1e-12)
    assert fine.table[LEVEL][0] == pytest.approx(2.0 * (10.0 + 17.5), abs=1e-12)


def test_a_room_warms_from_the_instant_at_which_its_heater_is_on() -> None:
    hour_s, delay_s = 3600.0, 900.0
    core = on_events(
        heating_core(n_house=1, n_room=1, options=CoreOptions(step_s=hour_s, max_steps=3)),
        {"house1": TickConfig.deterministic(hour_s, act_delay=delay_s)},
    )
    core.reset(seeds=[1])
    before_degc = float(core.table["house1.room1.room_climate.temperature_degc"][0])
    outside_degc = float(core.table["street.series.outside_degc"][0])
    core.step({"house1": [1.0]})
    spec = RoomSpec(loss_per_h=0.15)  # of the first room of house 1
    cold_degc = next_temperature(before_degc, outside_degc, 0.0, spec=spec, step_h=0.25)
    expected_degc = next_temperature(cold_degc, outside_degc, 1.0, spec=spec, step_h=0.75)
    assert core.table["house1.room1.room_climate.temperature_degc"][0] == pytest.approx(expected_degc, abs=1e-12)
    assert core.table["house1.room1.heater_wear.used_h"][0] == pytest.approx(0.75, abs=1e-12)


def test_effects_do_not_overtake_each_other() -> None:
    core = on_events(
        tank_core(learners=["keeper1"]),
        {
            "keeper1": TickConfig.deterministic(1.0),
            "keeper1.tank1": TickConfig(tick_interval=1.0, act_delay=3.0, jitter_ratio=1.0, on_message=True),
        },
    )
    core.agents["keeper1"].policy = Ramp()
    effects = Effects(core)
    core.reset(seeds=[0])
    core.run(90.0)
    times_s, setpoints = [one[0] for one in effects.seen], [one[2] for one in effects.seen]
    assert times_s == sorted(times_s)
    assert setpoints == sorted(setpoints), "a ramp that is overtaken goes down somewhere"
    assert len(set(times_s)) < len(times_s), "with this much jitter some would have overtaken, and come together now"


@pytest.mark.parametrize("delay_s", [0.0, 5.0, 20.0, 35.0])
def test_a_learner_sees_the_world_as_it_was(delay_s: float) -> None:
    core = on_events(
        tank_core(options=replace(OPTIONS, plant_step_s=5.0)),
        {"keeper1": TickConfig.deterministic(STEP_S, obs_delay=delay_s)},
    )
    core.reset(seeds=[0])
    for number in range(1, OPTIONS.max_steps + 1):
        result = core.step({"keeper1": [0.0]})
        # 1 m/s: the level is the time, 100 m are shown as 1
        assert result.observations["keeper1"][0, 0] == pytest.approx(max(0.0, number * STEP_S - delay_s) / 100.0)


def test_between_plant_steps_the_newest_snapshot_that_is_old_enough_is_seen() -> None:
    core = on_events(
        tank_core(options=replace(OPTIONS, plant_step_s=5.0)),
        {"keeper1": TickConfig.deterministic(3.0, obs_delay=4.0)},
    )
    watcher = core.agents["keeper1"].policy = Watcher()
    core.reset(seeds=[0])
    core.run(20.0)
    ticks_s = [3.0 * number for number in range(7)]
    shown_s = [max(0.0, 5.0 * math.floor((tick_s - 4.0) / 5.0)) for tick_s in ticks_s]
    assert watcher.seen == [(at_s, at_s) for at_s in shown_s]


def test_an_old_observation_is_the_snapshot_of_then_bit_for_bit() -> None:
    delay_s, hour_s = 2 * 900.0, 3600.0
    options = CoreOptions(step_s=hour_s, plant_step_s=900.0, max_steps=8)
    fresh = on_events(heating_core(options=options))
    late = on_events(heating_core(options=options), {"house1": TickConfig.deterministic(hour_s, obs_delay=delay_s)})
    snapshots: dict[float, np.ndarray] = {}
    fresh.on_snapshot = lambda: snapshots.update({fresh.scheduler.current_time: fresh.table.values.copy()})
    fresh.reset(seeds=[3])
    late.reset(seeds=[3])
    own = [place for place, row in enumerate(late.observer.rows["house1"]) if ".inbox." in late.table.names[row]]
    rows = np.delete(late.observer.rows["house1"], own)
    for number in range(1, 9):
        action = {"house1": [0.3, -0.4], "house2": [0.1, 0.9]}
        fresh.step(action)
        late.step(action)
        seen = np.delete(late.loop.seen["house1"][0].physical, own, axis=0)
        np.testing.assert_array_equal(seen, snapshots[number * hour_s - delay_s][rows])


def test_what_lies_in_the_inbox_is_seen_at_once_whatever_the_observation_delay() -> None:
    clocks = {"keeper1": TickConfig.deterministic(STEP_S, obs_delay=30.0)}
    core = on_events(tank_core(with_board=True), clocks)
    core.reset(seeds=[0])
    for _ in range(5):
        core.step({"keeper1": [0.0]})
    seen = core.loop.seen["keeper1"][0]
    # the level is that of 20 s, the price that of the board's turn at 40 s
    assert (seen["level_m"][0], seen["price"][0], seen["inbox.age_s"][0]) == (20.0, 40.0, 10.0)


@pytest.mark.parametrize("delay_s", [4.0, 12.5, 1e-9])
def test_a_message_arrives_exactly_its_delay_later_with_its_age(delay_s: float) -> None:
    core = on_events(tank_core(with_board=True), {"board": TickConfig.deterministic(STEP_S, msg_delay=delay_s)})
    core.reset(seeds=[0])
    price, age = core.table["keeper1.inbox.price"], core.table["keeper1.inbox.age_s"]
    for sent_s in (10.0, 20.0, 30.0):
        core.run(round((sent_s + delay_s) * 1e9 - 1) / 1e9)
        before = float(price[0])
        core.run(sent_s + delay_s)
        assert (before, price[0]) == (sent_s - STEP_S, sent_s)
        assert age[0] == pytest.approx(delay_s, abs=1e-12)


def test_the_age_of_a_message_grows_with_time_until_the_next_arrives() -> None:
    core = on_events(tank_core(with_board=True), {"board": TickConfig.deterministic(STEP_S, msg_delay=4.0)})
    core.reset(seeds=[0])
    ages = []
    for _ in range(4):
        core.step({"keeper1": [0.0]})
        ages.append(float(core.loop.seen["keeper1"][0]["inbox.age_s"][0]))
    # at 10 s the message of 0 s is 10 s old, at 20 s that of 10 s, …
    assert ages == [10.0, 10.0, 10.0, 10.0]


def test_delays_of_channel_and_sender_add_up() -> None:
    clock = TickConfig.deterministic(STEP_S, act_delay=1.0, msg_delay=2.0)
    core = on_events(tank_core(with_board=True), {"board": clock}, channel=ChannelSpec(delay_s=3.0))
    core.reset(seeds=[0])
    core.run(15.999)
    assert core.table["keeper1.inbox.price"][0] == 0.0
    core.run(16.0)
    assert core.table["keeper1.inbox.price"][0] == 10.0
    assert core.table["keeper1.inbox.age_s"][0] == pytest.approx(6.0, abs=1e-12)


def test_a_device_that_scans_waits_for_its_own_tick() -> None:
    clocks = {"keeper1": TickConfig.deterministic(STEP_S), "keeper1.tank1": TickConfig.deterministic(4.0)}
    core = on_events(tank_core(), clocks)
    effects = Effects(core)
    core.reset(seeds=[0])
    for actions in (FULL, OFF, FULL):
        core.step(actions)
    core.run(40.0)
    # told at 0, 10 and 20 s; scans at 0, 4, 8, 12, … s, and one that finds nothing new changes nothing
    assert effects.seen == [(0.0, "keeper1.tank1", 2.0), (12.0, "keeper1.tank1", 0.0), (20.0, "keeper1.tank1", 2.0)]


def test_a_device_that_acts_on_messages_does_not_wait() -> None:
    clocks = {
        "keeper1": TickConfig.deterministic(STEP_S, msg_delay=1.5),
        "keeper1.tank1": TickConfig(tick_interval=4.0, on_message=True),
    }
    core = on_events(tank_core(), clocks)
    effects = Effects(core)
    core.reset(seeds=[0])
    for actions in (FULL, OFF):
        core.step(actions)
    assert effects.seen == [(1.5, "keeper1.tank1", 2.0), (11.5, "keeper1.tank1", 0.0)]


def test_a_scan_delayed_by_more_than_a_cycle_takes_the_latest_directive_only() -> None:
    clocks = {"keeper1": TickConfig.deterministic(STEP_S), "keeper1.tank1": TickConfig.deterministic(25.0)}
    core = on_events(tank_core(), clocks)
    effects = Effects(core)
    core.reset(seeds=[0])
    for action in (0.0, 0.5, 1.0, -1.0):
        core.step({"keeper1": [action]})
    # the scan at 25 s finds what was said at 10 and 20 s, and does the latter
    assert effects.seen == [(0.0, "keeper1.tank1", 1.0), (25.0, "keeper1.tank1", 2.0)]


def test_a_tick_and_a_message_at_one_instant_make_one_turn() -> None:
    core = on_events(priced_tank_core(), {"keeper1.tank1": TickConfig(tick_interval=5.0, on_message=True)})
    effects = Effects(core)
    core.reset(seeds=[0])
    core.step({"keeper1": [0.0]})
    core.step({"keeper1": [1.0]})
    # told 0.5 m/s at 0 s and 1 m/s at 10 s, and it responds once more to what it was told at its own ticks between
    inflows = [(time_s, inflow) for time_s, _, inflow in effects.seen]
    assert inflows == [(0.0, 0.5), (5.0, 0.5), (10.0, 1.0), (15.0, 1.0)]


def test_a_channel_loses_what_it_says() -> None:
    broker, loss, n_step = InMemoryBroker(), 0.3, 4000
    core = on_events(
        tank_core(options=replace(OPTIONS, max_steps=n_step)), broker=broker, channel=ChannelSpec(loss=loss)
    )
    effects = Effects(core)
    core.reset(seeds=[0])
    for _ in range(n_step):
        core.step(FULL)
    counted = broker.counters["default"]
    assert counted.sent == n_step
    # binomial: five standard deviations of √(4000 · 0.3 · 0.7) = 29 messages
    assert abs(counted.lost - loss * n_step) < 5.0 * math.sqrt(n_step * loss * (1.0 - loss))
    assert len(effects.seen) == counted.delivered == n_step - counted.lost


def test_a_lost_directive_leaves_the_old_setpoint() -> None:
    broker = InMemoryBroker()
    core = on_events(tank_core(options=replace(OPTIONS, max_steps=40)), broker=broker, channel=ChannelSpec(loss=0.5))
    core.reset(seeds=[0])
    setpoint = core.table.values[core.plant.setpoints["keeper1.tank1"].rows]
    rng = np.random.default_rng(0)
    for _ in range(40):
        lost, action = broker.counters["default"].lost, rng.uniform(-1.0, 1.0)
        core.step({"keeper1": [action]})
        if broker.counters["default"].lost == lost:
            setpoint = np.array([[1.0 + action]])
        np.testing.assert_array_equal(core.table.values[core.plant.setpoints["keeper1.tank1"].rows], setpoint)
    assert 0 < broker.counters["default"].lost < 40


def test_everything_lost_means_nothing_moves() -> None:
    core = on_events(tank_core(), channel=ChannelSpec(loss=1.0))
    core.reset(seeds=[0])
    for _ in range(OPTIONS.max_steps):
        result = core.step(FULL)
    assert core.table[LEVEL][0] == 0.0
    assert result.truncated[0]


def test_losses_do_not_move_delays_and_jitter() -> None:
    def effects_of(loss: float) -> list[float]:
        clock = TickConfig(tick_interval=STEP_S, msg_delay=2.0, jitter_ratio=0.5)
        core = on_events(tank_core(), {"keeper1": clock}, distributed=True, channel=ChannelSpec(loss=loss))
        effects = Effects(core)
        core.reset(seeds=[4])
        while not core.has_ended:
            core.step(FULL)
        return effects.times_s("keeper1.tank1")

    everything, some = effects_of(0.0), effects_of(0.5)
    assert 0 < len(some) < len(everything)
    assert set(some) < set(everything)


def test_the_board_sees_its_own_delay_and_not_the_keepers() -> None:
    core = on_events(
        tank_core(with_board=True),
        {
            "board": TickConfig.deterministic(STEP_S, obs_delay=20.0),
            "keeper1": TickConfig.deterministic(STEP_S, obs_delay=50.0),
        },
    )
    board = core.agents["board"].policy
    assert isinstance(board, Clockwork)
    core.reset(seeds=[0])
    core.run(50.0)
    assert board.seen_s == [0.0, 0.0, 0.0, 10.0, 20.0, 30.0]

"""Disturbances and conditions in event-driven runs of the demo world."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heron.envs import CoreOptions, EventDrivenCore, Execution
from heron.envs.demo import heating_core
from heron.errors import ConfigError, UnknownNameError
from heron.messaging import ChannelSpec
from heron.scheduling import (
    Condition,
    Disturbance,
    DisturbanceSchedule,
    EventLog,
    PoissonDisturbance,
    TickConfig,
    TimingScheme,
    read_log,
)
from heron.testing.recording import draw_actions, record, require_same

TEMPERATURE = "house1.room1.room_climate.temperature_degc"


def build(*disturbances: Disturbance, random: Sequence[PoissonDisturbance] = (), **execution: Any) -> EventDrivenCore:
    options = CoreOptions(step_s=3600.0, max_steps=24, penalty=1.0)
    schedule = DisturbanceSchedule(disturbances, random)
    return EventDrivenCore.of(heating_core(1, options=options), Execution(disturbances=schedule, **execution))


def heat(core: EventDrivenCore, value: float = 1.0) -> dict[str, np.ndarray]:
    return {agent: np.full((1, 2), value) for agent in core.learners}


def sensor(kind: str, **parameters: float | str) -> Disturbance:
    return Disturbance(
        name="fault",
        kind=kind,
        target="house1",
        at_s=7200.0,
        duration_s=7200.0,
        parameters={"row": TEMPERATURE, **parameters},
    )


def read(core: EventDrivenCore, agent_id: str, name: str = TEMPERATURE) -> float:
    return float(core.observe(agent_id)[name][0])


def test_a_biased_sensor_is_off_for_its_reader_only_and_for_as_long_as_it_lasts() -> None:
    core = build(sensor("sensor_bias", added=5.0))
    core.reset(seeds=[1])
    seen = []
    for _ in range(6):
        core.step(heat(core))
        seen.append(read(core, "house1") - core.table[TEMPERATURE][0])
    # in force for what is measured from 2 h on and before 4 h
    np.testing.assert_allclose(seen, [0.0, 5.0, 5.0, 0.0, 0.0, 0.0], atol=1e-12)
    assert read(core, "house1.room1") == core.table[TEMPERATURE][0]


def test_two_sensors_of_one_agent_can_be_off_at_once() -> None:
    rows = {TEMPERATURE: 5.0, TEMPERATURE.replace("room1", "room2"): -2.0}
    faults = [
        Disturbance(name=row, kind="sensor_bias", target="house1", at_s=at_s, parameters={"row": row, "added": added})
        for at_s, (row, added) in enumerate(rows.items())
    ]
    core = build(*faults)
    core.reset(seeds=[1])
    core.step(heat(core))
    assert [read(core, "house1", row) - core.table[row][0] for row in rows] == pytest.approx([5.0, -2.0], abs=1e-12)


def test_a_frozen_sensor_shows_the_instant_it_froze_at() -> None:
    core = build(sensor("sensor_freeze"))
    core.reset(seeds=[1])
    shown, true = [], []
    for _ in range(5):
        core.step(heat(core))
        shown.append(read(core, "house1"))
        true.append(float(core.table[TEMPERATURE][0]))
    assert shown[1] == shown[2] == true[1]
    assert shown[2] != true[2]
    assert shown[3:] == true[3:]


def test_a_sensor_fault_changes_nothing_but_what_is_seen() -> None:
    faulty, sound = build(sensor("sensor_bias", added=5.0)), build()
    actions = draw_actions(sound, 10, seed=2)
    for core in (faulty, sound):
        core.reset(seeds=[1])
    for step in range(10):
        taken = {agent: array[step] for agent, array in actions.items()}
        faulty.step(taken)
        sound.step(taken)
        np.testing.assert_array_equal(faulty.table.values, sound.table.values)


def test_while_communication_is_out_devices_keep_their_setpoints() -> None:
    outage = Disturbance(name="out", kind="communication_outage", target="house1.room1", at_s=3600.0, duration_s=3600.0)
    core = build(outage)
    core.reset(seeds=[1])
    heats = []
    for value in (1.0, -1.0, -1.0):
        core.step(heat(core, value))
        heats.append(core.table["house1.room1.setpoint.heat"][0])
    # full heat at 0 h; the order to stop at 1 h is lost; the one at 2 h arrives
    assert heats == [1.0, 1.0, 0.0]
    assert core.mail.broker.counters["default"].lost == 1


def test_the_log_has_what_an_outage_catches_on_its_way(tmp_path: Path) -> None:
    # orders at 0, 1, 2, … h are half an hour on their way; the outage from 1.25 h on catches those of 1 h
    outage = Disturbance(name="out", kind="communication_outage", target="house1", at_s=4500.0, duration_s=600.0)
    slow = TimingScheme(coordinator=TickConfig.deterministic(3600.0, msg_delay=1800.0))
    log = EventLog(tmp_path / "run.jsonl")
    core = build(outage, timing=slow, log=log)
    core.reset(seeds=[1])
    for _ in range(3):
        core.step(heat(core))
    log.close()
    lost = [one for one in read_log(log.path) if one.kind == "message_lost"]
    expected = [(4_500_000_000_000, "house1", room, 5_400_000_000_000) for room in ("house1.room1", "house1.room2")]
    assert [(one.time_ns, one.agent, one.data["to"], one.data["due_ns"]) for one in lost] == expected
    assert core.mail.broker.counters["default"].lost == 2


def test_everybody_can_be_cut_off() -> None:
    core = build(Disturbance(name="out", kind="communication_outage", target="all", at_s=0.0, duration_s=1800.0))
    core.reset(seeds=[1])
    core.step(heat(core))
    assert core.table["house1.room1.setpoint.heat"][0] == core.table["house2.room2.setpoint.heat"][0] == 0.0


def test_a_disturbance_of_the_plant_acts_from_its_instant_on() -> None:
    # full heat is 1, tripped from 0.25 h on: heat is used for a quarter of the hour
    trip = Disturbance(name="trip", kind="heater_trip", target="house1.room1", at_s=900.0)
    core = build(trip)
    core.reset(seeds=[1])
    core.step(heat(core))
    assert core.table["house1.room1.heater_wear.used_h"][0] == pytest.approx(0.25, rel=1e-12)
    assert core.table["house1.room2.heater_wear.used_h"][0] == pytest.approx(1.0, rel=1e-12)
    assert "house1.room1" in core.plant.unavailable()


def test_reset_undoes_disturbances() -> None:
    trip = Disturbance(name="trip", kind="heater_trip", target="house1.room1", at_s=900.0)
    core = build(trip, sensor("sensor_bias", added=5.0))
    actions = draw_actions(core, 24, seed=2)
    runs = []
    for _ in range(2):
        core.reset(seeds=[1])
        assert not core.plant.unavailable()
        runs.append(record(core, actions))
    require_same(runs[0], runs[1], "the first episode and the same once more")


def test_random_disturbances_come_from_the_seed() -> None:
    trips = PoissonDisturbance(kind="heater_trip", targets=["house1.room1"], rate_per_h=0.5, duration_s=1800.0)

    def used(seed: int) -> float:
        core = build(random=[trips])
        core.reset(seeds=[seed])
        for _ in range(24):
            core.step(heat(core))
        return float(core.table["house1.room1.heater_wear.used_h"][0])

    assert used(1) == used(1)
    assert used(1) != used(2)
    assert used(1) < 24.0


def test_going_on_after_a_restore_keeps_faults_and_what_is_to_come() -> None:
    def made() -> EventDrivenCore:
        trip = Disturbance(name="trip", kind="heater_trip", target="house1.room1", at_s=9000.0, duration_s=7200.0)
        return build(
            trip,
            sensor("sensor_bias", added=5.0),
            conditions=[Condition(name="warm", row=TEMPERATURE, threshold=20.0, hysteresis=1.0)],
        )

    core = made()
    actions = draw_actions(core, 12, seed=2)
    head, tail = ({a: array[part] for a, array in actions.items()} for part in (slice(0, 3), slice(3, None)))
    core.reset(seeds=[1])
    record(core, head)
    saved = core.save_state()
    never_stopped = record(core, tail)
    other = made()
    other.restore_state(saved)
    require_same(never_stopped, record(other, tail), "never stopped and restored")


def test_a_condition_fires_and_gives_an_agent_a_turn() -> None:
    hot = Condition(name="hot", row=TEMPERATURE, threshold=19.0, hysteresis=0.5)
    clocks = TimingScheme(agents={"house1": TickConfig.deterministic(4 * 3600.0)})
    core = build(timing=clocks, conditions=[hot], wakes={"hot": ["house1"]})
    fired: list[tuple[float, str]] = []
    core.incidents.on_condition = lambda name, value: fired.append((core.scheduler.current_time, name))
    core.reset(seeds=[3])
    due = {}
    while not core.has_ended:
        result = core.step(heat(core))
        due[result.timing.time_s] = "house1" in result.timing.due
    regular = {hour * 3600.0 for hour in range(4, 25, 4)}
    fired_at = {time_s for time_s, _ in fired}
    assert fired_at
    assert {time_s for time_s, is_due in due.items() if is_due} == regular | (fired_at - {86400.0}) | {86400.0}
    assert fired_at - regular


@pytest.mark.parametrize(
    ("disturbance", "message"),
    [
        (
            Disturbance(name="x", kind="heater_tripp", target="house1.room1", at_s=0.0),
            "heater_trip.*sensor_freeze",
        ),
        (Disturbance(name="x", kind="heater_trip", target="house1.room9", at_s=0.0), "house1.room9"),
        (Disturbance(name="x", kind="sensor_freeze", target="house9", at_s=0.0), "'house9', who is no agent"),
        (Disturbance(name="x", kind="sensor_freeze", target="house1", at_s=0.0), r"parameters \[\], not \['row'\]"),
        (
            Disturbance(
                name="x",
                kind="sensor_bias",
                target="house2",
                at_s=0.0,
                parameters={"row": TEMPERATURE, "added": 1.0},
            ),
            "'house2' does not read",
        ),
        (
            Disturbance(
                name="x",
                kind="sensor_freeze",
                target="house1",
                at_s=0.0,
                parameters={"row": "house1.inbox.price"},
            ),
            "is told 'house1.inbox.price' and has no sensor for it",
        ),
        (Disturbance(name="x", kind="communication_outage", target="house9", at_s=0.0), "'house9', who is no agent"),
    ],
)
def test_a_disturbance_of_what_is_not_there_is_refused_before_anything_runs(
    disturbance: Disturbance, message: str
) -> None:
    with pytest.raises((ConfigError, UnknownNameError), match=message):
        build(disturbance)


def test_an_outage_without_a_broker_is_refused() -> None:
    outage = Disturbance(name="x", kind="communication_outage", target="all", at_s=0.0)
    with pytest.raises(ConfigError, match="needs agents that talk through a broker"):
        build(outage, distributed=False)


def test_wakes_names_conditions_and_agents_that_exist() -> None:
    hot = Condition(name="hot", row=TEMPERATURE, threshold=19.0)
    with pytest.raises(ConfigError, match="wakes names condition 'hott'.*Did you mean 'hot'"):
        build(conditions=[hot], wakes={"hott": ["house1"]})
    with pytest.raises(UnknownNameError, match="'house9', who is no agent"):
        build(conditions=[hot], wakes={"hot": ["house9"]})


def test_two_conditions_cannot_share_a_name() -> None:
    hot = Condition(name="hot", row=TEMPERATURE, threshold=19.0)
    with pytest.raises(ConfigError, match="Two conditions share a name"):
        build(conditions=[hot, hot])


@pytest.mark.parametrize("given", [{"channel": ChannelSpec(delay_s=1.0)}, {"timing": TimingScheme(loss=0.1)}])
def test_what_happens_to_messages_needs_messages(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="agents talk in memory within the instant"):
        Execution(distributed=False, **given)


def test_a_clock_for_nobody_is_refused() -> None:
    with pytest.raises(UnknownNameError, match=r"a clock for 'hose1', who is no agent.*Did you mean 'house1'"):
        build(timing=TimingScheme(agents={"hose1": TickConfig.deterministic(60.0)}))


def test_faults_that_nobody_can_see_any_more_are_forgotten() -> None:
    flicker = PoissonDisturbance(
        kind="sensor_bias",
        targets=["house1"],
        rate_per_h=30.0,
        duration_s=5.0,
        parameters={"row": TEMPERATURE, "added": 1.0},
    )
    late = TimingScheme(coordinator=TickConfig.deterministic(3600.0, obs_delay=7200.0))
    core = build(random=[flicker], timing=late)
    core.reset(seeds=[1])
    core.run(86000.0)
    # some 720 in a day; what is two hours old, and up to an hour more, can still be seen: 90 of them
    assert 30 < len(core.loop.faults.save_state()["house1"]) < 150


def test_a_message_delay_needs_messages() -> None:
    slow = TimingScheme(system=TickConfig.deterministic(3600.0, msg_delay=60.0))
    with pytest.raises(ConfigError, match=r"Clocks of \['supplier'\] have message delays, but agents talk in memory"):
        build(timing=slow, distributed=False)

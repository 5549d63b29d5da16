"""Saving, forking, logging and failing in the middle of a run on events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tank_world import OPTIONS, STEP_S, Clockwork, Effects, Tank, on_events, tank_core

from heron import testing
from heron.agents import CoordinatorAgent, SystemAgent, roster
from heron.core import ConstantPolicy, Observation, Policy, RandomPolicy
from heron.envs import CoreOptions, EventDrivenCore, Execution, SynchronousCore
from heron.envs.demo import HeatingEnv, heating_core
from heron.errors import ConfigError, EventError, StateError, UnknownNameError
from heron.messaging import ChannelSpec
from heron.plant import ObjectPlant
from heron.protocols.vertical import PriceSignalProtocol, SetpointProtocol
from heron.scheduling import EventLog, TickConfig, TimingScheme, diff_logs, read_log
from heron.testing.recording import draw_actions, record, require_same
from heron.types import FloatArray

HOUR_S = 3600.0
DAY = CoreOptions(step_s=HOUR_S, plant_step_s=900.0, max_steps=24, penalty=1.0)
ROUGH = TimingScheme(
    field=TickConfig.with_jitter(700.0, 200.0, 2000.0, 20.0, jitter_ratio=0.3),
    coordinator=TickConfig.with_jitter(2.2 * HOUR_S, 1000.0, 500.0, 4000.0, jitter_ratio=0.4),
    system=TickConfig.with_jitter(1.3 * HOUR_S, 50.0, 20.0, 3000.0, jitter_ratio=0.4),
    loss=0.2,
)


def rough_core(timing: TimingScheme = ROUGH, log: EventLog | None = None, **more: Any) -> EventDrivenCore:
    """Everything at once: delays longer than a tick, jitter, loss, policies that draw."""
    core = heating_core(learners=["house1"], options=DAY)
    core.agents["house2"].policy = RandomPolicy()
    return EventDrivenCore.of(core, Execution(timing=timing, log=log, **more))


def actions_for(core: EventDrivenCore, n_step: int, seed: int = 2) -> dict[str, FloatArray]:
    return draw_actions(core, n_step, seed=seed)


def part(actions: Mapping[str, FloatArray], steps: slice) -> dict[str, FloatArray]:
    return {name: one[steps] for name, one in actions.items()}


@pytest.mark.parametrize("middle", [0, 1, 2, 5, 9, 12])
def test_going_on_from_a_saved_state_equals_never_having_stopped(middle: int) -> None:
    core = rough_core()
    actions = actions_for(core, 30)
    core.reset(seeds=[4])
    if middle:
        record(core, part(actions, slice(0, middle)))
    saved = core.save_state()
    rest = part(actions, slice(middle, None))
    never_stopped = record(core, rest)
    core.restore_state(saved)
    require_same(never_stopped, record(core, rest), "restored into the same core")
    other = rough_core()
    other.reset(seeds=[99])
    record(other, part(actions, slice(0, 3)))
    other.restore_state(saved)
    require_same(never_stopped, record(other, rest), "restored into a used core")
    fresh = rough_core()
    fresh.restore_state(saved)
    require_same(never_stopped, record(fresh, rest), "restored into a new core")


def test_something_was_in_flight_when_the_states_were_saved() -> None:
    core = rough_core()
    core.reset(seeds=[4])
    kinds = set()
    for step in range(9):
        core.step({"house1": [0.1 * step, 0.5]})
        kinds |= {entry[3] for entry in core.scheduler.save_state()["due"]}
    assert {"message", "effect", "tick", "observation", "plant"} <= kinds


def test_a_step_from_a_restored_state_ends_where_it_ended_before() -> None:
    core = on_events(tank_core())
    core.reset(seeds=[0])
    saved = core.save_state()
    ends_s = []
    for _ in range(3):
        core.restore_state(saved)
        timing = core.step({"keeper1": [0.0]}).timing
        assert timing is not None
        ends_s.append(timing.time_s)
    assert ends_s == [10.0, 10.0, 10.0]


def test_a_run_between_steps_can_be_saved_too() -> None:
    core = rough_core()
    core.reset(seeds=[4])
    core.run(5555.5)
    saved = core.save_state()
    core.run(30_000.0)
    expected = core.table.values.copy()
    for other in (core, rough_core()):
        other.restore_state(saved)
        assert other.scheduler.current_time == 5555.5
        other.run(17_000.0)
        other.run(30_000.0)
        np.testing.assert_array_equal(other.table.values, expected)


def test_an_environment_saves_and_restores_on_events() -> None:
    def make() -> HeatingEnv:
        env = HeatingEnv(options=DAY)
        env.setup_event_driven(Execution(timing=ROUGH))
        return env

    env, other = make(), make()
    env.reset(seed=1)
    action = {agent: np.full(2, 0.3) for agent in env.possible_agents}
    for _ in range(4):
        env.step(action)
    saved = env.save_state()
    other.restore_state(saved)
    while env.agents:
        one, another = env.step(action), other.step(action)
        assert one[1:4] == another[1:4]
        np.testing.assert_array_equal(one[0]["house1"], another[0]["house1"])
    assert other.agents == []


def test_a_fork_with_another_delay_differs_only_from_there_on() -> None:
    core = on_events(tank_core(), {"keeper1": TickConfig.deterministic(STEP_S, act_delay=2.0)})
    core.reset(seeds=[0])
    for _ in range(3):
        core.step({"keeper1": [0.0]})
    slow = on_events(tank_core(), {"keeper1": TickConfig.deterministic(STEP_S, act_delay=6.0)})
    slow.restore_state(core.save_state())
    effects = Effects(slow)
    slow.step({"keeper1": [1.0]})
    slow.step({"keeper1": [1.0]})
    assert effects.times_s("keeper1.tank1") == [36.0, 46.0]


def test_what_was_on_its_way_arrives_in_a_fork_as_it_would_have() -> None:
    clock = TickConfig.deterministic(STEP_S, act_delay=13.0)
    for distributed in (False, True):
        core = on_events(tank_core(), {"keeper1": clock}, distributed=False)
        core.reset(seeds=[0])
        core.step({"keeper1": [1.0]})
        fork = on_events(tank_core(), {"keeper1": replace(clock, act_delay=1.0)}, distributed=distributed)
        fork.restore_state(core.save_state())
        effects = Effects(fork)
        fork.step({"keeper1": [-1.0]})
        # Said at 0 s with a delay of 13 s; what is said at 10 s with a delay of 1 s does not overtake it on one link,
        # and replaces it there. A broker's link is another one.
        fork.run(15.0)
        on_one_link = [(13.0, "keeper1.tank1", 0.0)]
        on_two_links = [(11.0, "keeper1.tank1", 0.0), (13.0, "keeper1.tank1", 2.0)]
        assert effects.seen == (on_two_links if distributed else on_one_link)


def test_messages_on_their_way_need_a_broker_in_the_fork_too() -> None:
    core = on_events(tank_core(), {"keeper1": TickConfig.deterministic(STEP_S, msg_delay=13.0)})
    core.reset(seeds=[0])
    core.step({"keeper1": [1.0]})
    fork = on_events(tank_core())
    with pytest.raises(StateError, match=r"1 messages are on their way .* Execution\(distributed=True\)"):
        fork.restore_state(core.save_state())


def test_a_fork_may_have_another_policy() -> None:
    core = on_events(tank_core(2, learners=["keeper1"]))
    core.reset(seeds=[0])
    for _ in range(2):
        core.step({"keeper1": [0.0]})
    fork = on_events(tank_core(2, learners=["keeper1"]))
    fork.agents["keeper2"].policy = ConstantPolicy([1.0])  # had none before, and so no ticks
    fork.restore_state(core.save_state())
    effects = Effects(fork)
    for _ in range(2):
        fork.step({"keeper1": [0.0]})
    assert effects.times_s("keeper2.tank1") == [20.0, 30.0]


def test_a_fork_may_give_a_device_a_policy_that_needs_ticks() -> None:
    core = on_events(tank_core(2, learners=["keeper2"]))
    core.reset(seeds=[0])
    core.step({"keeper2": [0.0]})
    fork = on_events(tank_core(2, learners=["keeper2"]))
    fork.agents["keeper1.tank1"].policy = ConstantPolicy([1.0])  # without one it only waited to be told
    fork.restore_state(core.save_state())
    effects = Effects(fork)
    for _ in range(2):
        fork.step({"keeper2": [0.0]})
    assert effects.times_s("keeper1.tank1") == [10.0, 20.0]


def logged(path: Path, seed: int, make: Callable[..., EventDrivenCore] = rough_core, *, state: bool = True) -> bytes:
    log = EventLog(path, state=state)
    core = make(log=log)
    actions = actions_for(core, 12)
    core.reset(seeds=[seed])
    record(core, actions)
    log.close()
    return path.read_bytes()


def test_the_same_seed_gives_the_same_log_byte_for_byte(tmp_path: Path) -> None:
    first = logged(tmp_path / "first.jsonl", 7)
    assert first == logged(tmp_path / "second.jsonl", 7)
    kinds = ("reset", "state", "plant", "observation", "setpoint", "effect", "message_sent", "message_delivered")
    for kind in (*kinds, "message_lost"):
        assert f'"kind":"{kind}"'.encode() in first
    assert diff_logs(read_log(tmp_path / "first.jsonl"), read_log(tmp_path / "second.jsonl")) is None


def test_another_seed_gives_another_log(tmp_path: Path) -> None:
    assert logged(tmp_path / "first.jsonl", 7) != logged(tmp_path / "second.jsonl", 8)
    assert diff_logs(read_log(tmp_path / "first.jsonl"), read_log(tmp_path / "second.jsonl")) is not None


def test_writing_a_log_changes_nothing() -> None:
    quiet, loud = rough_core(), rough_core(log=EventLog("/dev/null", state=True))
    actions = actions_for(quiet, 12)
    quiet.reset(seeds=[7])
    loud.reset(seeds=[7])
    require_same(record(quiet, actions), record(loud, actions), "without and with a log")


def test_a_log_is_there_before_the_first_reset_only_if_something_ran(tmp_path: Path) -> None:
    env = HeatingEnv()
    log = EventLog(tmp_path / "run.jsonl")
    env.setup_event_driven(Execution(log=log))
    env.configure_agents_for_distributed()  # another run on events before the first has begun: the same log
    assert not log.path.exists()
    env.reset(seed=0)
    log.close()
    assert log.path.read_bytes().startswith(b'{"heron_log":')


def test_looking_from_outside_changes_nothing() -> None:
    quiet, watched = rough_core(), rough_core()
    actions = actions_for(quiet, 12)
    quiet.reset(seeds=[7])
    watched.reset(seeds=[7])
    for step in range(7):
        one = quiet.step({name: array[step] for name, array in actions.items()})
        for agent in watched.agents.values():
            agent.observe()
        watched.plant.report()
        other = watched.step({name: array[step] for name, array in actions.items()})
        np.testing.assert_array_equal(one.observations["house1"], other.observations["house1"])
        np.testing.assert_array_equal(quiet.table.values, watched.table.values)
        quiet.run(quiet.scheduler.current_time + 100.0)
        watched.run(watched.scheduler.current_time + 30.0)
        watched.agents["house1"].get_observation()
        watched.run(watched.scheduler.current_time + 70.0)


def test_looking_between_the_plants_steps_shows_how_old_the_inbox_is() -> None:
    core = on_events(tank_core(with_board=True))
    core.reset(seeds=[0])
    core.run(13.5)
    # announced at 10 s; nothing has happened since, and looking makes nothing happen
    before = core.table.values.copy()
    assert core.observe("keeper1")["inbox.age_s"][0] == 3.5
    assert core.observe("keeper1")["price"][0] == 10.0
    np.testing.assert_array_equal(core.table.values, before)


def test_an_environment_on_events_shows_what_agents_see_and_not_what_is() -> None:
    env = HeatingEnv(options=DAY)
    clock = TickConfig.deterministic(HOUR_S, obs_delay=HOUR_S)
    env.setup_event_driven(Execution(timing=TimingScheme(coordinator=clock)))
    env.reset(seed=0)
    for _ in range(3):
        seen, *_ = env.step({agent: np.ones(2) for agent in env.agents})
    shown = env.get_observations()
    for agent, values in seen.items():
        np.testing.assert_array_equal(shown[agent], values)
    assert env.get_heron_agent("house1").observe().time_s[0] == 2.0 * HOUR_S


def test_an_environment_without_learners_waits_for_its_run() -> None:
    core = on_events(tank_core(learners=[]))
    core.agents["keeper1"].policy = ConstantPolicy([0.0])
    core.reset(seeds=[0])
    assert core.scheduler.current_time == 0.0
    assert not core.has_ended
    core.run(35.0)
    assert core.table["keeper1.tank1.water.level_m"][0] == pytest.approx(30.0)


def test_a_run_counts_its_events() -> None:
    env = HeatingEnv(n_house=1, n_room=1, learners=[], options=CoreOptions(step_s=10.0, max_steps=10))
    env.setup_event_driven()
    before = env.run_event_driven(0.0)
    assert before == 3, "the ticks of supplier and house and a message; the rest of the first instant ran at reset"
    # at each of 10, 20 and 30 s: a plant step, a snapshot, the ticks of supplier and house, and the arrival of what the
    # supplier announces; the room has no ticks, because nobody tells it anything
    assert env.run_event_driven(30.0) == 3 * 5
    assert env.scheduler.current_time == 30.0
    assert env.run_event_driven(30.0) == 0
    assert env.run_event_driven(20.0) == 0


def test_a_run_beyond_the_end_of_an_episode_is_refused() -> None:
    env = HeatingEnv(options=CoreOptions(step_s=10.0, max_steps=10))
    env.setup_event_driven()
    with pytest.raises(ConfigError, match=r"The episode ends at 100 s, before 100\.5 s"):
        env.run_event_driven(100.5)
    assert env.run_event_driven(100.0) > 0
    assert env.agents == [], "as after the last step"
    with pytest.raises(ConfigError, match="No episode is under way"):
        env.step({})


def test_handlers_are_told_of_snapshots_and_effects(tmp_path: Path) -> None:
    env = HeatingEnv(n_house=1, n_room=1, options=CoreOptions(step_s=10.0, max_steps=3))
    log = EventLog(tmp_path / "run.jsonl")
    env.setup_event_driven(Execution(log=log))
    effects: list[tuple[float, str, list[list[float]]]] = []
    snapshots: list[float] = []

    def look() -> dict[str, float]:
        snapshots.append(env.scheduler.current_time)
        return {"coldest": 1.5}

    env.setup_default_handlers(
        global_state_fn=look,
        on_action_effect=lambda agent, setpoint: effects.append((env.scheduler.current_time, agent, setpoint.tolist())),
    )
    env.reset(seed=0)
    while env.agents:
        env.step({"house1": np.array([0.5])})
    log.close()
    assert snapshots == [0.0, 10.0, 20.0, 30.0]
    assert effects == [(at_s, "house1.room1", [[0.75]]) for at_s in (0.0, 10.0, 20.0)]
    assert log.path.read_text().count('"kind":"custom","agent":null,"data":{"global_state":{"coldest":1.5}}') == 4


def keeper_core(protocol: SetpointProtocol, tank: Tank) -> SynchronousCore:
    """One keeper and its tank, of kinds of a test's own."""
    keeper = CoordinatorAgent("keeper1", protocol=protocol, subordinates={"tank1": tank})
    plant = ObjectPlant([tank], totals={"keeper1": [tank.agent_id]})
    return SynchronousCore(plant, roster([keeper]), learners="coordinators", options=OPTIONS)


def test_handlers_stay_when_agents_are_to_talk_through_a_broker() -> None:
    env = HeatingEnv(n_house=1, n_room=1, options=CoreOptions(step_s=10.0, max_steps=3))
    env.setup_event_driven()
    told: list[str] = []
    env.setup_default_handlers(
        global_state_fn=lambda: told.append("snapshot"), on_action_effect=lambda agent, setpoint: told.append(agent)
    )
    env.configure_agents_for_distributed()
    env.reset(seed=0)
    env.step({"house1": np.array([0.5])})
    assert told == ["snapshot", "house1.room1", "snapshot"]


class Broken(Policy):
    def act(self, observation: Observation) -> FloatArray:
        if observation.time_s[0] < 20.0:
            return np.zeros((1, 1))
        raise ZeroDivisionError("division by zero")


class Wide(Policy):
    def act(self, observation: Observation) -> FloatArray:
        return np.zeros((1, 3))


def test_a_policy_that_fails_is_named_with_its_time() -> None:
    core = on_events(tank_core(learners=[]))
    core.agents["keeper1"].policy = Broken()
    core.reset(seeds=[0])
    with pytest.raises(
        EventError, match="The tick event of agent 'keeper1' at 20 s failed: ZeroDivisionError: division by zero"
    ) as caught:
        core.run(50.0)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_policy_with_a_wrong_action_is_named_with_its_time() -> None:
    core = on_events(tank_core(learners=[]))
    core.agents["keeper1"].policy = Wide()
    core.reset(seeds=[0])
    with pytest.raises(EventError, match=r"agent 'keeper1' at 0 s failed: .* has shape \(1, 3\), expected \(1, 1\)"):
        core.run(50.0)


class Bursting(Tank):
    def update_cost_safety(self, step_s: float) -> None:
        raise RuntimeError("burst")


def test_a_device_that_fails_is_reported_with_the_time_of_the_plant() -> None:
    core = on_events(keeper_core(SetpointProtocol(), Bursting("keeper1.tank1")))
    core.reset(seeds=[0])
    with pytest.raises(EventError, match="The plant event at 10 s failed: RuntimeError: burst"):
        core.step({"keeper1": [0.0]})


class Astray(SetpointProtocol):
    def compile(self, subordinates: Any, setpoints: Any) -> None:
        return None

    def coordinate(self, action: Any, subordinates: Any, *, observations: Any = None) -> dict[str, Any]:
        return {"tank7": action}


@pytest.mark.parametrize("distributed", [False, True])
def test_a_directive_to_somebody_unknown_is_an_error_with_the_nearest(distributed: bool) -> None:
    core = on_events(keeper_core(Astray(), Tank("keeper1.tank1")), distributed=distributed)
    core.reset(seeds=[0])
    with pytest.raises(
        EventError, match=r"agent 'keeper1' at 0 s failed: Astray of 'keeper1' directs 'tank7', .* mean 'tank1'"
    ) as caught:
        core.step({"keeper1": [0.0]})
    assert isinstance(caught.value.__cause__, UnknownNameError)


def three_levels() -> EventDrivenCore:
    core = heating_core(options=DAY)
    late = TimingScheme(
        field=TickConfig.deterministic(900.0, 900.0), coordinator=TickConfig.deterministic(HOUR_S, 1800.0)
    )
    return EventDrivenCore.of(core, Execution(timing=late))


def test_upper_level_exposes_to_the_parent_only() -> None:
    core = three_levels()
    core.reset(seeds=[0])
    for _ in range(3):
        core.step({"house1": [0.1, 0.2], "house2": [0.3, 0.4]})
    row = "house1.room1.room_climate.temperature_degc"
    sees = {agent_id for agent_id in core.agents if row in core.loop.view(agent_id).names}
    # its owner and the house above; neither the neighbour on the parent's level, nor the supplier above the parent
    assert sees == {"house1.room1", "house1"}
    # and what is seen is from then: 1800 s ago at the house, 900 s ago at the room
    assert core.observe("house1").time_s[0] == core.scheduler.current_time - 1800.0
    assert core.observe("house1.room1").time_s[0] == core.scheduler.current_time - 900.0


def test_a_row_the_parent_reports_on_is_open_to_its_own_parent() -> None:
    core = three_levels()
    core.reset(seeds=[0])
    assert "house1.house_climate.coldest_degc" in core.observe("supplier").names
    assert "house1.house_climate.coldest_degc" not in core.observe("house2").names


@pytest.mark.parametrize("make", [rough_core, three_levels])
def test_the_contract_holds_under_delays_jitter_and_loss(make: Callable[[], EventDrivenCore]) -> None:
    testing.check_deterministic(lambda n_env: make(), n_env=1, n_step=30, seeds_matter=False)
    testing.check_restore_equals_never_stopped(lambda n_env: make(), n_env=1, n_step=20)
    testing.check_reset_restores_everything(lambda n_env: make(), n_env=1, n_step=20)
    testing.check_observations_in_box(lambda n_env: make(), n_env=1, n_step=20)


def test_a_name_is_no_timing() -> None:
    with pytest.raises(
        ConfigError, match=r"The timing of an execution is 'slow', which is no timing scheme\. Give Timing"
    ):
        Execution(timing="slow")  # type: ignore[arg-type]


def test_a_scheme_with_a_loss_and_a_channel_is_refused() -> None:
    with pytest.raises(ConfigError, match="Both a channel and a timing scheme with a loss are given"):
        Execution(timing=ROUGH, channel=ChannelSpec(loss=0.1))


def test_an_unknown_broker_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="in_memory"):
        rough_core(broker="in_memry")


def test_a_board_above_keepers_announces_on_events_what_it_announces_in_lockstep() -> None:
    core = on_events(tank_core(with_board=True))
    board = core.agents["board"]
    assert isinstance(board, SystemAgent)
    assert isinstance(board.protocol, PriceSignalProtocol)
    assert isinstance(board.policy, Clockwork)
    core.reset(seeds=[0])
    core.run(20.0)
    assert board.policy.seen_s == [0.0, 10.0, 20.0]
    assert core.table["keeper1.inbox.price"][0] == 20.0


def test_a_state_does_not_change_the_mode_it_was_saved_in() -> None:
    lockstep, events = HeatingEnv(options=DAY), HeatingEnv(options=DAY)
    events.setup_event_driven()
    for env in (lockstep, events):
        env.reset(seed=0)
    before = events.core.table.values.copy()
    lockstep.step({agent: np.ones(2) for agent in lockstep.agents})
    with pytest.raises(StateError, match="of a core in lockstep"):
        events.restore_state(lockstep.save_state())
    np.testing.assert_array_equal(events.core.table.values, before)
    with pytest.raises(StateError, match="of a core on events"):
        lockstep.restore_state(events.save_state())

"""Contract checks of worlds on events, of both modes together, and of what leaks a step later."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from heron import testing
from heron.core import Observation, Policy
from heron.envs import CoreOptions, DelayedCore, EventDrivenCore, Execution, SynchronousCore
from heron.envs.core import EnvironmentCore
from heron.envs.demo import Room, RoomClimate, heating_core
from heron.errors import ConfigError, UnknownNameError
from heron.protocols import PriceSignalProtocol, SetpointProtocol
from heron.scheduling import (
    Condition,
    Disturbance,
    DisturbanceSchedule,
    PoissonDisturbance,
    TickConfig,
    TimingRange,
    TimingScheme,
)
from heron.testing import ContractViolation
from heron.testing.recording import draw_actions, record

OPTIONS = CoreOptions(step_s=3600.0, max_steps=4)
THERMOMETER = "house1.room1.room_climate.temperature_degc"


def world(n_env: int) -> SynchronousCore:
    return heating_core(n_env, options=OPTIONS)


def priced_world(n_env: int) -> SynchronousCore:
    return heating_core(n_env, options=OPTIONS, protocol=lambda: PriceSignalProtocol(0.0, 4.0))


def late(core: EnvironmentCore) -> EventDrivenCore:
    """The world on events, with delays, jitter and loss."""
    clock = TickConfig.with_jitter(5000.0, 1000.0, 500.0, 600.0, jitter_ratio=0.3)
    timing = TimingScheme(coordinator=clock, system=TickConfig.deterministic(3600.0, msg_delay=100.0), loss=0.1)
    return EventDrivenCore.of(core, Execution(timing=timing))


def late_world(n_env: int) -> EventDrivenCore:
    return late(world(n_env))


class Generous(SynchronousCore):
    """A step of its own, of which events know nothing."""

    def step(self, actions: Any) -> Any:
        result = super().step(actions)
        self.table[THERMOMETER].__iadd__(1e-12)
        return result


def generous(n_env: int) -> SynchronousCore:
    core = world(n_env)
    core.__class__ = Generous
    return core


EITHER_MODE = [name for name in testing.CONTRACT if name not in ("batch_equals_single", "mode_equivalence")]


def drawn_world(n_env: int) -> DelayedCore:
    """The world in lockstep with timing drawn for every episode."""
    return DelayedCore.of(
        world(n_env), TimingRange(obs_delay_s=(0.0, 7200.0), act_delay_s=(0.0, 3600.0), loss=(0.0, 0.3))
    )


@pytest.mark.parametrize("name", EITHER_MODE)
def test_a_world_on_events_passes_every_check_of_both_modes(name: str) -> None:
    testing.CONTRACT[name](late_world)


def test_a_number_from_nowhere_is_found_on_events() -> None:
    noise = np.random.default_rng(0)

    def make(n_env: int) -> EnvironmentCore:
        core = world(n_env)
        advance = core.plant.advance

        def shaken(step_ns: int) -> None:
            advance(step_ns)
            core.table[THERMOMETER].__iadd__(noise.normal())

        core.plant.advance = shaken  # type: ignore[method-assign]
        return late(core)

    with pytest.raises(ContractViolation, match="two builds with the same seeds and actions: table differs"):
        testing.check_deterministic(make)


def test_seeds_that_change_nothing_are_found_on_events() -> None:
    def make(n_env: int) -> EnvironmentCore:
        core = world(n_env)
        reset = core.plant.reset
        core.plant.reset = lambda envs, trees, options: reset(  # type: ignore[method-assign]
            envs, [type(tree)(0) for tree in trees], {"start": 0}
        )
        return EventDrivenCore.of(core)

    with pytest.raises(ContractViolation, match="Seeds 0 to 4 all begin with the same numbers"):
        testing.check_deterministic(make)


def test_turns_that_come_at_other_times_are_found() -> None:
    rates = iter([7200.0, 14_400.0])

    def make(n_env: int) -> EnvironmentCore:
        timing = TimingScheme(agents={"house2": TickConfig.deterministic(next(rates))})
        return EventDrivenCore.of(heating_core(1, options=OPTIONS), Execution(timing=timing))

    with pytest.raises(ContractViolation, match="two builds with the same seeds and actions: "):
        testing.check_deterministic(make, n_env=1, n_step=2)


def test_a_recording_on_events_says_whose_turn_it_was_and_when() -> None:
    timing = TimingScheme(agents={"house2": TickConfig.deterministic(5400.0)})
    core = EventDrivenCore.of(world(1), Execution(timing=timing))
    core.reset(seeds=[0])
    run = record(core, draw_actions(core, 4, seed=0)).arrays
    assert run["time_s"][:, 0].tolist() == [3600.0, 5400.0, 7200.0, 10_800.0]
    assert run["turn of house2"][:, 0].tolist() == [False, True, False, True]


def test_modes_that_differ_are_found() -> None:
    testing.check_mode_equivalence(world)
    with pytest.raises(
        ContractViolation, match=r"in lockstep and on events: table differs first at step 0, .*temperature_degc: "
    ):
        testing.check_mode_equivalence(generous)


def test_a_mode_that_differs_in_the_second_episode_only_is_found() -> None:
    class Forgetful(SynchronousCore):
        def reset(self, **keywords: Any) -> Any:
            begun = super().reset(**keywords)
            self.table[THERMOMETER].__iadd__(1e-9 * self.trees[0].episode)
            return begun

    def make(n_env: int) -> SynchronousCore:
        core = world(n_env)
        core.__class__ = Forgetful
        return core

    # four steps an episode: the last row of the fourth step is the first of the second episode
    with pytest.raises(ContractViolation, match="in lockstep and on events: .* differs first at step [34],"):
        testing.check_mode_equivalence(make)


def test_clocks_of_agents_do_not_count_as_a_difference_of_modes() -> None:
    def clocked(n_env: int) -> SynchronousCore:
        core = world(n_env)
        core.agents["house1"].tick_config = TickConfig.deterministic(7000.0, act_delay=100.0)
        return core

    testing.check_mode_equivalence(clocked)


def test_a_world_that_runs_on_events_cannot_be_compared_with_itself() -> None:
    with pytest.raises(
        ConfigError, match="A core like EventDrivenCore cannot be compared: it has timing of its own. Give"
    ):
        testing.check_mode_equivalence(late_world)
    with pytest.raises(ConfigError, match="A core like DelayedCore cannot be compared"):
        testing.check_mode_equivalence(drawn_world)


def nosy(core: EnvironmentCore) -> EnvironmentCore:
    """A heater that looks at the thermometer of the neighbours' house."""

    class Nosy(Room):
        def respond_to_price(self, price: Any) -> Any:
            seen_degc = core.table["house2.room1.room_climate.temperature_degc"]
            return np.clip(0.02 * seen_degc, 0.0, 1.0)[np.newaxis]

    core.agents["house1.room1"].__class__ = Nosy
    return core


def test_a_device_that_looks_where_it_may_not_is_found_a_step_later() -> None:
    testing.check_no_leak(priced_world)
    with pytest.raises(
        ContractViolation, match=r"hidden from agent 'house1.room1' shows a step later: 'house1.room1.setpoint.heat'"
    ):
        testing.check_no_leak(lambda n_env: nosy(priced_world(n_env)))


def test_a_device_that_looks_where_it_may_not_is_found_on_events_too() -> None:
    testing.check_no_leak(lambda n_env: late(priced_world(n_env)))
    with pytest.raises(
        ContractViolation, match="hidden from agent 'house1.room1' shows a step later: 'house1.room1.setpoint"
    ):
        testing.check_no_leak(lambda n_env: nosy(late(priced_world(n_env))))


def test_a_leak_whose_effect_comes_after_the_step_is_found() -> None:
    slow = TickConfig(tick_interval=3600.0, act_delay=5000.0, on_message=True)

    def make(n_env: int) -> EnvironmentCore:
        return EventDrivenCore.of(priced_world(n_env), Execution(timing=TimingScheme(field=slow)))

    testing.check_no_leak(make, n_step=1)
    with pytest.raises(ContractViolation, match="hidden from agent 'house1.room1' shows a step later"):
        testing.check_no_leak(lambda n_env: nosy(make(n_env)), n_step=1)


class Thrifty(Room):
    """Heats by what it has spent: nobody sees that, and it is its own."""

    def respond_to_price(self, price: Any) -> Any:
        return np.clip(np.atleast_1d(0.1 + 0.3 * self.cost), 0.0, 1.0)[np.newaxis]


def test_a_device_may_use_what_is_its_own() -> None:
    def make(n_env: int) -> EnvironmentCore:
        core = priced_world(n_env)
        core.agents["house1.room1"].__class__ = Thrifty
        return core

    testing.check_no_leak(make, n_env=1)


class ByTheRoom(SetpointProtocol):
    """Heats by what its house sees: hidden from the other room, which is only told what to do."""

    def compile(self, subordinates: Any, setpoints: Any) -> None:
        return None

    def coordinate(self, action: Any, subordinates: Any, *, observations: Any = None) -> dict[str, Any]:
        (seen,) = observations.values()
        (row,) = (one for one in seen.names if one.endswith("room1.room_climate.temperature_degc"))
        return {name: 0.5 * part + 0.01 * seen[row][:, np.newaxis] for name, part in self.parts(action, subordinates)}

    def parts(self, action: Any, subordinates: Any) -> Any:
        return SetpointProtocol().coordinate(action, subordinates).items()


class ByHearsay(ByTheRoom):
    """Heats by what a room's thermometer shows, without having seen it."""

    def coordinate(self, action: Any, subordinates: Any, *, observations: Any = None) -> dict[str, Any]:
        warm_degc = np.atleast_1d(subordinates["room2"].state[RoomClimate].temperature_degc)[:, np.newaxis]
        return {name: 0.5 * part + 0.01 * warm_degc for name, part in self.parts(action, subordinates)}


@pytest.mark.parametrize("on_events", [False, True])
def test_what_a_superior_sees_may_show_in_what_it_directs_and_nothing_else(on_events: bool) -> None:
    def make(n_env: int, protocol: type[SetpointProtocol] = ByTheRoom) -> EnvironmentCore:
        core = heating_core(n_env, options=OPTIONS, protocol=protocol)
        return late(core) if on_events else core

    testing.check_no_leak(make)
    with pytest.raises(ContractViolation, match=r"'house\d.room1' shows a step later: 'house\d.room1.setpoint.heat'"):
        testing.check_no_leak(lambda n_env: make(n_env, ByHearsay))


class ByItsRooms(Policy):
    """Heats one room by the other's thermometer; its house sees both."""

    def act(self, observation: Observation) -> Any:
        warm_degc = observation["room2.room_climate.temperature_degc"]
        return np.stack([0.02 * warm_degc, 0.0 * warm_degc], axis=1)


@pytest.mark.parametrize("on_events", [False, True])
def test_what_a_superior_decides_by_what_it_sees_is_no_leak(on_events: bool) -> None:
    def make(n_env: int) -> EnvironmentCore:
        core = heating_core(n_env, options=OPTIONS, learners=["house1"])
        core.agents["house2"].policy = ByItsRooms()
        return late(core) if on_events else core

    testing.check_no_leak(make)


def test_a_world_in_which_things_go_wrong_keeps_the_contract() -> None:
    wrong = DisturbanceSchedule(
        scheduled=[
            Disturbance(name="trip", kind="heater_trip", target="house1.room1", at_s=2000.0, duration_s=5000.0),
            Disturbance(name="silence", kind="communication_outage", target="house2", at_s=3000.0, duration_s=6000.0),
        ],
        random=[PoissonDisturbance(kind="heater_trip", targets=["house2.room1"], rate_per_h=1.0, duration_s=900.0)],
    )
    cold = Condition(name="cold", row=THERMOMETER, threshold=18.0, above=False, cool_down_s=1000.0)

    def make(n_env: int) -> EnvironmentCore:
        execution = Execution(disturbances=wrong, conditions=[cold], wakes={"cold": ["house1"]})
        return EventDrivenCore.of(world(n_env), execution)

    assert testing.check_contract(make) == tuple(EITHER_MODE)


def test_a_snapshot_that_shows_too_much_is_found() -> None:
    def leaking(n_env: int) -> EnvironmentCore:
        core = late_world(n_env)
        rows = dict(core.observer.rows)
        rows["house2"] = rows["house2"].copy()
        rows["house2"][0] = core.table.row(THERMOMETER)
        core.proxy.register_rows(rows)
        return core

    with pytest.raises(ContractViolation, match="Agent 'house2' sees what is hidden from it: entry 'house2.room1"):
        testing.check_no_leak(leaking)


def test_a_leak_check_leaves_the_world_going_as_it_would() -> None:
    core, kept = world(2), world(2)
    plant, agents = set(vars(core.plant)), {name: set(vars(agent)) for name, agent in core.agents.items()}
    testing.check_no_leak(lambda n_env: core, n_step=1)
    kept.reset(seeds=[0, 1])
    kept.step({name: drawn[0] for name, drawn in draw_actions(kept, 1, seed=0).items()})
    np.testing.assert_array_equal(core.table.values, kept.table.values)
    assert set(vars(core.plant)) == plant
    assert {name: set(vars(agent)) for name, agent in core.agents.items()} == agents
    for one in (core, kept):
        one.reset(seeds=[1, 2])
        one.step({"house1": np.zeros((2, 2)), "house2": np.ones((2, 2))})
    np.testing.assert_array_equal(core.table.values, kept.table.values)


def test_the_whole_contract_is_checked_at_once() -> None:
    assert testing.check_contract(world) == tuple(testing.CONTRACT)
    assert testing.check_contract(late_world) == tuple(EITHER_MODE)
    left = testing.check_contract(world, leave_out=["no_leak", "batch_equals_single"])
    assert set(testing.CONTRACT) - set(left) == {"no_leak", "batch_equals_single"}


def broken_twice(n_env: int) -> SynchronousCore:
    core = generous(n_env)
    save = core.plant.save_state
    core.plant.save_state = lambda: {**save(), "start": np.zeros(core.n_env, dtype=np.intp)}  # type: ignore[method-assign]
    return core


def test_a_world_with_drawn_timing_keeps_the_contract() -> None:
    assert testing.check_contract(drawn_world) == tuple(name for name in testing.CONTRACT if name != "mode_equivalence")


def test_all_broken_promises_are_told_together() -> None:
    with pytest.raises(
        ContractViolation,
        match=r"(?s)^2 of 9 promises are broken:\n  restore_equals_never_stopped: .*\n  mode_equivalence: in lockstep",
    ):
        testing.check_contract(broken_twice)


def test_a_check_that_does_not_exist_cannot_be_left_out() -> None:
    with pytest.raises(UnknownNameError, match=r"There is no check 'no_leaks'; .* Did you mean 'no_leak'"):
        testing.check_contract(world, leave_out=["no_leaks"])


def test_a_world_that_cannot_be_built_says_why_itself() -> None:
    def make(n_env: int) -> EnvironmentCore:
        raise ConfigError("No world today.")

    with pytest.raises(ConfigError, match="No world today"):
        testing.check_deterministic(make)

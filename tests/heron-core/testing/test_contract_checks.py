"""Each contract check finds the fault it is for, and says where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from heron import testing
from heron.core import Observation
from heron.envs import CoreOptions, Observer, ObserverOptions, SynchronousCore
from heron.envs.core import EnvironmentCore
from heron.envs.demo import HeatingEnv, Room, RoomClimate, Street, heating_core
from heron.errors import ActionError, StateError
from heron.protocols import SetpointProtocol
from heron.testing import ContractViolation
from heron.testing.recording import draw_actions, record, require_same
from heron.types import FloatArray

OPTIONS = CoreOptions(step_s=3600.0, max_steps=4)


def world(n_env: int) -> SynchronousCore:
    return heating_core(n_env, options=OPTIONS)


def spoiled(change: Callable[[SynchronousCore], None]) -> Callable[[int], EnvironmentCore]:
    """A factory of worlds with a fault."""

    def make(n_env: int) -> EnvironmentCore:
        core = world(n_env)
        change(core)
        return core

    return make


def after_advance(core: SynchronousCore, also: Callable[[SynchronousCore], None]) -> None:
    advance = core.plant.advance

    def advance_and_more(step_ns: int) -> None:
        advance(step_ns)
        also(core)

    core.plant.advance = advance_and_more  # type: ignore[method-assign]


def temperature(core: SynchronousCore) -> FloatArray:
    return core.table["house1.room1.room_climate.temperature_degc"]


def test_a_mean_over_environments_is_found() -> None:
    def mix(core: SynchronousCore) -> None:
        after_advance(core, lambda core: temperature(core).__iadd__(1e-9 * temperature(core).mean()))

    with pytest.raises(ContractViolation, match=r"alone and as number 0 of 2 .*: table differs first at step 0, "):
        testing.check_batch_equals_single(spoiled(mix), sizes=(2,))


def test_the_first_difference_is_named_by_row() -> None:
    def mix(core: SynchronousCore) -> None:
        after_advance(core, lambda core: temperature(core).__iadd__(float(core.n_env)))

    with pytest.raises(ContractViolation, match=r"environment 0, house1.room1.room_climate.temperature_degc: "):
        testing.check_batch_equals_single(spoiled(mix), sizes=(2,))


def test_a_number_from_nowhere_is_found() -> None:
    noise = np.random.default_rng(0)

    def shake(core: SynchronousCore) -> None:
        after_advance(core, lambda core: temperature(core).__iadd__(noise.normal()))

    with pytest.raises(ContractViolation, match="two builds with the same seeds and actions: table differs"):
        testing.check_deterministic(spoiled(shake))


def test_seeds_that_change_nothing_are_found() -> None:
    def ignore(core: SynchronousCore) -> None:
        reset = core.plant.reset
        core.plant.reset = lambda envs, trees, options: reset(  # type: ignore[method-assign]
            envs, [type(tree)(0) for tree in trees], {"start": 0}
        )

    with pytest.raises(ContractViolation, match="Seeds 0 to 4 all begin with the same numbers"):
        testing.check_deterministic(spoiled(ignore))
    testing.check_deterministic(spoiled(ignore), seeds_matter=False)


def test_something_left_over_after_a_reset_is_found() -> None:
    def wear_out(core: SynchronousCore) -> None:
        worn = [0.0]

        def more(core: SynchronousCore) -> None:
            worn[0] += 1e-12
            temperature(core).__isub__(worn[0])

        after_advance(core, more)

    with pytest.raises(ContractViolation, match="a fresh environment and one that was used and reset"):
        testing.check_reset_restores_everything(spoiled(wear_out))


def test_a_reset_of_somebody_elses_environment_is_found() -> None:
    def careless(core: SynchronousCore) -> None:
        reset = core.plant.reset

        def reset_and_more(envs: Any, trees: Any, options: Any) -> None:
            reset(envs, trees, options)
            temperature(core)[...] = 20.0

        core.plant.reset = reset_and_more  # type: ignore[method-assign]

    with pytest.raises(ContractViolation, match=r"Resetting environment 1 changed environment 0: \['house1.room1.room"):
        testing.check_reset_restores_everything(spoiled(careless))


def test_a_reset_that_depends_on_how_many_are_reset_is_found() -> None:
    def counting(core: SynchronousCore) -> None:
        reset = core.plant.reset

        def reset_and_more(envs: Any, trees: Any, options: Any) -> None:
            reset(envs, trees, options)
            core.table.values[core.table.row("house1.room1.room_climate.temperature_degc"), envs] += len(envs)

        core.plant.reset = reset_and_more  # type: ignore[method-assign]

    with pytest.raises(ContractViolation, match=r"Reset alone and with others begins differently: \['house1.room1"):
        testing.check_reset_restores_everything(spoiled(counting))


def test_a_state_that_is_not_saved_is_found() -> None:
    def forgetful(core: SynchronousCore) -> None:
        save = core.plant.save_state
        core.plant.save_state = lambda: {**save(), "start": np.zeros(core.n_env, dtype=np.intp)}  # type: ignore[method-assign]

    with pytest.raises(ContractViolation, match="never stopped and restored into the same core: table differs"):
        testing.check_restore_equals_never_stopped(spoiled(forgetful))


def test_a_saved_state_that_is_used_up_is_found() -> None:
    def lending(core: SynchronousCore) -> None:
        restore, save = core.plant.restore_state, core.plant.save_state

        def take(state: Mapping[str, Any]) -> None:
            restore(state)
            core.plant._start = state["start"]  # type: ignore[attr-defined]

        def advance(step_ns: int) -> None:
            kept = core.plant._start  # type: ignore[attr-defined]
            move(step_ns)
            kept[...] = core.plant._start  # type: ignore[attr-defined]
            core.plant._start = kept  # type: ignore[attr-defined]

        move = core.plant.advance
        core.plant.restore_state, core.plant.advance, core.plant.save_state = take, advance, save  # type: ignore[method-assign]

    with pytest.raises(ContractViolation, match="restored into the same core again"):
        testing.check_restore_equals_never_stopped(spoiled(lending))


def test_a_state_that_only_the_same_core_can_use_is_found() -> None:
    def bound_to_itself(core: SynchronousCore) -> None:
        save, restore = core.plant.save_state, core.plant.restore_state
        core.plant.save_state = lambda: {**save(), "of": id(core)}  # type: ignore[method-assign]
        core.plant.restore_state = (  # type: ignore[method-assign]
            lambda state: restore(state) if state["of"] == id(core) else None
        )

    with pytest.raises(ContractViolation, match="restored into a new core"):
        testing.check_restore_equals_never_stopped(spoiled(bound_to_itself))


def test_an_agent_that_is_shown_too_much_is_found() -> None:
    def gossip(core: SynchronousCore) -> None:
        levels = {agent_id: agent.level for agent_id, agent in core.agents.items()}
        core.observer = Observer(core.table, levels, core.learners, ObserverOptions(full=True))

    with pytest.raises(ContractViolation, match="Agent 'supplier' sees what is hidden from it: entry 'house1.room1"):
        testing.check_no_leak(spoiled(gossip))


def test_a_row_that_changed_its_owner_behind_the_observers_back_is_found() -> None:
    def sold(core: SynchronousCore) -> None:
        core.table.own([core.table.row("house1.room1.room_climate.temperature_degc")], agent_id="x", parent_id="y")

    with pytest.raises(ContractViolation, match="'house1' sees what is hidden from it: entry 'house1.room1.room_clim"):
        testing.check_no_leak(spoiled(sold))


def test_an_agent_that_is_shown_too_little_is_found() -> None:
    def blind(core: SynchronousCore) -> None:
        core.observer.rows["house1"] = core.observer.rows["house1"][1:]

    with pytest.raises(
        ContractViolation, match=r"'house1' does not see rows that are open to it: \['house1.room1.room"
    ):
        testing.check_no_leak(spoiled(blind))


def test_an_observation_outside_its_box_is_found() -> None:
    def loud(core: SynchronousCore) -> None:
        vectors = core.observer.vectors

        def louder() -> Any:
            shown, clipped = vectors()
            return {name: values * np.float32(100.0) for name, values in shown.items()}, clipped

        core.observer.vectors = louder  # type: ignore[method-assign]

    with pytest.raises(ContractViolation, match=r"observation of house1.* has 'house1.room1.*' = -?\d"):
        testing.check_observations_in_box(spoiled(loud))


def test_an_observation_that_is_no_number_is_found() -> None:
    def lost(core: SynchronousCore) -> None:
        after_advance(core, lambda core: temperature(core).fill(np.nan))

    def blank(core: SynchronousCore) -> None:
        vectors = core.observer.vectors

        def blanked() -> Any:
            shown, clipped = vectors()
            return {name: values * np.float32(np.nan) for name, values in shown.items()}, clipped

        core.observer.vectors = blanked  # type: ignore[method-assign]

    with pytest.raises(ContractViolation, match=r"observation of house1.* has 'house1.room1.*' = nan"):
        testing.check_observations_in_box(spoiled(blank))
    # The core itself refuses it, before any check could compare rows with their bounds.
    with pytest.raises(StateError, match="temperature_degc' is nan after a step"):
        testing.check_values_in_bounds(spoiled(lost))


def test_an_observation_of_another_type_is_found() -> None:
    def wide(core: SynchronousCore) -> None:
        vectors = core.observer.vectors
        core.observer.vectors = lambda: (  # type: ignore[method-assign]
            {name: values.astype(np.float64) for name, values in vectors()[0].items()},  # type: ignore[misc]
            vectors()[1],
        )

    with pytest.raises(ContractViolation, match=r"observation of house1 is float64 of shape \(2, 8\)"):
        testing.check_observations_in_box(spoiled(wide))


def test_a_value_beyond_its_hard_bounds_is_found() -> None:
    def burn(core: SynchronousCore) -> None:
        after_advance(core, lambda core: temperature(core).fill(81.0))

    with pytest.raises(ContractViolation, match=r"temperature_degc' is 81.0 after a step \[degC\], declared from -60"):
        testing.check_values_in_bounds(spoiled(burn))


def test_a_wrong_action_that_gets_through_is_found() -> None:
    def tolerant(core: SynchronousCore) -> None:
        check = core.check_actions

        def check_less(actions: Mapping[str, Any]) -> dict[str, FloatArray]:
            return check({name: np.nan_to_num(actions.get(name, np.zeros((2, 2)))[:, :2]) for name in core.learners})

        core.check_actions = check_less  # type: ignore[method-assign]

    with pytest.raises(ContractViolation, match="An action of 'house1' that is missing was taken"):
        testing.check_bad_actions_are_refused(spoiled(tolerant))


def test_a_wrong_action_that_is_refused_too_late_is_found() -> None:
    def hasty(core: SynchronousCore) -> None:
        check = core.check_actions

        def check_late(actions: Mapping[str, Any]) -> dict[str, FloatArray]:
            temperature(core).__iadd__(1.0)
            return check(actions)

        core.check_actions = check_late  # type: ignore[method-assign]

    with pytest.raises(ContractViolation, match="was refused, but changed the state"):
        testing.check_bad_actions_are_refused(spoiled(hasty))


def test_an_error_that_names_nobody_is_found() -> None:
    def curt(core: SynchronousCore) -> None:
        def refuse(actions: Mapping[str, Any]) -> dict[str, FloatArray]:
            raise ActionError("No.")

        core.check_actions = refuse  # type: ignore[method-assign]

    with pytest.raises(ContractViolation, match=r"The error for an action that is missing names no agent: No\."):
        testing.check_bad_actions_are_refused(spoiled(curt))


class Averaging(SetpointProtocol):
    def coordinate(self, action: Any, subordinates: Any, *, observations: Any = None) -> dict[str, Any]:
        return super().coordinate(action - action.mean(), subordinates)


class Moody(SetpointProtocol):
    def coordinate(self, action: Any, subordinates: Any, *, observations: Any = None) -> dict[str, Any]:
        told = super().coordinate(action, subordinates)
        return told if len(action) > 1 else dict(list(told.items())[:1])


class Sideways(SetpointProtocol):
    def coordinate(self, action: Any, subordinates: Any, *, observations: Any = None) -> dict[str, Any]:
        return {name: {"price": told.T} for name, told in super().coordinate(action, subordinates).items()}


class Looking(SetpointProtocol):
    """Directs by what it has seen."""

    def coordinate(self, action: Any, subordinates: Any, *, observations: Any = None) -> dict[str, Any]:
        return dict.fromkeys(subordinates, observations["house"]["warmth"][:, np.newaxis])


class Bare(SetpointProtocol):
    def coordinate(self, action: Any, subordinates: Any) -> dict[str, Any]:  # type: ignore[override]
        return super().coordinate(action, subordinates)


ROOMS = {"room1": Room("a"), "room2": Room("b")}


@pytest.mark.parametrize(
    ("protocol", "message"),
    [
        (Averaging(), "action of 'room1' in environment 0 depends on the others"),
        (Moody(), r"Alone \['room1'\] get a directive, together \['room1', 'room2'\]"),
        (Sideways(), r"price of 'room1' has shape \(1, 7\) for 7 environments"),
    ],
)
def test_a_protocol_that_mixes_environments_is_found(protocol: SetpointProtocol, message: str) -> None:
    with pytest.raises(ContractViolation, match=message):
        testing.check_protocol_elementwise(protocol, ROOMS)


def test_a_protocol_that_looks_is_checked_with_what_it_saw() -> None:
    warmth = np.arange(7.0)[np.newaxis]
    seen = Observation(
        agent_id="house",
        names=["warmth"],
        values=warmth.T.astype(np.float32),
        physical=warmth,
        time_s=np.zeros(7),
    )
    testing.check_protocol_elementwise(Looking(), ROOMS, observations={"house": seen})


def test_a_protocol_with_two_arguments_can_be_checked() -> None:
    testing.check_protocol_elementwise(Bare(), ROOMS)


def test_a_compiled_map_that_says_something_else_is_found() -> None:
    class Reversed(SetpointProtocol):
        def compile(self, subordinates: Any, setpoints: Any) -> Any:
            routing = super().compile(subordinates, setpoints)
            return type(routing)(routing.rows, routing.index[::-1], routing.scale, routing.offset)

    class Loose(SetpointProtocol):
        def compile(self, subordinates: Any, setpoints: Any) -> Any:
            return None

    with pytest.raises(ContractViolation, match=r"(?s)room1.heat is \[.*\] compiled and \[.*\] by its"):
        testing.check_routing_equals_coordinate(Reversed(), ROOMS)
    with pytest.raises(ContractViolation, match="Loose does not compile"):
        testing.check_routing_equals_coordinate(Loose(), ROOMS)


def test_a_horizon_that_does_not_repeat_is_found() -> None:
    noise = np.random.default_rng(0)

    class Shaky(HeatingEnv):
        def step(self, actions: Any) -> Any:
            result = super().step(actions)
            if self.core is not None and self.core.steps[0] == 20:
                self.core.table.values[0] += noise.normal()
            return result

    with pytest.raises(ContractViolation, match="At step 20 of episode 0 observations differ"):
        testing.check_full_horizon_seed(Shaky)


def test_an_episode_that_ends_at_different_times_is_found() -> None:
    built = [0]

    class Unsteady(HeatingEnv):
        def __init__(self) -> None:
            super().__init__()
            built[0] += 1
            self.mine = built[0]

        def step(self, actions: Any) -> Any:
            result = super().step(actions)
            if self.mine == 2:
                self.agents = []
            return result

    with pytest.raises(ContractViolation, match=r"After step 0: \['house1', 'house2'\] and \[\] are still there"):
        testing.check_full_horizon_seed(Unsteady)


def test_recordings_of_different_length_are_not_compared() -> None:
    core = world(1)
    core.reset(seeds=[0])
    short = record(core, draw_actions(core, 1, seed=0))
    long = record(core, draw_actions(core, 2, seed=0))
    with pytest.raises(ContractViolation, match=r"table has shape \(1, 1, \d+\) and \(2, 1, \d+\)"):
        require_same(short, long, "short and long")


def test_the_street_and_its_rooms_are_the_worlds_the_faults_were_put_into() -> None:
    core = world(1)
    assert isinstance(core.plant, Street)
    assert core.agents["house1.room1"].state[RoomClimate].temperature_degc == 18.0

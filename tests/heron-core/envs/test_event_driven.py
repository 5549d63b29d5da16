"""The same agents on events: without delays the numbers of lockstep, whatever the plant step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from tank_world import OPTIONS, tank_core

from heron import testing
from heron.core import RandomPolicy
from heron.envs import CoreOptions, EventDrivenCore, Execution, ObserverOptions, SynchronousCore
from heron.envs.demo import heating_core
from heron.errors import ConfigError
from heron.protocols.vertical import PriceSignalProtocol, SetpointProtocol
from heron.testing.recording import draw_actions, record, require_same
from heron.types import FloatArray

DAY = CoreOptions(step_s=3600.0, max_steps=24, penalty=1.0)


def price() -> PriceSignalProtocol:
    return PriceSignalProtocol(0.0, 4.0)


def require_equal_modes(make: Callable[[], SynchronousCore], execution: Execution | None = None) -> None:
    """Two episodes with recorded actions give the same bits; the first is whole."""
    lockstep, events = make(), EventDrivenCore.of(make(), execution)
    actions = draw_actions(lockstep, lockstep.options.max_steps + 7, seed=3)
    lockstep.reset(seeds=[5])
    events.reset(seeds=[5])
    require_same(record(lockstep, actions), record(events, actions), "lockstep and events")


@pytest.mark.parametrize("distributed", [False, True])
@pytest.mark.parametrize("plant_step_s", [None, 900.0, 60.0])
@pytest.mark.parametrize("protocol", [SetpointProtocol, price])
@pytest.mark.parametrize("learners", ["coordinators", "devices", ["house1"], ["house2", "supplier"]])
def test_without_delays_events_give_the_bits_of_lockstep(
    learners: str | Sequence[str],
    protocol: Callable[[], SetpointProtocol | PriceSignalProtocol],
    plant_step_s: float | None,
    distributed: bool,
) -> None:
    options = replace(DAY, plant_step_s=plant_step_s)
    require_equal_modes(
        lambda: heating_core(learners=learners, protocol=protocol, options=options), Execution(distributed=distributed)
    )


@pytest.mark.parametrize(
    "options",
    [
        replace(DAY, plant_step_s=600.0, reward_discount=0.9, share_reward=True),
        replace(DAY, normalized_actions=False),
        replace(DAY, observer=ObserverOptions(scaled=False, full=True, one_hot=True)),
    ],
    ids=["discounted and shared", "physical actions", "full observations"],
)
def test_the_modes_agree_for_all_options(options: CoreOptions) -> None:
    require_equal_modes(lambda: heating_core(options=options))


def test_the_modes_agree_with_policies_of_the_agents_own() -> None:
    def make() -> SynchronousCore:
        core = heating_core(learners=["house1"], options=DAY, protocol=price)
        core.agents["house2"].policy = RandomPolicy()
        return core

    require_equal_modes(make)
    require_equal_modes(make, Execution(distributed=True))


def test_the_modes_agree_where_devices_decide_for_themselves() -> None:
    def make() -> SynchronousCore:
        core = heating_core(learners=["house1"], options=DAY)
        core.agents["house2.room1"].policy = RandomPolicy()
        return core

    require_equal_modes(make)


def test_the_modes_agree_with_a_reward_of_the_environments_own() -> None:
    def make() -> SynchronousCore:
        core = heating_core(options=replace(DAY, plant_step_s=1800.0))
        rows = [core.table.row(f"{house}.house_climate.coldest_degc") for house in core.learners]

        def reward() -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
            coldest = dict(zip(core.learners, core.table.values[rows], strict=True))
            return coldest, {house: np.abs(degrees) for house, degrees in coldest.items()}

        core.reward_function = reward
        return core

    require_equal_modes(make)


def test_the_modes_agree_with_many_agents() -> None:
    require_equal_modes(lambda: heating_core(n_house=9, n_room=3, options=replace(DAY, max_steps=5)))


def test_an_episode_that_ends_early_ends_alike() -> None:
    def make() -> SynchronousCore:
        core = tank_core(options=replace(OPTIONS, terminate_on_failure=True, plant_step_s=5.0))
        level = core.table["keeper1.tank1.water.level_m"]
        core.plant.failed = lambda: level > 30.0  # type: ignore[method-assign]
        return core

    lockstep, events = make(), EventDrivenCore.of(make())
    actions = {"keeper1": np.full((12, 1, 1), 1.0)}
    lockstep.reset(seeds=[0])
    events.reset(seeds=[0])
    run = record(lockstep, actions)
    # 2 m/s: 20 m after a step, 30 m in the middle of the second is not above 30, 40 m at its end is
    assert run.arrays["terminated"][:3, 0].tolist() == [False, True, False]
    require_same(run, record(events, actions), "lockstep and events")


@pytest.mark.parametrize("plant_step_s", [None, 1800.0, 360.0, 1.2])
def test_energy_and_cost_do_not_depend_on_the_plant_step(plant_step_s: float | None) -> None:
    n_step = 4
    short = replace(DAY, max_steps=n_step, penalty=0.0)
    lockstep = heating_core(options=short)
    events = EventDrivenCore.of(heating_core(options=replace(short, plant_step_s=plant_step_s)))
    actions = draw_actions(lockstep, n_step, seed=1)
    totals = []
    for core in (lockstep, events):
        core.reset(seeds=[2])
        cost = sum(core.step({name: one[step] for name, one in actions.items()}).cost for step in range(n_step))
        names = [name for name in core.table.names if name.endswith((".used_h", ".temperature_degc"))]
        totals.append((np.asarray(cost), np.array([core.table[name] for name in names])))
    # heat is a sum of products and temperature an exponential: cutting an hour into 3,000 parts changes the last digits
    np.testing.assert_allclose(totals[0][0], totals[1][0], rtol=1e-9)
    np.testing.assert_allclose(totals[0][1], totals[1][1], rtol=1e-9)


def test_a_world_on_events_keeps_the_whole_contract() -> None:
    def make(n_env: int) -> EventDrivenCore:
        return EventDrivenCore.of(heating_core(n_env, options=replace(DAY, max_steps=5)))

    testing.check_reset_restores_everything(make, n_env=1)
    testing.check_restore_equals_never_stopped(make, n_env=1)
    testing.check_observations_in_box(make, n_env=1)
    testing.check_values_in_bounds(make, n_env=1)
    testing.check_bad_actions_are_refused(make, n_env=1)


def test_several_environments_cannot_share_the_instants_of_one() -> None:
    with pytest.raises(ConfigError, match="Event-driven execution holds one environment, not 3: each has instants"):
        EventDrivenCore.of(heating_core(3))

"""What can go wrong in the demo world: heaters fail, and the weather turns cold."""

from __future__ import annotations

import numpy as np
import pytest

from heron.envs import SynchronousCore
from heron.envs.demo import RoomSpec, heating_core, next_temperature
from heron.errors import ConfigError, UnknownNameError

ROOM = "house1.room1"
TEMPERATURE, HEAT, OUTSIDE = f"{ROOM}.room_climate.temperature_degc", f"{ROOM}.heater_output.heat", "outside_degc"


def started(n_env: int = 1) -> SynchronousCore:
    core = heating_core(n_env)
    core.reset(seeds=range(n_env), options={"start": 12})
    return core


def full_heat(core: SynchronousCore) -> None:
    core.step({agent_id: np.ones((core.n_env, 2)) for agent_id in core.learners})


def test_a_room_without_heater_cools_down_and_pays_nothing() -> None:
    core = started()
    core.plant.begin_disturbance("heater_trip", ROOM, {})
    before, outside = core.table[TEMPERATURE][0], core.table[OUTSIDE][0]
    full_heat(core)
    # house1.room1 loses 0.15 of the difference in an hour
    expected = next_temperature(before, outside, 0.0, spec=RoomSpec(loss_per_h=0.15), step_h=1.0)
    assert core.table[TEMPERATURE][0] == pytest.approx(expected, abs=1e-12)
    assert core.table[HEAT][0] == 0.0
    assert core.table[f"{ROOM}.account.cost"][0] == 0.0
    assert core.table["house1.room2.account.cost"][0] > 0.0
    assert list(core.plant.unavailable()) == [ROOM]


def test_the_setpoint_is_kept_and_in_force_again_when_the_heater_works() -> None:
    core = started()
    core.plant.begin_disturbance("heater_trip", ROOM, {})
    full_heat(core)
    assert core.table[f"{ROOM}.setpoint.heat"][0] == 1.0
    core.plant.end_disturbance("heater_trip", ROOM)
    core.plant.advance(core.step_ns)
    assert core.table[HEAT][0] == 1.0
    assert list(core.plant.unavailable()) == []


def test_a_cold_spell_shows_at_once_and_only_where_it_is() -> None:
    core = started(3)
    before = core.table[OUTSIDE].copy()
    core.plant.begin_disturbance("cold_spell", "street", {"by_degc": 7.0}, np.array([1]))
    np.testing.assert_array_equal(before - core.table[OUTSIDE], [0.0, 7.0, 0.0])
    full_heat(core)
    np.testing.assert_array_equal(core.table[OUTSIDE][0] - core.table[OUTSIDE], [0.0, 7.0, 0.0])
    core.plant.end_disturbance("cold_spell", "street")
    assert np.unique(core.table[OUTSIDE]).size == 1


def test_a_disturbance_within_an_interval_leaves_the_weather_of_the_interval() -> None:
    # 90 minutes pass in one go: the rows still show the first hour, and go on doing so
    core = started()
    before = core.table[OUTSIDE][0]
    core.plant.advance(core.step_ns * 3 // 2)
    core.plant.begin_disturbance("cold_spell", "street", {"by_degc": 7.0})
    assert core.table[OUTSIDE][0] == before - 7.0


@pytest.mark.parametrize("kind", ["heater_trip", "cold_spell"])
def test_reset_and_restore_know_what_is_wrong(kind: str) -> None:
    target, parameters = {"heater_trip": (ROOM, {}), "cold_spell": ("street", {"by_degc": 7.0})}[kind]
    core, calm = started(2), started(2)
    core.plant.begin_disturbance(kind, target, parameters)
    saved = core.save_state()
    full_heat(core)
    after = core.table.values.copy()
    core.reset(seeds=[0, 1], options={"start": 12})
    full_heat(core)
    full_heat(calm)
    np.testing.assert_array_equal(core.table.values, calm.table.values)
    assert not np.array_equal(after, calm.table.values)
    core.restore_state(saved)
    full_heat(core)
    np.testing.assert_array_equal(core.table.values, after)


def test_what_the_street_does_not_know_is_refused_before_anything_changes() -> None:
    plant = started().plant
    with pytest.raises(UnknownNameError, match=r"no disturbance 'heater_trap'.*Did you mean 'heater_trip'"):
        plant.check_disturbance("heater_trap", ROOM, {})
    with pytest.raises(UnknownNameError, match=r"cannot hit 'house1.room7'; it can hit house1.room1, .*Did you mean"):
        plant.check_disturbance("heater_trip", "house1.room7", {})
    with pytest.raises(UnknownNameError, match=r"has no parameter 'by_deg'; it has by_degc. Did you mean 'by_degc'"):
        plant.check_disturbance("cold_spell", "street", {"by_deg": 1.0})
    with pytest.raises(ConfigError, match=r"lacks its parameter 'by_degc'. Give a finite number from 0 to 40 \[degC\]"):
        plant.check_disturbance("cold_spell", "street", {})
    for value in (-1.0, float("nan"), "much", True, [1.0]):
        with pytest.raises(ConfigError, match="has 'by_degc' .*Give a finite number from 0 to 40"):
            plant.check_disturbance("cold_spell", "street", {"by_degc": value})
    with pytest.raises(UnknownNameError, match="no disturbance 'flood'"):
        plant.end_disturbance("flood", "street")
    assert list(plant.unavailable()) == []

"""The demo world of rooms and heaters, and that it keeps the contract."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heron import testing
from heron.core import Observation
from heron.envs import CoreOptions, SynchronousCore
from heron.envs.demo import AnnounceTariff, HeatingEnv, Room, RoomClimate, RoomSpec, heating_core, next_temperature
from heron.envs.demo.street import N_HOUR, tariff, weather
from heron.envs.observer import ObserverOptions
from heron.protocols import PriceSignalProtocol

VARIANTS: dict[str, dict[str, Any]] = {
    "houses learn": {},
    "rooms learn": {"learners": "devices"},
    "houses announce prices": {"protocol": lambda: PriceSignalProtocol(0.0, 4.0)},
    "one house learns": {"learners": ["house2"]},
    "with a mark of the agent": {
        "options": CoreOptions(step_s=3600.0, max_steps=24, observer=ObserverOptions(one_hot=True))
    },
}
CHECKS: list[Callable[..., None]] = [
    testing.check_deterministic,
    testing.check_reset_restores_everything,
    testing.check_restore_equals_never_stopped,
    testing.check_no_leak,
    testing.check_observations_in_box,
    testing.check_values_in_bounds,
    testing.check_bad_actions_are_refused,
]


def make(variant: str) -> Callable[[int], SynchronousCore]:
    return lambda n_env: heating_core(n_env, **VARIANTS[variant])


@pytest.mark.parametrize("variant", VARIANTS)
def test_one_environment_and_many_give_the_same_bits(variant: str) -> None:
    testing.check_batch_equals_single(make(variant), sizes=(2, 7))


def test_sixty_four_environments_give_the_bits_of_one() -> None:
    testing.check_batch_equals_single(heating_core, sizes=(64,), n_step=30)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_demo_world_keeps_the_contract(variant: str, check: Callable[..., None]) -> None:
    check(make(variant))


def test_a_room_without_heat_cools_towards_the_outside() -> None:
    # 20 °C, 0 °C outside, a tenth an hour: 20 · e^-0.1 after an hour
    after = next_temperature(20.0, 0.0, 0.0, spec=RoomSpec(loss_per_h=0.1), step_h=1.0)
    assert math.isclose(after, 20.0 * math.exp(-0.1), rel_tol=1e-12)


def test_heat_and_losses_balance() -> None:
    # 3 °C/h of heat and a loss of 0.1/h hold 30 °C above the outside
    spec = RoomSpec(loss_per_h=0.1, warming_per_h=3.0)
    assert math.isclose(next_temperature(35.0, 5.0, 1.0, spec=spec, step_h=7.0), 35.0, rel_tol=1e-12)


@given(st.floats(-20.0, 40.0), st.floats(-20.0, 30.0), st.floats(0.0, 1.0), st.floats(0.01, 10.0))
def test_two_short_steps_are_one_long_step(room_degc: float, outside_degc: float, heat: float, step_h: float) -> None:
    spec = RoomSpec()
    halfway = next_temperature(room_degc, outside_degc, heat, spec=spec, step_h=0.5 * step_h)
    twice = next_temperature(halfway, outside_degc, heat, spec=spec, step_h=0.5 * step_h)
    once = next_temperature(room_degc, outside_degc, heat, spec=spec, step_h=step_h)
    assert math.isclose(twice, once, rel_tol=1e-9, abs_tol=1e-9)


def test_a_room_pays_for_its_heat_and_counts_degrees_beyond_comfort() -> None:
    room = Room("r", spec=RoomSpec(loss_per_h=0.1, warming_per_h=3.0, cold_degc=18.0))
    room.state[RoomClimate].temperature_degc = 10.0
    room.action.set_values(c=[0.5])
    room.apply_action()
    room.update_state(step_s=1800.0, outside_degc=10.0)
    room.update_cost_safety(step_s=1800.0, tariff_usd_per_h=4.0)
    # half heat for half an hour at 4 USD/h: 1 USD; aims at 10 + 15 = 25: 25 - 15 e^-0.05 = 10.7316 °C
    assert room.cost == 1.0
    assert math.isclose(room.safety, 18.0 - (25.0 - 15.0 * math.exp(-0.05)), rel_tol=1e-12)


def test_a_dear_hour_is_answered_with_less_heat() -> None:
    room = Room("r")
    room.state[RoomClimate].temperature_degc = 17.5
    # cheap: aims at 21, 3.5 below asks for everything; dear: aims at 18, 0.5 below asks for 0.25
    np.testing.assert_array_equal(room.respond_to_price(np.array([1.0, 3.0])), [[1.0, 0.25]])


def test_the_tariff_is_announced_as_it_is() -> None:
    seen = Observation(
        agent_id="supplier",
        names=["street.series.tariff_usd_per_h"],
        values=np.zeros((2, 1), dtype=np.float32),
        physical=np.array([[1.0, 3.0]]),
        time_s=np.zeros(2),
    )
    # 1 and 3 of 0 … 4
    np.testing.assert_array_equal(AnnounceTariff().act(seen), [[-0.5], [0.5]])


def test_houses_learn_the_tariff_from_the_announcement_only() -> None:
    core = heating_core(1)
    core.reset(seeds=[0])
    assert "street.series.tariff_usd_per_h" in core.observer.names("supplier")
    assert not any("tariff" in name for name in core.observer.names("house1"))
    assert not any("house2" in name for name in core.observer.names("house1"))
    before = core.table["street.series.tariff_usd_per_h"][0]
    core.step({house: np.zeros((1, 2)) for house in core.learners})
    assert core.table["house1.inbox.price"][0] == before
    assert core.table["house1.inbox.age_s"][0] == 3600.0


def test_a_higher_tariff_costs_more_for_the_same_heat() -> None:
    def cost(factor: float) -> float:
        env = HeatingEnv()
        assert env.core is not None
        env.core.plant._values[1] *= factor  # type: ignore[attr-defined]
        env.reset(seed=5)
        return sum(env.step({house: np.zeros(2) for house in env.agents})[4]["house1"]["cost"] for _ in range(24))

    assert math.isclose(cost(2.0), 2.0 * cost(1.0), rel_tol=1e-12)
    assert cost(1.0) > 0.0


def test_a_house_reports_its_coldest_room() -> None:
    core = heating_core(1, n_room=3)
    core.reset(seeds=[0])
    core.step({house: np.zeros((1, 3)) for house in core.learners})
    rooms = [core.table[f"house1.room{i}.room_climate.temperature_degc"][0] for i in (1, 2, 3)]
    assert core.table["house1.house_climate.coldest_degc"][0] == min(rooms)


def test_the_weather_has_a_day_and_no_end() -> None:
    outside_degc = weather().values
    assert len(outside_degc) == len(tariff().values) == N_HOUR
    day = outside_degc[:24]
    assert (int(np.argmin(day)), set(tariff().values.tolist())) == (3, {1.0, 3.0})


def test_a_wear_that_lives_outside_the_table_starts_anew() -> None:
    core = heating_core(2)
    core.reset(seeds=[0, 1])
    core.step({house: np.ones((2, 2)) for house in core.learners})
    used = core.table["house1.room1.heater_wear.used_h"]
    np.testing.assert_array_equal(used, [1.0, 1.0])
    core.reset(envs=np.array([1]))
    core.step({house: np.full((2, 2), -1.0) for house in core.learners})
    np.testing.assert_array_equal(core.table["house1.room1.heater_wear.used_h"], [1.0, 0.0])

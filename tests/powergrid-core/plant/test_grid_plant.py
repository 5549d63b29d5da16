"""The whole plant: devices, wires, series and books together."""

from __future__ import annotations

import numpy as np
import pytest

from heron.errors import ConfigError
from powergrid.errors import DatasetError

DO_NOTHING = {"MG1": np.zeros((1, 1))}
HOURLY_PRICE = np.arange(24.0) * 10.0


def test_the_price_of_an_interval_is_the_one_that_was_shown_before_it(world, pair_env) -> None:
    # 0.5 MW from the generator at the price of hours 0, 1, 2: sold for 0, 5, 10 USD less the line's loss
    env = pair_env([world.device("Engine", "e1", p_max_mw=0.5)], price=HOURLY_PRICE)
    env.reset()
    for hour in range(3):
        assert env.core.observe("MG1")["market.exogenous.price_usd_per_mwh"].item() == 10.0 * hour
        *_, infos = env.step({"MG1": [1.0]})
        slack_mw = env.plant.grid.slack_mva[0].real
        assert slack_mw == pytest.approx(-0.5 + env.plant.grid.losses_mw()[0], abs=1e-9)
        assert infos["MG1"]["cost"] == pytest.approx(10.0 * hour * slack_mw, abs=1e-9)


def test_fuel_is_paid_by_the_area_and_by_the_device_less_what_it_sold(world, pair_env) -> None:
    # 0.5 MW for an hour at a fuel price of 30 is 15 USD; the device sells 0.5 MWh at 50: 15 - 25 = -10 USD
    env = pair_env(
        [world.device("Engine", "e1", p_max_mw=0.5, fuel_usd_per_mwh=30.0)], load_mw=0.9, price=np.full(24, 50.0)
    )
    env.reset()
    *_, infos = env.step({"MG1": [1.0]})
    slack_mw = env.plant.grid.slack_mva[0].real
    assert infos["MG1"]["cost"] == pytest.approx(15.0 + 50.0 * slack_mw, abs=1e-9)
    device = env.agent_dict["MG1"].devices["e1"]
    assert device.cost == pytest.approx(-10.0, abs=1e-12)
    assert device.safety == 0.0


def test_what_is_left_in_the_battery_is_settled_at_the_end_of_the_episode(world, pair_env) -> None:
    # Prices 10, 20, 60: mean 30. Charging 0.5 MW in the first hour stores 0.4 MWh, worth 0.32 MWh: 9.60 USD.
    price = np.concatenate([[10.0, 20.0, 60.0], np.zeros(21)])
    cell = world.device("Cell", "b1", capacity_mwh=2.0, p_max_mw=0.5)
    costs = {}
    for settle in (True, False):
        env = pair_env([cell], {"max_episode_steps": 3, "settle_storage": settle}, price=price)
        env.reset()
        costs[settle] = [env.step({"MG1": [action]})[4]["MG1"]["cost"] for action in (-1.0, 0.0, 0.0)]
    assert costs[True][:2] == costs[False][:2]
    assert costs[False][0] > 0.0
    assert costs[False][2] - costs[True][2] == pytest.approx(9.60, abs=1e-9)


def test_only_the_episode_that_ends_is_settled(world, pair_env) -> None:
    # Environment 1 began again after the first step, so that it goes on when environment 0 ends.
    cell = world.device("Cell", "b1", capacity_mwh=2.0, p_max_mw=0.5)
    config = {"max_episode_steps": 3, "settle_storage": True}
    core = pair_env([cell], config, n_env=2, price=np.full(24, 30.0)).core
    core.reset(seeds=[0, 0])
    for step, power in enumerate((-1.0, -1.0, 0.0)):
        result = core.step({"MG1": np.full((2, 1), power)})
        if step == 0:
            core.reset(envs=np.array([1]))
    assert result.truncated.tolist() == [True, False]
    # 0.8 MWh more are worth 0.64 MWh at 30 USD/MWh
    np.testing.assert_allclose(result.costs["MG1"], [-19.2, 0.0], atol=1e-9)


def test_a_device_outside_its_limits_counts_as_a_violation(world, pair_env) -> None:
    # 0.5 MW for an hour into 1 MWh from 0.5: 0.9 is 0.2 above the alarm of 0.7; the line's end is at 0.9472 pu
    cell = world.device("Cell", "b1", capacity_mwh=1.0, p_max_mw=0.5, soc_alarm=0.7)
    env = pair_env([cell])
    env.reset()
    *_, infos = env.step({"MG1": [-1.0]})
    assert env.plant.violations("MG1")["device"][0] == pytest.approx(0.2)
    assert infos["MG1"]["safety"] == pytest.approx(0.2 + 0.95 - 0.5 * (1.0 + np.sqrt(0.8)))
    assert env.agent_dict["MG1"].devices["b1"].safety == pytest.approx(0.2)


def test_loads_follow_the_shared_series_and_the_weather_its_own(world, pair_env) -> None:
    sun = np.concatenate([[0.0, 0.5], np.ones(22)])
    load = np.concatenate([[1.0, 0.25], np.ones(22)])
    env = pair_env([world.device("Panel", "pv1", p_rated_mw=0.4)], load_mw=0.8, solar=sun, load=load)
    env.reset()
    for drawn, fed_in in ((0.8, 0.0), (0.2, 0.2)):
        env.step({"MG1": [-1.0]})
        assert env.plant.grid.drawn_mva[0, 0].real == pytest.approx(drawn)
        assert env.plant.fleet.power_mw()[0, 0] == pytest.approx(fed_in)


def test_a_device_that_follows_a_missing_column_is_named(world, pair_env) -> None:
    with pytest.raises(DatasetError, match="Device 'MG1.pv1' follows 'sloar'. The data set has no column 'sloar'"):
        pair_env([world.device("Panel", "pv1", p_rated_mw=0.4, column="sloar")])


def test_an_object_is_told_time_price_voltage_and_weather(world, pair_env) -> None:
    env = pair_env(
        [world.device("Heater", "h1")], {"step_s": 1800.0, "max_episode_steps": 4}, load_mw=0.9, price=HOURLY_PRICE
    )
    env.reset()
    before = env.plant.grid.vm_pu[1, 0]
    for _ in range(3):
        env.step({"MG1": [1.0]})
    heater = env.agent_dict["MG1"].devices["h1"]
    assert heater.told["step_s"] == 1800.0
    assert heater.told["price_usd_per_mwh"] == 10.0
    assert heater.told["vm_pu"] < before
    assert heater.told["series"]["solar/anywhere"] == 1.0


def test_an_object_draws_its_start_from_the_seed(world, pair_env) -> None:
    env = pair_env([world.device("Heater", "h1")])
    heater, starts = env.agent_dict["MG1"].devices["h1"], []
    for seed in (0, 1, 0):
        env.reset(seed=seed)
        starts.append(heater.temperature_degc)
    assert starts[0] == starts[2] != starts[1]


def test_an_object_pays_for_its_energy_once(world, pair_env) -> None:
    # 1 MW for an hour at 20 USD/MWh and half a dollar, then a dollar, of its own: the account never adds up
    env = pair_env([world.device("Heater", "h1")], price=np.full(24, 20.0))
    env.reset()
    heater = env.agent_dict["MG1"].devices["h1"]
    for own_usd in (0.5, 1.0, 1.5):
        *_, infos = env.step({"MG1": [1.0]})
        slack_mw = env.plant.grid.slack_mva[0].real
        assert infos["MG1"]["cost"] == pytest.approx(own_usd + 20.0 * slack_mw, abs=1e-9)
        assert heater.cost == pytest.approx(own_usd + 20.0, abs=1e-9)


def test_a_start_beyond_the_data_is_refused_when_the_environment_is_built(world, pair_env) -> None:
    with pytest.raises(ConfigError, match="start: day of split 'train'"):
        pair_env([world.device("Engine", "e1", p_max_mw=0.5)], {"start": 1})


def test_the_report_names_the_status_of_the_power_flow(world, pair_env) -> None:
    env = pair_env([world.device("Engine", "e1", p_max_mw=0.5)], n_env=3)
    env.core.reset(seeds=[0, 1, 2])
    env.core.step({"MG1": np.zeros((3, 1))})
    report = env.plant.report()
    assert report["power_flow_status"].tolist() == [0, 0, 0]
    assert report["converged"].tolist() == [True, True, True]

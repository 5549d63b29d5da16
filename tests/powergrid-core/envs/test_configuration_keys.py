"""What each key of the configuration changes."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heron.errors import ConfigError
from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
from powergrid.errors import DatasetError
from powergrid.plant.series import TimeSeriesTable

PRICE = "market.exogenous.price_usd_per_mwh"


@pytest.fixture
def engine(world) -> list[dict[str, Any]]:
    return [world.device("Engine", "e1", p_max_mw=0.5, q_max_mvar=0.2)]


def test_env_id_is_the_name_of_the_environment(pair_env, engine) -> None:
    assert pair_env(engine, {"env_id": "village"}).metadata["name"] == "village"
    assert pair_env(engine).metadata["name"] == "powergrid"


def test_train_chooses_the_days(pair_env, engine) -> None:
    parts = {
        part: {"load": np.ones(24), "price": np.full(24, price)} for part, price in (("train", 1.0), ("test", 2.0))
    }
    for train, price in ((True, 1.0), (False, 2.0)):
        env = pair_env(engine, {"train": train, "dataset": parts})
        env.reset(seed=0)
        assert env.core.observe("MG1")[PRICE].item() == price


def test_start_hour_is_the_hour_an_episode_begins_at(pair_env, engine) -> None:
    env = pair_env(engine, {"start_hour": 15, "max_episode_steps": 2}, price=np.arange(24.0))
    env.reset(seed=0)
    assert env.core.observe("MG1")[PRICE].item() == 15.0
    with pytest.raises(ConfigError, match=r"start_hour is 15.5, but intervals of 3600 s do not begin there"):
        pair_env(engine, {"start_hour": 15.5})
    for hour in (-1, 24):
        with pytest.raises(ConfigError, match=rf"start_hour.*must be from 0 to below 24, not {hour}"):
            pair_env(engine, {"start_hour": hour})


def test_without_data_there_is_a_day_to_start_late_on(pair_env, engine) -> None:
    with pytest.warns(UserWarning, match="names no dataset"):
        env = pair_env(engine, {"dataset": None, "start_hour": 20})
    env.reset(seed=0)
    for _ in range(24):
        env.step({"MG1": [0.0, 0.0]})
    assert env.agents == []


def test_plant_steps_within_a_step_see_the_series_as_it_changes(pair_env, engine) -> None:
    # 1 kW times 0.4 at 10 USD/MWh for an hour and times 0.8 at 30: 0.028 USD; means of two hours give 0.6 x 20 x 2 = 24
    hourly = {"price": [10.0, 30.0] * 12, "load": [0.4, 0.8] * 12}
    for plant_step_s, cost_usd in ((None, 24.0), (3600.0, 28.0)):
        config = {"step_s": 7200.0, "plant_step_s": plant_step_s, "max_episode_steps": 2}
        env = pair_env(engine, config, load_mw=1e-3, **hourly)
        env.reset(seed=0)
        *_, infos = env.step({"MG1": [-1.0, 0.0]})
        assert infos["MG1"]["cost"] * 1e3 == pytest.approx(cost_usd, rel=1e-3)


def test_variability_changes_the_load_within_seconds(pair_env, engine) -> None:
    for variability, moves in ((None, False), ({"load": {"sigma": 0.1}}, True)):
        env = pair_env(engine, {"step_s": 4, "variability": variability}, load_mw=1.0)
        env.reset(seed=0)
        before = env.core.table["MG1.exogenous.load"].item()
        env.step({"MG1": [0.0, 0.0]})
        assert (env.core.table["MG1.exogenous.load"].item() != before) is moves


@pytest.mark.parametrize("steps", [1, 5])
def test_max_episode_steps_truncates(pair_env, engine, steps: int) -> None:
    env = pair_env(engine, {"max_episode_steps": steps})
    env.reset(seed=0)
    for step in range(steps):
        _, _, terminations, truncations, _ = env.step({"MG1": [0.0, 0.0]})
        assert truncations["MG1"] is (step == steps - 1)
        assert terminations["MG1"] is False


def test_step_s_scales_energy(world, pair_env) -> None:
    # 0.4 MW drawn for a quarter of an hour take 0.125 MWh from the battery
    env = pair_env([world.device("Cell", "b1", capacity_mwh=1.0, p_max_mw=0.4)], {"step_s": 900})
    env.reset(seed=0)
    env.step({"MG1": [1.0]})
    assert env.agent_dict["MG1"].devices["b1"].state.storage_block.soc == pytest.approx(0.375)


def test_penalty_weighs_safety(pair_env, engine) -> None:
    rewards = {}
    for penalty in (0.0, 100.0):
        env = pair_env(engine, {"penalty": penalty}, load_mw=1.5)
        env.reset(seed=0)
        _, reward, _, _, infos = env.step({"MG1": [-1.0, 0.0]})
        rewards[penalty] = reward["MG1"]
        assert infos["MG1"]["safety"] > 0.0
    assert rewards[0.0] == -infos["MG1"]["cost"]
    assert rewards[100.0] == pytest.approx(-infos["MG1"]["cost"] - 100.0 * infos["MG1"]["safety"])


def test_dataset_takes_a_table_arrays_or_arrays_by_split(pair_env, engine) -> None:
    arrays = {"load": np.ones(24), "price": np.full(24, 7.0)}
    table = TimeSeriesTable.from_arrays(arrays)
    for dataset in (
        table,
        arrays,
        {"train": arrays, "test": arrays},
        {"load": {"A": np.ones(24)}, "price": np.full(24, 7.0)},
    ):
        env = pair_env(engine, {"dataset": dataset})
        env.reset(seed=0)
        assert env.core.observe("MG1")[PRICE].item() == 7.0


def test_a_short_array_is_repeated_with_a_warning_and_another_length_refused(pair_env, engine) -> None:
    with pytest.warns(UserWarning, match="'price' of .* has 12 of 48 values: it is repeated 4 times"):
        env = pair_env(engine, {"dataset": {"load": np.ones(48), "price": np.arange(12.0)}})
    env.reset(seed=0, options={"start_row": 13})
    assert env.core.observe("MG1")[PRICE].item() == 1.0
    with pytest.raises(DatasetError, match="Give 48 values, or a number that divides 48"):
        pair_env(engine, {"dataset": {"load": np.ones(48), "price": np.arange(13.0)}})


def test_dataset_path_reads_a_file(pair_env, engine, tmp_path) -> None:
    from powergrid.plant.series_file import save_table

    path = tmp_path / "year.npz"
    save_table(TimeSeriesTable.from_arrays({"load": np.ones(24), "price": np.full(24, 3.0)}), path)
    env = pair_env(engine, {"dataset": None, "dataset_path": path})
    env.reset(seed=0)
    assert env.core.observe("MG1")[PRICE].item() == 3.0


def test_a_data_set_without_a_price_is_refused(pair_env, engine) -> None:
    with pytest.raises(DatasetError, match="no column 'price'"):
        pair_env(engine, {"dataset": {"load": np.ones(24)}})


def test_loads_stay_nominal_where_the_data_set_has_no_load_for_all(pair_env, engine) -> None:
    dataset = {"load/A": np.zeros(24), "load/B": np.zeros(24), "price": np.zeros(24)}
    env = pair_env(engine, {"dataset": dataset}, load_mw=0.5)
    env.reset(seed=0)
    env.step({"MG1": [-1.0, 0.0]})
    assert env.plant.grid.drawn_mva[0, 0] == 0.5


def test_both_solvers_and_the_automatic_choice_agree(pair_env, engine, caplog) -> None:
    found = {}
    for solver in ("fixed_point", "pandapower", "auto"):
        with caplog.at_level(logging.INFO, logger="powergrid"):
            env = pair_env(engine, {"solver": solver}, load_mw=1.0)
        env.reset(seed=0)
        env.step({"MG1": [-0.5, 0.5]})
        found[solver] = env.plant.grid.v[1, 0]
    assert found["auto"] == found["fixed_point"] == pytest.approx(found["pandapower"], abs=1e-9)
    assert "solver 'auto' is 'fixed_point': all of the 2 nodes but 1 slack nodes have given power." in caplog.text


def test_learners_can_be_the_devices_or_a_list(world, pair_env) -> None:
    devices = [world.device("Engine", "e1", p_max_mw=0.5), world.device("Cell", "b1", capacity_mwh=1.0, p_max_mw=0.4)]
    env = pair_env(devices, {"learners": "devices"})
    assert env.possible_agents == ["MG1.e1", "MG1.b1"]
    env.reset(seed=0)
    _, rewards, *_ = env.step({"MG1.e1": [1.0], "MG1.b1": [-0.5]})
    assert env.plant.fleet.power_mw()[:, 0].tolist() == [0.5, -0.2]
    assert set(rewards) == {"MG1.e1", "MG1.b1"}
    env = pair_env(devices, {"learners": ["MG1.b1"]})
    assert env.possible_agents == ["MG1.b1"]
    env.reset(seed=0)
    env.step({"MG1.b1": [1.0]})
    assert env.plant.fleet.power_mw()[:, 0].tolist() == [0.0, 0.4]


def test_forecast_steps_show_what_follows(pair_env, engine) -> None:
    env = pair_env(engine, {"forecast_steps": {"price": 2, "load": 1}}, price=np.arange(24.0))
    env.reset(seed=0)
    seen = env.core.observe("MG1")
    assert [seen[f"market.forecast.price_usd_per_mwh_{k}"].item() for k in (1, 2)] == [1.0, 2.0]
    assert seen["MG1.forecast.load_1"].item() == 1.0


def test_a_forecast_of_what_nothing_follows_is_refused(pair_env, engine) -> None:
    with pytest.raises(
        ConfigError, match=r"3 values of 'wind', but nothing .* these are followed: \['load', 'price'\]"
    ):
        pair_env(engine, {"forecast_steps": {"wind": 3}})
    pair_env(engine, {"forecast_steps": {"wind": 0}})


def test_physical_action_units_take_the_fields_own(pair_env, engine) -> None:
    env = pair_env(engine, {"action_units": "physical"})
    space = env.action_spaces["MG1"]
    np.testing.assert_allclose(space.low, [0.0, -0.2], rtol=1e-6)
    np.testing.assert_allclose(space.high, [0.5, 0.2], rtol=1e-6)
    env.reset(seed=0)
    env.step({"MG1": [0.3, -0.1]})
    assert env.plant.fleet.power_mva().item() == pytest.approx(0.3 - 0.1j)


def test_physical_observation_units_are_raw_numbers(pair_env, engine) -> None:
    for units, expected in (("physical", 50.0), ("scaled", 0.0)):
        env = pair_env(engine, {"observation_units": units}, price=np.full(24, 50.0))
        observations, _ = env.reset(seed=0)
        place = env.core.observer.names("MG1").index(PRICE)
        assert observations["MG1"][place] == expected  # the mean of a constant price is 50, its spread counts as 1
        assert observations["MG1"] in env.observation_spaces["MG1"]


def test_full_observability_shows_what_is_open_to_anyone(pair_env, engine) -> None:
    declared, full = (pair_env(engine, {"observability": how}) for how in ("declared", "full"))
    names = full.core.observer.names("MG1")
    assert "end.voltage.vm_pu" in names
    assert "end.voltage.vm_pu" not in declared.core.observer.names("MG1")
    assert not [name for name in names if ".account." in name or ".safety." in name]


def test_agent_one_hot_ends_the_observation(pair_env, engine) -> None:
    env = pair_env(engine, {"agent_one_hot": True})
    assert env.core.observer.names("MG1")[-1] == "is.MG1"
    assert env.reset(seed=0)[0]["MG1"][-1] == 1.0


def test_info_state_gives_the_critic_everything(pair_env, engine) -> None:
    env = pair_env(engine, {"info_state": True})
    _, infos = env.reset(seed=0)
    np.testing.assert_array_equal(infos["MG1"]["state"], env.state())
    assert env.state() in env.state_space
    assert "state" in env.step({"MG1": [0.0, 0.0]})[4]["MG1"]


def test_share_reward_gives_everyone_the_mean(world) -> None:
    from powergrid.envs import NetworkedGridEnv

    rewards = {}
    for share in (False, True):
        net = world.pair_net(load_mw=0.5, zones=True)
        agents = [
            world.grid_agent(net, [world.device("Engine", "e1", bus="source", p_max_mw=0.5)], name="up"),
            world.grid_agent(net, [world.device("Engine", "e2", p_max_mw=0.5)], name="down"),
        ]
        settings = {"dataset": world.series(price=np.full(24, 50.0)), "share_reward": share}
        env = NetworkedGridEnv.from_agents(net, agents, settings)
        env.reset(seed=0)
        rewards[share] = env.step({"up": [-1.0], "down": [0.0]})[1]
    assert rewards[False]["up"] != rewards[False]["down"]
    mean = 0.5 * (rewards[False]["up"] + rewards[False]["down"])
    assert rewards[True]["up"] == rewards[True]["down"] == pytest.approx(mean)


def test_start_in_order_goes_from_day_to_day(pair_env, engine) -> None:
    dataset = {"load": np.ones(72), "price": np.arange(72.0)}
    env = pair_env(engine, {"dataset": dataset, "start": "in_order", "max_episode_steps": 2})
    first = []
    for seed in (0, None, None, None):
        env.reset(seed=seed)
        first.append(env.core.observe("MG1")[PRICE].item())
    assert first == [0.0, 24.0, 48.0, 0.0]


def test_shared_action_fields_are_one_number_for_all(world, pair_env) -> None:
    devices = [
        world.device("Engine", "e1", p_max_mw=0.5, q_max_mvar=0.2),
        world.device("Engine", "e2", p_max_mw=0.5, q_max_mvar=0.4),
    ]
    net = world.pair_net()
    from powergrid.agents import PowerGridAgent
    from powergrid.envs import NetworkedGridEnv

    agent = PowerGridAgent(net=net, grid_config={"name": "MG1", "devices": devices, "shared_action_fields": ["q_mvar"]})
    env = NetworkedGridEnv.from_agents(net, [agent], {"dataset": world.series()})
    assert env.core.control.action_names["MG1"] == ["e1.p_mw", "e2.p_mw", "q_mvar"]
    env.reset(seed=0)
    env.step({"MG1": [-1.0, -1.0, 0.5]})
    np.testing.assert_allclose(env.plant.fleet.power_mva()[:, 0], [0.1j, 0.2j], atol=1e-15)


def test_the_name_of_a_setup_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"MultiAgentMicrogrids was given 'ieee13'.*Say load_setup\('ieee13'\) first"):
        MultiAgentMicrogrids("ieee13")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"Say load_setup\('"):
        MultiAgentMicrogrids(tmp_path)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="given a list for its configuration"):
        MultiAgentMicrogrids([])  # type: ignore[arg-type]

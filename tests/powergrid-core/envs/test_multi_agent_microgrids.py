"""Microgrids on an operator's feeder, with the kinds of this suite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from heron.errors import ConfigError, UnknownNameError
from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
from powergrid.errors import UnknownBusError, UnknownDatasetError, UnknownDeviceTypeError


def microgrid(name: str, bus: str | None, **changed: Any) -> dict[str, Any]:
    devices = [
        {"type": "Engine", "name": "gen1", "device_state_config": {"bus": "Bus 671", "p_max_mw": 0.3}},
        {"type": "Cell", "name": "ess1", "device_state_config": {"bus": "675", "capacity_mwh": 1.0, "p_max_mw": 0.2}},
        {
            "type": "Panel",
            "name": "pv1",
            "device_state_config": {"bus": f"{name} Bus 680", "p_rated_mw": 0.2, "column": "solar/NP15"},
        },
    ]
    entry = {"name": name, "load_area": "A", "load_scale": 0.1, "capacitor_scale": 0.1, "devices": devices}
    return entry | ({} if bus is None else {"connection_bus": bus}) | changed


def config(world: Any, **changed: Any) -> dict[str, Any]:
    day = world.series(price=np.linspace(20.0, 80.0, 24))
    data = {"load/A": day["load"], "load/S": 0.5 * day["load"], "solar/NP15": day["solar"], "price/LMP": day["price"]}
    settings = {
        "dataset": data,
        "start": 0,
        "dso_config": {"load_area": "S", "load_scale": 0.3, "capacitor_scale": 0.3, "slack_vm_pu": 1.03},
        "microgrid_configs": [microgrid("MG1", "Bus 850"), microgrid("MG2", "DSO Bus 860")],
    }
    return settings | changed


@pytest.fixture(scope="module")
def env(world) -> MultiAgentMicrogrids:
    return MultiAgentMicrogrids(config(world))


def test_every_microgrid_is_an_agent_and_the_operator_above_them(env) -> None:
    assert env.possible_agents == ["MG1", "MG2"]
    assert list(env.agent_dict) == ["MG1", "MG2", "DSO"]
    assert env.agent_dict["MG1"].upstream_id == "DSO"
    assert env.agent_dict["DSO"].subordinates["MG2"] is env.agent_dict["MG2"]
    assert list(env.agent_dict["MG2"].devices) == ["gen1", "ess1", "pv1"]


def test_equal_microgrids_have_equal_spaces(env) -> None:
    assert env.observation_spaces["MG1"] == env.observation_spaces["MG2"]
    assert env.action_spaces["MG1"] == env.action_spaces["MG2"]
    assert env.core.control.action_names["MG1"] == ["gen1.p_mw", "ess1.p_mw", "pv1.curtailment"]


def test_each_pays_for_its_transformer_and_the_operator_for_the_rest(env) -> None:
    env.reset(seed=0)
    *_, infos = env.step({"MG1": [-1.0, 0.0, -1.0], "MG2": [-1.0, 0.0, -1.0]})
    grid, price = env.plant.grid, 20.0
    areas = [area.name for area in grid.areas.areas]
    assert areas == ["MG1", "MG2", "DSO"]
    for position, name in enumerate(areas[:2]):
        branch = grid.areas.feeding_branch[position]
        assert grid.network.branch_names[branch] == f"{name} Import Transformer"
        assert infos[name]["cost"] == pytest.approx(price * grid.flows.s_from[branch, 0].real)
    costs = [env.agent_dict[name].cost for name in areas]
    assert sum(costs) == pytest.approx(price * grid.slack_mva[0].real)


def test_loads_follow_the_series_of_their_area(env) -> None:
    # the operator's series is half of the microgrids'
    assert env.plant.load_scale()[:, 0].tolist() == [1.0, 1.0, 0.5]


def test_the_operators_load_is_known_to_everyone_and_a_microgrids_is_not(env) -> None:
    names = env.core.observer.names("MG1")
    assert {"DSO.exogenous.load", "MG1.exogenous.load"} <= set(names)
    assert "MG2.exogenous.load" not in names


def test_nobody_sees_into_the_other_microgrid(env) -> None:
    seen = env.core.observer.names("MG1")
    assert not [name for name in seen if name.startswith("MG2.")]
    assert {"MG1.ess1.storage.soc", "MG1.voltages.vm_min_pu", "MG1.flows.loading_max"} <= set(seen)


def test_one_microgrid_stands_alone(world) -> None:
    alone = MultiAgentMicrogrids(config(world, dso_config=None, microgrid_configs=[microgrid("MG1", None)]))
    alone.reset(seed=0)
    alone.step({"MG1": [0.0, 0.0, -1.0]})
    assert [area.name for area in alone.plant.grid.areas.areas] == ["MG1"]
    assert alone.agent_dict["MG1"].cost == pytest.approx(20.0 * alone.plant.grid.slack_mva[0].real)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"dso_config": None},
            r"stands alone; microgrid_configs has 2: \['MG1', 'MG2'\]. Give dso_config",
        ),
        ({"dso_config": None, "microgrid_configs": []}, "microgrid_configs has 0"),
        (
            {"dso_config": None, "microgrid_configs": [microgrid("MG1", "Bus 850")]},
            "'MG1' has a connection_bus, but there is no dso_config",
        ),
        (
            {"dso_config": None, "microgrid_configs": [microgrid("MG1", None, transformer={"sn_mva": 1.0})]},
            "'MG1' has a transformer, but there is no dso_config",
        ),
        ({"microgrid_configs": []}, "Nobody in MultiAgentMicrogrids has anything to decide"),
        ({"shared_action_fields": ["q_mavr"]}, r"shares 'q_mavr', but the subordinates' fields are"),
        ({"learners": ["MG3"]}, "'MG3' is not an agent.*Did you mean"),
        ({"max_episode_step": 24}, "max_episode_step.*Did you mean 'max_episode_steps'"),
        ({"timing_jitter": 0.2}, "timing_jitter: is 0.2, but in lockstep nothing can jitter"),
        ({"plant_step_s": 7.0}, "plant_step_s: is 7 s, which does not divide steps of 3600 s"),
        ({"plant_step_s": 7200.0}, "plant_step_s: is 7200 s, which does not divide"),
        ({"dataset_path": "x.npz"}, "dataset_path.*is given beside dataset"),
    ],
)
def test_a_configuration_that_contradicts_itself_is_refused(world, changed: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        MultiAgentMicrogrids(config(world, **changed))


def first_device(**changed: Any) -> dict[str, Any]:
    entry = microgrid("MG1", "Bus 850")
    entry["devices"] = [entry["devices"][0] | changed]
    return entry


@pytest.mark.parametrize(
    ("entry", "error", "message"),
    [
        (microgrid("MG1", "Bus 8500"), UnknownBusError, "no bus 'Bus 8500'.*Nearest of .*850"),
        (microgrid("MG1", "Bus 850", network="ieee31"), UnknownNameError, "ieee31.*ieee34|ieee13"),
        (first_device(type="Engin"), UnknownDeviceTypeError, "'Engin'.*Engine"),
        (
            first_device(device_state_config={"bus": "Bus 63", "p_max_mw": 1.0}),
            UnknownBusError,
            "Device 'MG1.gen1': There is no bus 'Bus 63' in zone 'MG1'. Nearest of .*'MG1 Bus 63",
        ),
        (
            first_device(device_state_config={"p_max_mw": 1.0}),
            ConfigError,
            "'gen1' of 'MG1' names no bus. Add 'bus'",
        ),
        (
            first_device(device_state_config={"bus": "Bus 633", "p_max_mv": 1.0}),
            ConfigError,
            r"MG1.devices\[0\].device_state_config.p_max_mv.*Did you mean 'p_max_mw'",
        ),
        (first_device(device_state_config={"bus": "Bus 633", "p_max_mw": "much"}), ConfigError, "p_max_mw.*'much'"),
    ],
)
def test_what_a_configuration_names_must_exist(
    world, entry: Mapping[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        MultiAgentMicrogrids(config(world, microgrid_configs=[entry]))


def test_unknown_data_and_solvers_are_refused_with_near_names(world) -> None:
    with pytest.raises(UnknownDatasetError, match="caiso_lik"):
        MultiAgentMicrogrids(config(world, dataset="caiso_lik"))
    with pytest.raises(UnknownNameError, match="solver 'fixpoint'.*fixed_point"):
        MultiAgentMicrogrids(config(world, solver="fixpoint"))


def test_the_class_builds_its_own_agents(world) -> None:
    with pytest.raises(ConfigError, match="Use NetworkedGridEnv.from_agents"):
        MultiAgentMicrogrids.from_agents(world.pair_net(), [])

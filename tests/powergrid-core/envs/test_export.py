"""An environment as a pandapower net, on which pandapower finds the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandapower as pp
import pytest

from heron.errors import ConfigError
from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid.networks.ieee13 import IEEE13Bus

TABLES = ("bus", "line", "trafo", "ext_grid", "load", "sgen", "storage", "shunt")


def feeder_env(world: Any, n_env: int = 1, **settings: Any) -> NetworkedGridEnv:
    net = IEEE13Bus("MG1", **settings)
    pp.create_sgen(net, net.load.bus.iloc[0], p_mw=0.1, q_mvar=0.02, name="neighbour")
    devices = [
        world.device("Engine", "e1", bus="671", p_max_mw=0.5, q_max_mvar=0.2),
        world.device("Cell", "b1", bus="675", capacity_mwh=1.0, p_max_mw=0.4),
        world.device("Heater", "h1", bus="680"),
    ]
    load = np.linspace(0.5, 0.9, 24)
    dataset = world.series(load=load, price=np.arange(24.0))
    agent = world.grid_agent(net, devices)
    return NetworkedGridEnv.from_agents(net, [agent], {"dataset": dataset, "start": 0}, n_env=n_env)


@pytest.fixture(scope="module")
def stepped(world) -> NetworkedGridEnv:
    env = feeder_env(world, n_env=2)
    env.core.reset(seeds=[0, 1])
    for action in (0.5, -0.5, 0.25):
        env.core.step({"MG1": np.array([[action, 0.0, action, 0.3], [-action, 0.4, -action, -0.5]])})
    return env


@pytest.mark.parametrize("env_index", [0, 1])
def test_pandapower_finds_what_the_environment_found(stepped, env_index: int) -> None:
    exported = stepped.to_pandapower(env_index)
    solved = stepped.to_pandapower(env_index)
    pp.runpp(solved, tolerance_mva=1e-10)
    assert exported.converged
    for name in TABLES:
        ours, theirs = exported[f"res_{name}"], solved[f"res_{name}"]
        assert set(ours.columns) == set(theirs.columns)
        assert list(ours.index) == list(theirs.index)
        np.testing.assert_allclose(
            ours[theirs.columns].to_numpy(dtype=float), theirs.to_numpy(dtype=float), atol=1e-7, err_msg=f"res_{name}"
        )
    np.testing.assert_allclose(exported.res_bus.vm_pu, solved.res_bus.vm_pu, atol=1e-9)


def test_loads_are_those_of_the_last_power_flow_and_not_of_the_next(stepped) -> None:
    # three steps were taken: the last one was hour 2 of 24 between 0.5 and 0.9
    exported = stepped.to_pandapower(0)
    village = ~stepped.net.load.name.isin(["MG1.h1"])
    factor = 0.5 + 0.4 * 2 / 23
    np.testing.assert_allclose(exported.load.p_mw[village], factor * stepped.net.load.p_mw[village], rtol=1e-12)


def test_devices_have_pandapowers_signs(stepped) -> None:
    exported = stepped.to_pandapower(0)
    power = dict(zip(stepped.plant.fleet.names, stepped.plant.fleet.power_mva()[:, 0], strict=True))
    assert exported.sgen.p_mw[exported.sgen.name == "MG1.e1"].item() == power["MG1.e1"].real
    assert exported.storage.p_mw[exported.storage.name == "MG1.b1"].item() == -power["MG1.b1"].real
    assert exported.load.p_mw[exported.load.name == "MG1.h1"].item() == -power["MG1.h1"].real > 0.0
    assert exported.load.q_mvar[exported.load.name == "MG1.h1"].item() == -power["MG1.h1"].imag
    assert exported.sgen.p_mw[exported.sgen.name == "neighbour"].item() == 0.1


def test_the_environments_own_net_is_left_alone(stepped) -> None:
    before = stepped.net.load.p_mw.copy()
    exported = stepped.to_pandapower(0)
    exported.load["p_mw"] = 0.0
    assert (stepped.net.load.p_mw == before).all()
    assert stepped.net.sgen.p_mw[stepped.net.sgen.name == "MG1.e1"].item() == 0.0


def test_loads_that_depend_on_voltage_are_exported_too(world) -> None:
    with pytest.warns(UserWarning, match="voltage-dependent loads"):
        env = feeder_env(world, load_model="zip")
    env.reset(seed=0)
    env.step({"MG1": [-1.0, 0.0, 0.0, -1.0]})
    exported = env.to_pandapower()
    drawn = exported.res_load.p_mw.sum() - exported.res_sgen.p_mw.sum()
    assert drawn == pytest.approx(env.plant.grid.drawn_mva[0, 0].real, abs=1e-9)
    balance = exported.res_ext_grid.p_mw.sum() - drawn - exported.res_line.pl_mw.sum() - exported.res_trafo.pl_mw.sum()
    assert balance == pytest.approx(0.0, abs=1e-6)


def test_a_bus_without_supply_has_no_voltage(world) -> None:
    net = world.pair_net(load_mw=0.2)
    island = pp.create_bus(net, vn_kv=10.0, name="island")
    pp.create_load(net, island, p_mw=0.1, name="hermit")
    agent = world.grid_agent(net, [world.device("Engine", "e1", p_max_mw=0.5)])
    with pytest.warns(UserWarning, match="hermit"):
        env = NetworkedGridEnv.from_agents(net, [agent], {"dataset": world.series()})
    env.reset(seed=0)
    exported = env.to_pandapower()
    assert np.isnan(exported.res_bus.vm_pu[island])
    assert exported.res_load.p_mw.tolist() == [0.2, 0.0]


def test_a_power_flow_that_failed_is_marked(world, pair_env) -> None:
    env = pair_env([world.device("Engine", "e1", p_max_mw=0.5)], load_mw=1.0, load=np.array([1.0, 5.0] + [1.0] * 22))
    env.reset(seed=0)
    for _ in range(2):
        env.step({"MG1": [-1.0]})
    assert env.to_pandapower().converged is False


def test_an_environment_that_does_not_exist_is_refused(stepped) -> None:
    with pytest.raises(ConfigError, match="There is no environment 2. It must be from 0 to 1"):
        stepped.to_pandapower(2)

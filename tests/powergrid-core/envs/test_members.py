"""Members that users already know, on environments and agents."""

from __future__ import annotations

import numpy as np
import pytest

from heron.core import ConstantPolicy
from heron.core.observation import Observation
from heron.errors import ConfigError, UnknownNameError
from heron.protocols.vertical import SetpointProtocol
from powergrid.core.features import BusVoltages, ElectricalBasePh, StorageBlock


@pytest.fixture(scope="module")
def env(world):
    from powergrid.envs import NetworkedGridEnv

    net = world.pair_net(load_mw=0.5)
    devices = [world.device("Engine", "e1", p_max_mw=0.5), world.device("Cell", "b1", capacity_mwh=1.0, p_max_mw=0.4)]
    agent = world.grid_agent(net, devices)
    return NetworkedGridEnv.from_agents(net, [agent], {"dataset": world.series(price=np.full(24, 50.0)), "start": 0})


def test_environment_members(env) -> None:
    observations, infos = env.reset(seed=1, options=None)
    assert infos == {"MG1": {}}
    assert env.agents == env.possible_agents == ["MG1"]
    assert env.observation_spaces["MG1"] is env.observation_space("MG1")
    assert env.action_spaces["MG1"] is env.action_space("MG1")
    np.testing.assert_array_equal(env.get_observations()["MG1"], observations["MG1"])
    assert env.get_heron_agent("MG1.e1") is env.agent_dict["MG1"].devices["e1"]
    with pytest.raises(UnknownNameError, match="Did you mean 'MG1.e1'"):
        env.get_heron_agent("MG1.e2")
    *_, infos = env.step({"MG1": [0.0, 0.0]})
    assert {"cost", "safety", "limited", "obs_clipped", "power_flow_status", "converged"} <= set(infos["MG1"])


def test_actions_can_be_latched_without_time_passing(env) -> None:
    env.reset(seed=1)
    before = env.plant.grid.v.copy()
    env.apply_actions({"MG1": [0.0, 0.5]})
    np.testing.assert_array_equal(env.plant.grid.v, before)
    assert env.core.table["MG1.e1.setpoint.p_mw"].item() == 0.25
    assert env.core.table["MG1.b1.setpoint.p_mw"].item() == 0.2
    env.reset_agents()


def test_an_agent_that_comes_late_is_refused(env, world) -> None:
    with pytest.raises(ConfigError, match="comes too late"):
        env.register_agent(world.grid_agent(world.pair_net(), [], name="MG9"))


def test_coordinator_members(env) -> None:
    agent = env.agent_dict["MG1"]
    assert (agent.agent_id, agent.level, agent.upstream_id) == ("MG1", 2, None)
    assert agent.subordinates is agent.devices
    assert isinstance(agent.protocol, SetpointProtocol)
    assert agent.policy is None
    env.reset(seed=1)
    assert isinstance(agent.observe(), Observation)
    np.testing.assert_array_equal(agent.get_observation(), env.get_observations()["MG1"])
    told = agent.coordinate_subordinates(agent.observe(), np.array([[0.25, -0.5]]))
    assert {name: directive.tolist() for name, directive in told.items()} == {"e1": [[0.25]], "b1": [[-0.5]]}
    assert agent.act(agent.observe()) is None
    assert agent.state[BusVoltages] is agent.state.bus_voltages
    env.step({"MG1": [-1.0, 0.0]})
    assert isinstance(agent.cost, float)
    assert agent.cost == pytest.approx(50.0 * env.plant.grid.slack_mva[0].real)
    assert agent.state.bus_voltages.vm_min_pu == env.plant.grid.vm_pu.min()


def test_device_members(env) -> None:
    env.reset(seed=1)
    env.step({"MG1": [0.0, 1.0]})
    device = env.agent_dict["MG1"].devices["b1"]
    assert (device.agent_id, device.level, device.upstream_id, device.bus) == ("MG1.b1", 1, "MG1", "end")
    assert device.is_array_kind
    assert device.device.capacity_mwh == 1.0
    assert device.state[StorageBlock].soc == device.state.storage_block.soc == 0.0
    assert device.state[ElectricalBasePh].p_mw == pytest.approx(0.4)
    assert device.get_action_space().shape == (1,)
    assert len(device.state.vector()) == 3
    device.state.update_feature("StorageBlock", soc=0.75)
    assert env.core.table["b1.storage.soc"].item() == 0.75
    with pytest.raises(UnknownNameError, match="StorageBlok"):
        device.state.update_feature("StorageBlok", soc=0.5)


def test_a_device_without_directive_follows_its_own_policy(world) -> None:
    from powergrid.envs import NetworkedGridEnv

    net = world.pair_net()
    devices = [world.device("Engine", "e1", p_max_mw=0.5), world.device("Cell", "b1", capacity_mwh=1.0, p_max_mw=0.4)]
    agent = world.grid_agent(net, devices)
    agent.devices["e1"].policy = ConstantPolicy(np.array([0.5]))
    settings = {"dataset": world.series(), "learners": ["MG1.b1"]}
    env = NetworkedGridEnv.from_agents(net, [agent], settings)
    env.reset(seed=0)
    env.step({"MG1.b1": [0.5]})
    assert env.plant.fleet.power_mw()[:, 0].tolist() == [0.375, 0.2]


def test_with_more_environments_fields_are_arrays(pair_env, world) -> None:
    env = pair_env([world.device("Cell", "b1", capacity_mwh=1.0, p_max_mw=0.4)], n_env=3)
    env.core.reset(seeds=[0, 1, 2])
    env.core.step({"MG1": np.array([[-1.0], [0.0], [1.0]])})
    soc = env.agent_dict["MG1"].devices["b1"].state.storage_block.soc
    np.testing.assert_allclose(soc, [0.82, 0.5, 0.0], atol=1e-15)  # 0.5 + 0.4 * 0.8; 0.5; 0.5 - 0.4 / 0.8
    assert env.agent_dict["MG1"].cost.shape == (3,)
    with pytest.raises(ConfigError, match="PettingZoo shows one environment, this core holds 3"):
        env.reset()

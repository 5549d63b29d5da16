"""Code and names that users already have work exactly so."""

from __future__ import annotations

import importlib

import pytest

from heron.protocols.vertical import SetpointProtocol
from powergrid.agents.power_grid_agent import PowerGridAgent
from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid.networks.ieee13 import IEEE13Bus
from powergrid.setups.loader import get_available_setups, load_setup

NAMES = {
    "heron.core": "FeatureProvider State FieldAgentState CoordinatorAgentState SystemAgentState Action Observation "
    "Policy RandomPolicy",
    "heron.agents": "Agent FieldAgent HierarchicalAgent CoordinatorAgent SystemAgent ProxyAgent",
    "heron.protocols": "Protocol VerticalProtocol HorizontalProtocol",
    "heron.protocols.vertical": "SetpointProtocol PriceSignalProtocol",
    "heron.protocols.horizontal": "PeerToPeerTradingProtocol ConsensusProtocol NoHorizontalProtocol",
    "heron.envs": "PettingZooParallelEnv",
    "heron.messaging": "InMemoryBroker MessageBroker Message",
    "powergrid.envs.multi_agent_microgrids": "MultiAgentMicrogrids",
    "powergrid.envs.networked_grid_env": "NetworkedGridEnv",
    "powergrid.setups.loader": "load_setup get_available_setups load_dataset",
    "powergrid.agents.device_agent": "DeviceAgent",
    "powergrid.agents.power_grid_agent": "PowerGridAgent",
    "powergrid.agents.proxy_agent": "ProxyAgent",
    "powergrid.agents.generator": "Generator",
    "powergrid.agents.storage": "ESS",
    "powergrid.agents.transformer": "Transformer",
    "powergrid.networks.ieee13": "IEEE13Bus",
    "powergrid.networks.ieee34": "IEEE34Bus",
    "powergrid.networks": "cigre_lv",
    "powergrid.core.features.electrical": "ElectricalBasePh",
    "powergrid.core.features.storage": "StorageBlock",
    "powergrid.core.features.network": "BusVoltages LineFlows",
    "powergrid.core.features.power_limits": "PowerLimits",
    "powergrid.utils.cost": "quadratic_cost",
    "powergrid.plugins": "register_device load_plugins",
}


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in NAMES.items() for name in names.split()]
)
def test_a_documented_name_can_be_imported(module: str, name: str) -> None:
    if (module, name) == ("powergrid.networks", "cigre_lv"):
        assert importlib.import_module(f"{module}.{name}")
    else:
        assert getattr(importlib.import_module(module), name) is not None


def test_the_main_setup_runs_a_day_of_random_actions() -> None:
    config = load_setup("ieee34_ieee13")
    config.update({"centralized": True, "max_episode_steps": 24, "train": True})
    env = MultiAgentMicrogrids(config)
    observations, infos = env.reset()
    assert set(observations) == set(infos) == {"MG1", "MG2", "MG3"}
    assert {space.shape for space in env.action_spaces.values()} == {(4,)}
    assert len({space.shape for space in env.observation_spaces.values()}) == 1
    steps = 0
    while env.agents:
        actions = {agent: env.action_spaces[agent].sample() for agent in env.agents}
        observations, _, _, truncations, infos = env.step(actions)
        steps += 1
    assert steps == 24
    assert all(truncations.values())


def test_every_setup_can_be_built() -> None:
    assert {"ieee13_single", "ieee34_ieee13"} <= set(get_available_setups())


class MyMicrogrid(NetworkedGridEnv):
    """The documented class."""

    def _build_net(self):
        net = IEEE13Bus("MG1")
        mg1 = PowerGridAgent(
            net=net,
            grid_config={
                "name": "MG1",
                "base_power": 1.0,
                "devices": [
                    {
                        "type": "Generator",
                        "name": "gen1",
                        "device_state_config": {"bus": "Bus 633", "p_max_MW": 2.0, "p_min_MW": 0.5},
                    },
                    {
                        "type": "ESS",
                        "name": "ess1",
                        "device_state_config": {"bus": "Bus 634", "e_capacity_MWh": 5.0, "p_max_MW": 1.0},
                    },
                ],
            },
            protocol=SetpointProtocol(),
        )
        self.possible_agents = ["MG1"]
        self.agent_dict = {"MG1": mg1}
        self.net = net
        return net

    def _reward_and_safety(self):
        rewards = {aid: -agent.cost for aid, agent in self.agent_dict.items()}
        return rewards, {aid: agent.safety for aid, agent in self.agent_dict.items()}


def test_the_documented_class_runs_with_an_empty_configuration() -> None:
    with pytest.warns(UserWarning, match="names no dataset"):
        env = MyMicrogrid({})
    env.reset(seed=0)
    while env.agents:
        observations, *_ = env.step({"MG1": env.action_spaces["MG1"].sample()})
    assert env.agent_dict["MG1"].devices["ess1"].device.capacity_mwh == 5.0
    assert observations["MG1"] in env.observation_spaces["MG1"]

"""Environments of one's own: the class of the documentation, and one without a class."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from heron.core import ConstantPolicy
from heron.errors import ConfigError, UnknownNameError
from heron.protocols.vertical import SetpointProtocol
from powergrid.agents import PowerGridAgent, SystemOperator
from powergrid.agents.device_agent import DeviceAgent
from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid.errors import NetworkError
from powergrid.networks.ieee13 import IEEE13Bus

GENERATOR = {
    "type": "Engine",
    "name": "gen1",
    "device_state_config": {"bus": "Bus 633", "p_max_MW": 2.0, "p_min_MW": 0.5},
}
BATTERY = {
    "type": "Cell",
    "name": "ess1",
    "device_state_config": {"bus": "Bus 634", "e_capacity_MWh": 5.0, "p_max_MW": 1.0},
}


class MyEnv(NetworkedGridEnv):
    """The documented way, with the kinds of this suite."""

    def _build_net(self) -> Any:
        net = IEEE13Bus("MG1")
        agent = PowerGridAgent(
            net=net,
            grid_config={"name": "MG1", "base_power": 1.0, "devices": [GENERATOR, BATTERY]},
            protocol=SetpointProtocol(),
        )
        self.possible_agents = ["MG1"]
        self.agent_dict = {"MG1": agent}
        self.net = net
        return net

    def _reward_and_safety(self) -> tuple[dict[str, Any], dict[str, Any]]:
        agents = self.agent_dict.items()
        return {aid: -agent.cost for aid, agent in agents}, {aid: agent.safety for aid, agent in agents}


@pytest.fixture
def my_env(kinds) -> MyEnv:
    with pytest.warns(UserWarning, match="names no dataset: loads are nominal, .* energy price is 0") as caught:
        env = MyEnv({})
    assert caught[0].filename == __file__
    return env


def test_the_documented_class_runs_a_day_of_random_actions(my_env) -> None:
    observations, infos = my_env.reset(seed=0)
    assert infos == {"MG1": {}}
    assert observations["MG1"] in my_env.observation_spaces["MG1"]
    steps = 0
    while my_env.agents:
        result = my_env.step({"MG1": my_env.action_spaces["MG1"].sample()})
        assert len(result) == 5
        steps += 1
    assert steps == 24
    assert result[3] == {"MG1": True}


def test_devices_are_found_by_their_short_names(my_env) -> None:
    devices = my_env.agent_dict["MG1"].devices
    assert list(devices) == ["gen1", "ess1"]
    assert all(isinstance(device, DeviceAgent) for device in devices.values())
    assert devices["gen1"].state.electrical_base_ph.p_mw == 0.5
    assert devices["ess1"].upstream_id == "MG1"


def test_actions_reach_the_device_they_are_named_after(my_env) -> None:
    # -1 and 1 stand for 0.5 and 2 MW: 0 is 1.25 MW; the battery discharges at 0.5 MW
    my_env.reset(seed=0)
    my_env.step({"MG1": [0.0, 0.5]})
    devices = my_env.agent_dict["MG1"].devices
    assert devices["gen1"].state.electrical_base_ph.p_mw == 1.25
    assert devices["ess1"].state.electrical_base_ph.p_mw == 0.5


def test_energy_is_free_and_the_penalty_applied_once(my_env) -> None:
    my_env.reset(seed=0)
    _, rewards, _, _, infos = my_env.step({"MG1": [-1.0, 0.0]})
    assert infos["MG1"]["cost"] == 0.0
    assert rewards["MG1"] == pytest.approx(-10.0 * infos["MG1"]["safety"])
    assert infos["MG1"]["safety"] > 0.0


class Doubled(MyEnv):
    """A reward of its own."""

    def _reward_and_safety(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"MG1": 100.0}, {"MG1": 2.0}


@pytest.mark.filterwarnings("ignore:The configuration names no dataset")
def test_a_reward_of_ones_own_is_used_and_the_penalty_still_applied(kinds) -> None:
    env = Doubled({"penalty": 3.0})
    env.reset(seed=0)
    assert env.step({"MG1": [0.0, 0.0]})[1] == {"MG1": 94.0}


class Bonus(MyEnv):
    """The usual reward and something more."""

    def _reward_and_safety(self) -> tuple[dict[str, Any], dict[str, Any]]:
        rewards, safeties = NetworkedGridEnv._reward_and_safety(self)
        return {agent: reward + 7.0 for agent, reward in rewards.items()}, safeties


@pytest.mark.filterwarnings("ignore:The configuration names no dataset")
def test_a_reward_can_add_to_the_usual_one(my_env) -> None:
    env = Bonus({})
    results = []
    for one in (my_env, env):
        one.reset(seed=0)
        results.append(one.step({"MG1": [0.0, 0.0]})[1]["MG1"])
    assert results[1] == pytest.approx(results[0] + 7.0)


@pytest.mark.filterwarnings("ignore:The configuration names no dataset")
def test_agents_can_come_without_a_class(world) -> None:
    net = world.pair_net(load_mw=0.5)
    agent = world.grid_agent(net, [world.device("Engine", "e1", p_max_mw=0.5)])
    env = NetworkedGridEnv.from_agents(net, [agent], {"max_episode_steps": 5})
    assert env.net is net
    assert env.possible_agents == ["MG1"]
    assert env.get_heron_agent("MG1") is agent
    env.reset(seed=3)
    for _ in range(5):
        env.step({"MG1": [0.0]})
    assert env.agents == []


def test_from_agents_keeps_the_reward_of_the_class_it_is_called_on(world) -> None:
    class Ones(NetworkedGridEnv):
        def _reward_and_safety(self) -> tuple[dict[str, Any], dict[str, Any]]:
            return {"MG1": 1.0}, {"MG1": 0.0}

    net = world.pair_net()
    agent = world.grid_agent(net, [world.device("Engine", "e1", p_max_mw=0.5)])
    env = Ones.from_agents(net, [agent], {"dataset": world.series()})
    env.reset()
    assert env.step({"MG1": [0.0]})[1] == {"MG1": 1.0}


def test_from_agents_refuses_microgrids_in_the_configuration(world) -> None:
    net = world.pair_net()
    agent = world.grid_agent(net, [])
    for key, value in (("microgrid_configs", [{"name": "MG1"}]), ("shared_action_fields", ["q_mvar"])):
        with pytest.raises(ConfigError, match=f"from_agents was given agents and '{key}'. Leave {key} out"):
            NetworkedGridEnv.from_agents(net, [agent], {key: value})


def test_agents_are_made_from_the_configuration_when_the_class_makes_none(world) -> None:
    class Village(NetworkedGridEnv):
        def _build_net(self) -> Any:
            return world.pair_net(load_mw=0.4)

    engines = [world.device("Engine", name, p_max_mw=0.5) for name in ("e1", "e2")]
    entry = {"name": "MG7", "base_power": 4.0, "devices": engines}
    env = Village({"microgrid_configs": [entry], "dataset": world.series(), "shared_action_fields": ["p_mw"]})
    assert list(env.agent_dict) == ["MG7"]
    assert env.core.control.action_names["MG7"] == ["p_mw"]
    env.reset()
    # the exchange is shown in parts of the base power
    row = env.core.observer.names("MG7").index("MG7.flows.import_p_mw")
    observation = env.step({"MG7": [-1.0]})[0]["MG7"]
    assert observation[row] == pytest.approx(env.plant.grid.import_mw[0, 0] / 4.0, rel=1e-6)


def two_agents(world, *, zones: bool, config: Mapping[str, Any] | None = None) -> NetworkedGridEnv:
    net = world.pair_net(load_mw=0.9, zones=zones)
    agents = [
        world.grid_agent(net, [world.device("Engine", "e1", p_max_mw=0.5)], name="up"),
        world.grid_agent(net, [world.device("Engine", "e2", p_max_mw=0.5)], name="down"),
    ]
    return NetworkedGridEnv.from_agents(
        net, agents, {"dataset": world.series(price=np.full(24, 50.0))} | (config or {})
    )


def test_agents_of_one_unzoned_net_watch_it_together(world) -> None:
    env = two_agents(world, zones=False)
    env.reset()
    *_, infos = env.step({"up": [-1.0], "down": [0.0]})
    # both see the violation; each pays for its own generator only: 0.25 MW sold at 50
    assert infos["up"]["safety"] == infos["down"]["safety"] > 0.0
    assert infos["up"]["cost"] == 0.0
    assert infos["down"]["cost"] == pytest.approx(-12.5)


def test_zones_named_like_agents_are_theirs(kinds, world) -> None:
    net = world.pair_net(load_mw=0.9, zones=True)
    agents = [
        world.grid_agent(net, [], name="up"),
        world.grid_agent(net, [world.device("Engine", "e2", p_max_mw=0.5)], name="down"),
    ]
    env = NetworkedGridEnv.from_agents(net, agents, {"dataset": world.series(price=np.full(24, 50.0))})
    env.reset()
    env.step({"down": [-1.0]})
    assert [area.name for area in env.plant.grid.areas.areas] == ["up", "down"]
    assert env.agent_dict["up"].safety == 0.0
    assert env.agent_dict["down"].safety > 0.0
    # the loss of 0.1 MW is paid where the slack is
    assert env.agent_dict["up"].cost == pytest.approx(5.0, abs=1e-6)
    assert env.agent_dict["down"].cost == pytest.approx(45.0, abs=1e-6)


def test_an_operator_has_what_is_nobody_elses(world) -> None:
    net = world.pair_net(load_mw=0.9, zones=True)
    below = world.grid_agent(net, [world.device("Engine", "e2", p_max_mw=0.5)], name="down")
    operator = SystemOperator("DSO", subordinates={"down": below})
    env = NetworkedGridEnv.from_agents(net, [operator, below], {"dataset": world.series(price=np.full(24, 50.0))})
    assert env.possible_agents == ["down"]
    env.reset()
    env.step({"down": [-1.0]})
    assert operator.cost == pytest.approx(5.0, abs=1e-6)
    assert operator.state.bus_voltages.vm_max_pu == 1.0
    assert below.upstream_id == "DSO"
    seen = env.core.observe("DSO")
    assert "end.voltage.vm_pu" in seen.names
    assert "end.voltage.vm_pu" not in env.core.observe("down").names


def test_an_agent_called_like_the_rest_is_refused_where_there_is_a_rest(world) -> None:
    net = world.pair_net(load_mw=0.9)
    agents = [
        world.grid_agent(net, [world.device("Engine", "e1", p_max_mw=0.5)], name="grid"),
        world.grid_agent(net, [world.device("Engine", "e2", p_max_mw=0.5)], name="b"),
    ]
    with pytest.raises(ConfigError, match="An agent is called 'grid'"):
        NetworkedGridEnv.from_agents(net, agents, {"dataset": world.series()})


class NoNet(NetworkedGridEnv):
    """Forgets to return its net."""

    def _build_net(self) -> Any:
        return None


def test_what_is_missing_in_a_class_of_ones_own_is_said(world) -> None:
    with pytest.raises(ConfigError, match="NetworkedGridEnv does not say how its net is built"):
        NetworkedGridEnv({})
    with pytest.raises(ConfigError, match="NoNet._build_net returned nothing"):
        NoNet({})
    net = world.pair_net()
    with pytest.raises(ConfigError, match="Nobody in .* has anything to decide"):
        NetworkedGridEnv.from_agents(net, [world.grid_agent(net, [])], {"dataset": world.series()})


def test_an_agent_under_another_name_is_refused(world) -> None:
    class Misnamed(NetworkedGridEnv):
        def _build_net(self) -> Any:
            net = world.pair_net()
            self.agent_dict = {"other": world.grid_agent(net, [world.device("Engine", "e1", p_max_mw=0.5)])}
            return net

    with pytest.raises(ConfigError, match=r"agent_dict has .*'MG1'.* under another name, 'other'"):
        Misnamed({"dataset": world.series()})


def test_two_agents_of_one_name_are_refused(world) -> None:
    net = world.pair_net()
    first = world.grid_agent(net, [world.device("Engine", "e1", p_max_mw=0.5)])
    operator = SystemOperator("DSO", subordinates={"MG1": world.grid_agent(world.pair_net(), [])})
    with pytest.raises(ConfigError, match="Two agents are named 'MG1'"):
        NetworkedGridEnv.from_agents(net, [first, operator], {"dataset": world.series()})


def test_an_agent_built_on_another_net_is_refused(world) -> None:
    agent = world.grid_agent(world.pair_net(), [world.device("Engine", "e1", p_max_mw=0.5)])
    with pytest.raises(NetworkError, match=r"Device 'MG1.e1' has 0 elements in the environment's net.*attach_feeder"):
        NetworkedGridEnv.from_agents(world.pair_net(), [agent], {"dataset": world.series()})


def test_a_device_on_a_bus_without_supply_is_refused(world) -> None:
    net = world.pair_net()
    agent = world.grid_agent(net, [world.device("Engine", "e1", p_max_mw=0.5)])
    net.line["in_service"] = False
    with pytest.raises(NetworkError, match="stands on bus 'end', which nothing supplies. Close the switches"):
        NetworkedGridEnv.from_agents(net, [agent], {"dataset": world.series()})


def test_loads_without_supply_are_pointed_out(world) -> None:
    net = world.pair_net(load_mw=0.3)
    agent = world.grid_agent(net, [world.device("Engine", "e1", bus="source", p_max_mw=0.5)])
    net.line["in_service"] = False
    with pytest.warns(UserWarning, match="No source supplies the loads village"):
        NetworkedGridEnv.from_agents(net, [agent], {"dataset": world.series()})


def test_an_environment_without_learners_can_be_simulated_through_its_core(world) -> None:
    net = world.pair_net()
    agent = world.grid_agent(net, [world.device("Engine", "e1", p_max_mw=0.5)], policy=ConstantPolicy(np.array([0.5])))
    env = NetworkedGridEnv.from_agents(net, [agent], {"dataset": world.series(), "learners": []})
    env.core.reset(seeds=[0])
    env.core.step({})
    assert env.plant.fleet.power_mw().item() == pytest.approx(0.375)


def test_a_class_says_who_learns_and_in_which_order_unless_the_configuration_does(world) -> None:
    class Village(NetworkedGridEnv):
        def _build_net(self) -> Any:
            net = world.pair_net()
            for name in ("a", "b", "c"):
                self.register_agent(world.grid_agent(net, [world.device("Engine", "e1", p_max_mw=0.5)], name=name))
            self.possible_agents = ["c", "a"]
            return net

    assert Village({"dataset": world.series()}).possible_agents == ["c", "a"]
    assert Village({"dataset": world.series(), "learners": ["b"]}).possible_agents == ["b"]
    assert Village({"dataset": world.series(), "learners": "devices"}).possible_agents == ["a.e1", "b.e1", "c.e1"]


def test_a_learner_who_does_not_exist_is_refused_with_the_nearest_name(world) -> None:
    net = world.pair_net()
    agent = world.grid_agent(net, [world.device("Engine", "e1", p_max_mw=0.5)])
    with pytest.raises((ConfigError, UnknownNameError), match="'MG2' is not an agent.*Did you mean 'MG1'"):
        NetworkedGridEnv.from_agents(net, [agent], {"dataset": world.series(), "learners": ["MG2"]})


def test_no_warning_is_given_where_there_is_data(world, pair_env) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pair_env([world.device("Engine", "e1", p_max_mw=0.5)]).reset()

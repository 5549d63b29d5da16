"""pandapower's example nets, whose zones and buses are numbers."""

from __future__ import annotations

import numpy as np
import pandapower.networks
import pytest

from powergrid.envs.networked_grid_env import NetworkedGridEnv


def test_an_agent_works_on_a_stock_net(world) -> None:
    net = pandapower.networks.case33bw()
    agent = world.grid_agent(net, [world.device("Engine", "e1", bus="5", p_max_mw=0.5)], name="town")
    assert agent.zones == ("1",)
    env = NetworkedGridEnv.from_agents(net, [agent], {"dataset": world.series(price=np.full(24, 50.0))})
    env.reset(seed=0)
    *_, infos = env.step({"town": [1.0]})
    assert infos["town"]["converged"]
    # 3.715 MW of load (case33bw), 0.5 MW of them from the generator, and less than 6 % lost on the way
    assert env.plant.grid.slack_mva[0].real == pytest.approx(3.215, rel=0.06)
    assert env.plant.grid.slack_mva[0].real > 3.215


def test_two_agents_have_a_numbered_zone_each(world) -> None:
    net = world.pair_net(load_mw=0.9)
    net.bus["zone"] = [1.0, 2.0]
    agents = [
        world.grid_agent(net, [world.device("Engine", "e1", bus="source", p_max_mw=0.5)], name="1"),
        world.grid_agent(net, [world.device("Engine", "e2", bus="end", p_max_mw=0.5)], name="2"),
    ]
    env = NetworkedGridEnv.from_agents(net, agents, {"dataset": world.series(price=np.full(24, 50.0))})
    env.reset()
    *_, infos = env.step({"1": [-1.0], "2": [-1.0]})
    assert [area.name for area in env.plant.grid.areas.areas] == ["1", "2"]
    # 0.9 MW are drawn and 0.05 pu missing at the end (see test_pair); the loss of 0.1 MW is paid at the source
    assert infos["1"]["safety"] == 0.0
    assert infos["2"]["safety"] > 0.0
    assert infos["1"]["cost"] == pytest.approx(5.0, abs=1e-5)
    assert infos["2"]["cost"] == pytest.approx(45.0, abs=1e-5)

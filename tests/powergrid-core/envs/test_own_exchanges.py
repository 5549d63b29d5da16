"""A subclass owns what its microgrids tell each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from heron.core.observation import Observation
from heron.envs import Exchange
from heron.protocols.horizontal import PeerToPeerTradingProtocol
from heron.types import FloatArray
from powergrid.envs.networked_grid_env import NetworkedGridEnv

ORDERS = {"MG1": (0.2, 30.0), "MG2": (-0.3, 50.0)}


class Neighbours(NetworkedGridEnv):
    """Two microgrids with a market between them, rewarded with what it pays them."""

    def _exchanges(self) -> list[Exchange]:
        self.market = PeerToPeerTradingProtocol(list(self.agent_dict))
        return [Exchange(protocol=self.market, give=self._order)]

    def _order(self, agent_id: str, observation: Observation) -> Mapping[str, FloatArray]:
        quantity, limit_price = ORDERS[agent_id]
        n_env = len(observation.values)
        return {"quantity": np.full(n_env, quantity), "limit_price": np.full(n_env, limit_price)}

    def _reward_and_safety(self) -> tuple[dict[str, Any], dict[str, Any]]:
        table = self.core.table
        paid = {agent_id: table[f"{agent_id}.inbox.trade_payment"] for agent_id in self.agent_dict}
        return paid, dict.fromkeys(paid, 0.0)


@pytest.fixture
def neighbours(world) -> Neighbours:
    net = world.pair_net(load_mw=0.4)
    agents = [world.grid_agent(net, [world.device("Engine", "e1", p_max_mw=0.5)], name=name) for name in ORDERS]
    return Neighbours.from_agents(net, agents, {"dataset": world.series(), "start": 0})


@pytest.mark.parametrize("on_events", [False, True])
def test_what_microgrids_trade_is_in_their_rewards(neighbours, on_events) -> None:
    if on_events:
        neighbours.setup_event_driven()
    neighbours.reset(seed=0)
    _, rewards, *_ = neighbours.step({name: np.array([-1.0]) for name in ORDERS})
    # 0.2 is on offer from 30 on, 0.3 is wanted up to 50: 0.2 for (30 + 50) / 2 each, a payment of 8
    table = neighbours.core.table
    assert [table[f"{name}.inbox.trade_quantity"][0] for name in ORDERS] == [0.2, -0.2]
    assert rewards == pytest.approx({"MG1": 8.0, "MG2": -8.0}, abs=1e-12)


def test_microgrids_without_a_market_have_no_inbox(world) -> None:
    net = world.pair_net(load_mw=0.4)
    agent = world.grid_agent(net, [world.device("Engine", "e1", p_max_mw=0.5)])
    env = NetworkedGridEnv.from_agents(net, [agent], {"dataset": world.series(), "start": 0})
    assert not [name for name in env.core.table.names if ".inbox." in name]

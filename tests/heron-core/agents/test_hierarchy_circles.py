"""A hierarchy that runs in a circle is refused, wherever it shows, and everyone on the circle is named."""

from __future__ import annotations

import pytest

from heron.agents import CoordinatorAgent, FieldAgent, SystemAgent, roster
from heron.agents.binding import AgentBinding
from heron.envs.demo import HeatingEnv
from heron.errors import ConfigError


def city() -> tuple[SystemAgent, CoordinatorAgent, FieldAgent]:
    tank = FieldAgent("tank")
    park = CoordinatorAgent("park", subordinates={"tank": tank})
    return SystemAgent("city", subordinates={"park": park}), park, tank


def test_nobody_is_their_own_subordinate() -> None:
    _, park, _ = city()
    with pytest.raises(ConfigError, match="in a circle: 'park' directs 'park'. Take one of them out"):
        park.add_subordinate(park)


def test_a_superior_of_a_superior_cannot_be_put_below() -> None:
    top, park, _ = city()
    with pytest.raises(ConfigError, match="The hierarchy runs in a circle: 'park' directs 'city' directs 'park'"):
        park.add_subordinate(top)
    assert list(park.subordinates) == ["tank"]
    assert top.upstream_id is None


def test_a_circle_made_behind_the_agents_backs_is_found_by_the_roster() -> None:
    top, park, _ = city()
    park.subordinates["city"] = top
    with pytest.raises(ConfigError, match="in a circle: 'city' directs 'park' directs 'city'"):
        roster([top])
    with pytest.raises(ConfigError, match="in a circle: 'city' directs 'park' directs 'city'"):
        AgentBinding({"city": top, "park": park})


def test_a_circle_of_superiors_is_found_where_agents_are_bound() -> None:
    north, south = FieldAgent("north", upstream_id="south"), FieldAgent("south", upstream_id="west")
    west = FieldAgent("west", upstream_id="north")
    with pytest.raises(ConfigError, match="'north' directs 'west' directs 'south' directs 'north'"):
        AgentBinding({"north": north, "south": south, "west": west})


def test_two_ways_to_one_agent_are_no_circle_but_a_name_twice() -> None:
    top, _, tank = city()
    top.subordinates["tank"] = tank
    with pytest.raises(ConfigError, match="Two agents are named 'tank'"):
        roster([top])


def test_an_environment_refuses_a_circle_among_its_agents() -> None:
    env = HeatingEnv()
    supplier, house = env.get_heron_agent("supplier"), env.get_heron_agent("house1")
    assert isinstance(house, CoordinatorAgent)
    with pytest.raises(ConfigError, match="'house1' directs 'supplier' directs 'house1'"):
        house.add_subordinate(supplier)

"""Agents: free, bound, and between."""

from __future__ import annotations

import numpy as np
import pytest

from heron.agents import CoordinatorAgent, FieldAgent, SystemAgent, roster
from heron.core import (
    Action,
    ConstantPolicy,
    CoordinatorAgentState,
    FeatureProvider,
    FieldAgentState,
    Observation,
    SystemAgentState,
    quantity,
)
from heron.envs.demo import House, Room, heating_core
from heron.errors import ConfigError
from heron.protocols import SetpointProtocol


class Valve(FieldAgent):
    def set_state(self) -> None:
        self.state.features = [Opening(opening=0.25)]

    def set_action(self) -> None:
        self.action.set_specs(dim_c=1, range=[[0.0], [4.0]], names=["flow"], neutral=[1.0])


class Opening(FeatureProvider):
    opening: float = quantity(0.0)


def blank_observation(agent_id: str) -> Observation:
    return Observation(
        agent_id=agent_id,
        names=[],
        values=np.zeros((1, 0), dtype=np.float32),
        physical=np.zeros((0, 1)),
        time_s=np.zeros(1),
    )


@pytest.mark.parametrize(
    ("agent", "level", "state"),
    [
        (FieldAgent("a"), 1, FieldAgentState),
        (CoordinatorAgent("a"), 2, CoordinatorAgentState),
        (SystemAgent("a"), 3, SystemAgentState),
    ],
)
def test_each_kind_of_agent_has_a_level_and_a_state(agent: FieldAgent, level: int, state: type) -> None:
    assert agent.level == level
    assert type(agent.state) is state
    assert (agent.state.owner_id, agent.state.owner_level) == ("a", level)


def test_an_agent_needs_a_name() -> None:
    with pytest.raises(ConfigError, match="An agent needs a name"):
        FieldAgent("")


def test_a_policy_is_a_policy_from_the_beginning_and_later() -> None:
    def act(observation: object) -> float:
        return 1.0

    with pytest.raises(ConfigError, match="policy of agent 'a' is a function, no Policy.*Subclass heron.core.Policy"):
        FieldAgent("a", policy=act)  # type: ignore[arg-type]
    agent = FieldAgent("a")
    with pytest.raises(ConfigError, match="policy of agent 'a' is a function"):
        agent.policy = act  # type: ignore[assignment]
    assert agent.policy is None


def test_a_free_agent_has_all_documented_members() -> None:
    valve = Valve("v1", upstream_id="north", tick_config="every minute")
    assert (valve.agent_id, valve.level, valve.upstream_id, valve.tick_config) == ("v1", 1, "north", "every minute")
    assert (valve.policy, valve.protocol, valve.cost, valve.safety) == (None, None, 0.0, 0.0)
    assert isinstance(valve.action, Action)
    assert valve.get_action_space().shape == (1,)
    assert repr(valve) == "Valve('v1', level=1)"
    assert list(valve.walk()) == [valve]
    assert not valve.is_bound


def test_a_free_agent_sees_nothing() -> None:
    for look in (Valve("v1").observe, Valve("v1").get_observation, Valve("v1").tick):
        with pytest.raises(ConfigError, match="'v1' is not part of an environment and sees nothing"):
            look()


def test_reset_of_a_free_agent_brings_back_state_and_action() -> None:
    valve = Valve("v1")
    valve.state[Opening].opening = 0.9
    valve.action.set_values(c=[3.0])
    valve.reset()
    assert (valve.state[Opening].opening, valve.action.c.tolist()) == (0.25, [1.0])


def test_the_superior_is_known_to_the_state() -> None:
    valve = Valve("v1")
    valve.upstream_id = "south"
    assert valve.state.parent_id == "south"


def test_an_agent_acts_by_its_policy() -> None:
    valve = Valve("v1", policy=ConstantPolicy([0.5]))
    action = valve.act(blank_observation("v1"))
    assert action is not None
    assert action.tolist() == [[0.5]]
    assert valve.decides()
    valve.policy = None
    assert valve.act(blank_observation("v1")) is None
    assert not valve.decides()


def test_a_class_with_an_act_of_its_own_decides() -> None:
    class Stubborn(Valve):
        def act(self, observation: Observation) -> np.ndarray:
            return np.ones((1, 1))

    assert Stubborn("v1").decides()


def test_setpoint_fields_are_those_of_the_action() -> None:
    (field,) = Valve("v1").setpoint_fields()
    assert (field.name, field.low, field.high, field.neutral) == ("flow", 0.0, 4.0, 1.0)
    assert Valve("v1").action_dim == 1
    assert CoordinatorAgent("a").setpoint_fields() == ()
    assert not CoordinatorAgent("a").responds_to_price()


def test_setpoint_fields_follow_an_action_that_is_declared_anew() -> None:
    valve = Valve("v1")
    assert valve.setpoint_fields()[0].high == 4.0
    valve.action.set_specs(dim_c=1, range=[[0.0], [9.0]])
    assert valve.setpoint_fields()[0].high == 9.0


def test_a_choice_is_a_setpoint_field_with_equal_shares() -> None:
    class Tap(FieldAgent):
        def set_action(self) -> None:
            self.action.set_specs(dim_c=1, dim_d=1, ncats=3)

    _, choice = Tap("t").setpoint_fields()
    # categories 0, 1, 2 are each one wide: -0.5 … 0.5 … 1.5 … 2.5
    assert (choice.name, choice.low, choice.high, choice.neutral) == ("d0", -0.5, 2.5, 0.0)


def test_normalized_actions_reach_from_bound_to_bound() -> None:
    # -1 is 0, 0 is the middle 2, 1 is 4
    np.testing.assert_array_equal(Valve("v").to_setpoint(np.array([[-1.0], [0.0], [1.0]])), [[0.0, 2.0, 4.0]])
    np.testing.assert_array_equal(Valve("v").to_setpoint(np.array([[3.0]]), normalized=False), [[3.0]])


def test_a_device_without_a_response_to_prices_says_so() -> None:
    assert not Valve("v1").responds_to_price()
    assert Valve("v1").respond({"price": np.zeros(1)}) is None
    with pytest.raises(ConfigError, match=r"'v1' \(Valve\) declares no response to the price"):
        Valve("v1").respond_to_price(np.zeros(1))


def test_a_device_responds_to_an_announced_price_and_to_nothing_else() -> None:
    room = Room("r")
    assert room.responds_to_price()
    assert room.respond({"limit": np.zeros(1)}) is None
    # 18 °C, cheap: 3 °C below the aim of 21 is more than the 2 °C that ask for full heat
    np.testing.assert_array_equal(room.respond({"price": np.array([1.0])}), [[1.0]])


def test_costs_and_safety_of_a_free_agent_can_be_set() -> None:
    valve = Valve("v1")
    valve.cost, valve.safety = 2.0, 3.0
    assert (valve.account.cost, valve.account.safety) == (2.0, 3.0)


def test_subordinates_are_found_by_short_name_and_know_their_superior() -> None:
    room = Room("house1.room1")
    house = House("house1", {"room1": room})
    assert house.subordinates["room1"] is room
    assert house.devices is house.subordinates
    assert room.upstream_id == "house1"
    assert [agent.agent_id for agent in house.walk()] == ["house1", "house1.room1"]


def test_two_subordinates_of_one_name_are_refused() -> None:
    house = House("house1", {"room1": Room("a")})
    with pytest.raises(ConfigError, match="'house1' has two subordinates named 'room1'"):
        house.add_subordinate(Room("b"), name="room1")


def test_a_subordinate_must_be_of_a_lower_level() -> None:
    with pytest.raises(ConfigError, match="its level is not lower"):
        CoordinatorAgent("a").add_subordinate(CoordinatorAgent("b"))


def test_a_coordinator_without_a_way_to_build_subordinates_says_so() -> None:
    with pytest.raises(ConfigError, match="CoordinatorAgent does not know how to build 2 subordinates"):
        CoordinatorAgent("a")._build_subordinates([{}, {}])


def test_the_action_of_a_coordinator_is_that_of_its_protocol() -> None:
    rooms = {"room1": Room("a"), "room2": Room("b")}
    assert CoordinatorAgent("h", subordinates=rooms).action_dim == 0
    house = CoordinatorAgent("h", protocol=SetpointProtocol(), subordinates=rooms)
    assert house.action_dim == 2
    told = house.coordinate_subordinates(None, np.array([[0.1, 0.2]]))
    assert {name: directive.tolist() for name, directive in told.items()} == {"room1": [[0.1]], "room2": [[0.2]]}
    assert CoordinatorAgent("h").coordinate_subordinates(None, None) == {}


def test_the_roster_lists_superiors_before_subordinates() -> None:
    core = heating_core(1)
    assert list(core.agents)[:3] == ["supplier", "house1", "house1.room1"]


def test_a_name_twice_in_a_hierarchy_is_refused() -> None:
    with pytest.raises(ConfigError, match="Two agents are named 'a'"):
        roster([House("h", {"room1": Room("a"), "room2": Room("a")})])


def test_a_bound_agent_observes_acts_and_keeps_its_account_in_the_table() -> None:
    core = heating_core(2)
    core.reset(seeds=[0, 1])
    room = core.agents["house1.room1"]
    assert room.is_bound
    assert room.get_observation().shape == (2, 5)
    room.cost = np.array([1.0, 2.0])  # type: ignore[assignment]
    np.testing.assert_array_equal(core.table["house1.room1.account.cost"], [1.0, 2.0])
    supplier = core.agents["supplier"]
    announced = supplier.tick()
    assert announced is not None
    assert announced.shape == (2, 1)


def test_a_new_policy_takes_effect_at_once() -> None:
    core = heating_core(1)
    core.reset(seeds=[0])
    actions = {house: np.zeros((1, 2)) for house in core.learners}
    core.step(actions)
    core.agents["supplier"].policy = ConstantPolicy([1.0])
    core.step(actions)
    # the action 1 stands for the highest tariff, 4 USD/h
    assert core.table["house1.inbox.price"][0] == 4.0
    core.agents["supplier"].policy = None
    core.step(actions)
    core.step(actions)
    # nobody announces any more: the last price stands and grows old, an hour for each of 3 steps
    assert (core.table["house1.inbox.price"][0], core.table["house1.inbox.age_s"][0]) == (4.0, 3 * 3600.0)

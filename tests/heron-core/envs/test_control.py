"""Control: who decides, in which order, and what is latched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from heron.agents import CoordinatorAgent, FieldAgent, SystemAgent, roster
from heron.core import ConstantPolicy, FeatureProvider, Observation, Policy, quantity
from heron.envs import CoreOptions, SynchronousCore
from heron.errors import ActionError, ConfigError, UnknownNameError
from heron.plant import ObjectPlant
from heron.protocols import PriceSignalProtocol, SetpointProtocol, VerticalProtocol
from heron.types import FloatArray


class Position(FeatureProvider):
    position: float = quantity(0.0)


class Valve(FieldAgent):
    """Keeps the position it was asked for; -1 … 1 of its action is 0 … 10, neutral 2."""

    def set_state(self) -> None:
        self.state.features = [Position()]

    def set_action(self) -> None:
        self.action.set_specs(dim_c=1, range=[[0.0], [10.0]], names=["opening"], neutral=[2.0])

    def apply_action(self) -> None:
        self.state[Position].position = float(self.action.c[0])


class PricedValve(Valve):
    def respond_to_price(self, price: FloatArray) -> FloatArray:
        return (10.0 - price)[np.newaxis]


class Sharing(VerticalProtocol):
    """One number for everybody, as an action for each."""

    def action_dim(self, subordinates: Any) -> int:
        return 1

    def coordinate(self, action: Any, subordinates: Any, *, observations: Any = None) -> dict[str, Any]:
        return {name: np.repeat(action, agent.action_dim, axis=1) for name, agent in subordinates.items()}


def core_of(*tops: Any, learners: Any = "coordinators", n_env: int = 1, normalized: bool = True) -> SynchronousCore:
    agents = roster(tops)
    valves = [agent for agent in agents.values() if isinstance(agent, FieldAgent)]
    options = CoreOptions(normalized_actions=normalized, max_steps=100)
    core = SynchronousCore(ObjectPlant(valves), agents, learners=learners, n_env=n_env, options=options)
    core.reset(seeds=range(n_env))
    return core


def area(name: str = "north", *, valve: type[Valve] = Valve, protocol: Any = None, **keywords: Any) -> CoordinatorAgent:
    valves = {short: valve(f"{name}.{short}") for short in ("v1", "v2")}
    return CoordinatorAgent(name, protocol=protocol or SetpointProtocol(), subordinates=valves, **keywords)


def positions(core: SynchronousCore) -> list[float]:
    return [float(core.table[name][0]) for name in core.table.names if name.endswith(".position")]


def step(core: SynchronousCore, **actions: list[float]) -> list[float]:
    core.step({name: np.array([values]) for name, values in actions.items()})
    return positions(core)


def test_a_learning_coordinator_sets_the_setpoints_of_its_devices() -> None:
    core = core_of(area(), area("south"))
    # -1 … 1 is 0 … 10
    assert step(core, north=[-1.0, 1.0], south=[0.0, 0.5]) == [0.0, 10.0, 5.0, 7.5]


def test_learning_devices_set_their_own_setpoints() -> None:
    core = core_of(area(), learners="devices")
    assert core.learners == ("north.v1", "north.v2")
    core.step({"north.v1": np.array([[0.0]]), "north.v2": np.array([[1.0]])})
    assert positions(core) == [5.0, 10.0]


def test_only_some_agents_may_learn_and_the_rest_stay_neutral() -> None:
    core = core_of(area(), area("south"), learners=["south"])
    assert step(core, south=[1.0, 1.0]) == [2.0, 2.0, 10.0, 10.0]


def test_a_coordinator_that_does_not_learn_follows_its_policy() -> None:
    core = core_of(area(policy=ConstantPolicy([0.0, 1.0])), learners=[])
    assert step(core) == [5.0, 10.0]


def test_a_device_follows_its_policy_where_nobody_directs_it() -> None:
    valve = Valve("alone", policy=ConstantPolicy([0.2]))
    assert step(core_of(valve, learners=[])) == [6.0]


def test_a_directive_goes_before_a_devices_own_policy() -> None:
    learning, acting = area(), area("south", policy=ConstantPolicy([-1.0, -1.0]))
    for agent in (*learning.subordinates.values(), *acting.subordinates.values()):
        agent.policy = ConstantPolicy([1.0])
    core = core_of(learning, acting, learners=["north"])
    assert step(core, north=[0.0, 0.0]) == [5.0, 5.0, 0.0, 0.0]


def test_a_devices_own_policy_goes_before_its_response_to_a_price() -> None:
    north = area(valve=PricedValve, protocol=PriceSignalProtocol(0.0, 10.0))
    north.subordinates["v1"].policy = ConstantPolicy([1.0])
    core = core_of(north)
    # price 4 of 0 … 10 is -0.2: v2 answers 10 - 4
    assert step(core, north=[-0.2]) == [10.0, 6.0]
    assert core.table["v2.inbox.price"][0] == 4.0


def test_a_message_that_a_device_does_not_understand_leaves_its_setpoint() -> None:
    class Greeting(Sharing):
        def coordinate(self, action: Any, subordinates: Any, *, observations: Any = None) -> dict[str, Any]:
            return {name: {"greeting": action[:, 0]} for name in subordinates}

    assert step(core_of(area(protocol=Greeting())), north=[1.0]) == [2.0, 2.0]


def test_an_action_may_be_directed_to_a_coordinator() -> None:
    top = SystemAgent("top", protocol=Sharing(), subordinates={"north": area(), "south": area("south")})
    core = core_of(top, learners=["top"])
    assert step(core, top=[0.4]) == [7.0, 7.0, 7.0, 7.0]


@pytest.mark.parametrize(("protocol", "action"), [(SetpointProtocol(), [-1.0, -1.0]), (Sharing(), [-1.0])])
def test_a_learners_action_goes_before_a_directive(protocol: VerticalProtocol, action: list[float]) -> None:
    areas = {"north": area(), "south": area("south", protocol=protocol)}
    core = core_of(SystemAgent("top", protocol=Sharing(), subordinates=areas), learners=["top", "south"])
    assert step(core, top=[0.4], south=action) == [7.0, 7.0, 0.0, 0.0]


class Watching(Policy):
    """Notes what its agent sees and asks for it."""

    def __init__(self, row: str) -> None:
        self.row = row
        self.seen: list[float] = []

    def act(self, observation: Observation) -> FloatArray:
        self.seen.append(float(observation[self.row][0]))
        return np.zeros((len(observation.values), self.action_dim))


def test_a_directive_is_there_before_its_receiver_acts() -> None:
    watcher = Watching("inbox.price")
    north = area(policy=watcher)
    top = SystemAgent("top", protocol=PriceSignalProtocol(0.0, 10.0), subordinates={"north": north})
    core = core_of(top, learners=["top"])
    step(core, top=[1.0])
    step(core, top=[0.0])
    assert watcher.seen == [10.0, 5.0]


def test_the_levels_act_from_the_top_whatever_the_order_of_registration() -> None:
    order: list[str] = []

    class Noting(ConstantPolicy):
        def act(self, observation: Observation) -> FloatArray:
            order.append(observation.agent_id)
            return super().act(observation)

    north, south = area(policy=Noting(0.0)), area("south", policy=Noting(0.0))
    valve = Valve("alone", policy=Noting(0.0))
    top = SystemAgent("top", policy=Noting(0.0), protocol=PriceSignalProtocol(), subordinates={"south": south})
    agents = roster([valve, north, top])
    valves = [agent for agent in agents.values() if isinstance(agent, FieldAgent)]
    core = SynchronousCore(ObjectPlant(valves), agents, learners=[])
    core.step({})
    assert order == ["top", "north", "south", "alone"]


def test_everybody_decides_before_the_first_setpoint_is_latched() -> None:
    class Peeking(Watching):
        def act(self, observation: Observation) -> FloatArray:
            self.seen.append(float(table_of[0].values[row_of[0], 0]))
            return np.zeros((1, self.action_dim))

    peeking = Peeking("opening")
    core = core_of(area(), Valve("alone", policy=peeking), learners=["north"])
    table_of, row_of = [core.table], [core.table.row("north.v1.setpoint.opening")]
    step(core, north=[1.0, 1.0])
    assert peeking.seen == [2.0]


def test_a_device_that_acts_later_does_not_see_what_one_before_it_asked_for() -> None:
    seen: list[float] = []

    class Peeking(ConstantPolicy):
        def act(self, observation: Observation) -> FloatArray:
            seen.append(float(core.table["first.setpoint.opening"][0]))
            return super().act(observation)

    core = core_of(Valve("first", policy=ConstantPolicy(1.0)), Valve("second", policy=Peeking(0.0)), learners=[])
    assert step(core) == [10.0, 5.0]
    assert seen == [2.0]


def test_setpoints_are_latched_until_they_are_replaced() -> None:
    class OddSteps(Sharing):
        calls = 0

        def coordinate(self, action: Any, subordinates: Any, *, observations: Any = None) -> dict[str, Any]:
            self.calls += 1
            return super().coordinate(action, subordinates) if self.calls % 2 else {}

    core = core_of(area(protocol=OddSteps()))
    assert step(core, north=[1.0]) == [10.0, 10.0]
    assert step(core, north=[-1.0]) == [10.0, 10.0]
    assert step(core, north=[-1.0]) == [0.0, 0.0]


def test_a_protocol_with_two_arguments_directs() -> None:
    class Plain(Sharing):
        def coordinate(self, action: Any, subordinates: Any) -> dict[str, Any]:  # type: ignore[override]
            return {"v2": action}

    assert step(core_of(area(protocol=Plain())), north=[1.0]) == [2.0, 10.0]


def test_a_protocol_that_looks_gets_the_deciding_agents_observation() -> None:
    seen: list[Mapping[str, Observation]] = []

    class Looking(Sharing):
        def coordinate(self, action: Any, subordinates: Any, *, observations: Any = None) -> dict[str, Any]:
            seen.append(observations)
            return {}

    core = core_of(area(protocol=Looking()))
    step(core, north=[1.0])
    assert list(seen[0]) == ["north"]
    assert seen[0]["north"]["north.v1.position.position"].tolist() == [0.0]


@pytest.mark.parametrize(
    ("directive", "message"),
    [
        (lambda action: {"v1": np.zeros((1, 3))}, r"'north' gave agent 'north.v1' an action, which has shape \(1, 3\)"),
        (lambda action: {"v1": np.full((1, 1), np.nan)}, "gave agent 'north.v1' an action, which has values that are"),
    ],
)
def test_a_directive_that_is_no_action_names_protocol_and_receiver(directive: Any, message: str) -> None:
    class Wrong(Sharing):
        def coordinate(self, action: Any, subordinates: Any, *, observations: Any = None) -> dict[str, Any]:
            return directive(action)  # type: ignore[no-any-return]

    core = core_of(area(protocol=Wrong()))
    with pytest.raises(ActionError, match=message):
        step(core, north=[0.0])


def test_a_directive_to_a_stranger_gets_the_nearest_name() -> None:
    class Lost(Sharing):
        def coordinate(self, action: Any, subordinates: Any, *, observations: Any = None) -> dict[str, Any]:
            return {"v3": action}

    with pytest.raises(UnknownNameError, match=r"Lost of 'north' directs 'v3', who is not below it. Did you mean 'v"):
        step(core_of(area(protocol=Lost())), north=[0.0])


@pytest.mark.parametrize("action", [np.zeros((1, 3)), np.array([[np.nan, 0.0]])])
def test_a_policy_that_gives_no_action_is_named(action: FloatArray) -> None:
    class Wrong(Policy):
        def act(self, observation: Observation) -> FloatArray:
            return action

    core = core_of(area(policy=Wrong()), learners=[])
    before = core.table.values.copy()
    with pytest.raises(ActionError, match="Its policy gave agent 'north' an action, which has"):
        core.step({})
    np.testing.assert_array_equal(core.table.values, before)


def test_a_response_of_the_wrong_shape_is_named() -> None:
    class Wrong(PricedValve):
        def respond_to_price(self, price: FloatArray) -> FloatArray:
            return price

    core = core_of(area(valve=Wrong, protocol=PriceSignalProtocol()))
    with pytest.raises(
        ActionError, match=r"response of agent 'north.v1' to \['price'\] has shape \(1,\), expected \(1, 1\)"
    ):
        step(core, north=[0.0])


def test_a_device_that_cannot_follow_a_price_is_an_error_when_the_environment_is_built() -> None:
    with pytest.raises(ConfigError, match="directs 'v1', but Valve declares no response to a price"):
        core_of(area(protocol=PriceSignalProtocol()))


def test_a_device_and_its_superior_cannot_both_set_its_setpoint() -> None:
    with pytest.raises(ConfigError, match="Both 'north.v1' and its superior 'north' would set"):
        core_of(area(), learners=["north", "north.v1"])
    with pytest.raises(ConfigError, match="Both 'north.v1' and its superior 'north' would set"):
        core_of(area(policy=ConstantPolicy(0.0)), learners="devices")


def test_a_device_with_a_scale_of_its_own_is_asked_for_it() -> None:
    class Square(Valve):
        def to_setpoint(self, action: FloatArray, *, normalized: bool = True) -> FloatArray:
            return super().to_setpoint(action * action, normalized=normalized)

    core = core_of(Square("s"), learners=["s"])
    # 0.6² = 0.36 of ±5 about 5
    np.testing.assert_allclose(step(core, s=[0.6]), [6.8], rtol=1e-12)


def test_physical_actions_are_taken_as_they_are() -> None:
    core = core_of(area(), normalized=False)
    assert step(core, north=[3.3, 7.1]) == [3.3, 7.1]
    low, high = core.control.bounds("north")
    assert (low.tolist(), high.tolist()) == ([0.0, 0.0], [10.0, 10.0])
    neutral = core.control.neutral("north")
    assert neutral is not None
    assert neutral.tolist() == [2.0, 2.0]


def test_a_price_is_between_minus_one_and_one_under_physical_units_too() -> None:
    one = CoordinatorAgent("one", protocol=PriceSignalProtocol(0.0, 8.0), subordinates={"v": PricedValve("one.v")})
    core = core_of(one, normalized=False)
    low, high = core.control.bounds("one")
    assert (low.tolist(), high.tolist()) == ([-1.0], [1.0])
    # -0.5 is the price 2
    assert step(core, one=[-0.5]) == [8.0]


def test_a_custom_fixed_map_keeps_its_scale_under_physical_units() -> None:
    class Mine(SetpointProtocol):
        pass

    class Other(VerticalProtocol):
        def action_dim(self, subordinates: Any) -> int:
            return SetpointProtocol().action_dim(subordinates)

        def coordinate(self, action: Any, subordinates: Any, *, observations: Any = None) -> dict[str, Any]:
            return SetpointProtocol().coordinate(action, subordinates)

        def compile(self, subordinates: Any, setpoints: Any) -> Any:
            return SetpointProtocol().compile(subordinates, setpoints)

    assert step(core_of(area(protocol=Mine()), normalized=False), north=[3.0, 4.0]) == [3.0, 4.0]
    assert step(core_of(area(protocol=Other()), normalized=False), north=[0.0, 1.0]) == [5.0, 10.0]


def test_a_fixed_map_that_also_announces_is_called_every_time() -> None:
    class Telling(SetpointProtocol):
        inbox = PriceSignalProtocol().inbox

        def coordinate(self, action: Any, subordinates: Any, *, observations: Any = None) -> dict[str, Any]:
            return {name: {"price": action[:, 0]} for name in subordinates}

    core = core_of(area(protocol=Telling()))
    step(core, north=[0.5, 0.0])
    assert core.table["v1.inbox.price"][0] == 0.5


def test_fields_of_different_bounds_cannot_be_shared_as_physical_numbers() -> None:
    with pytest.raises(ConfigError, match="'north' drives several setpoints with one number under physical"):
        core_of(area(protocol=SetpointProtocol(shared=["opening"])), normalized=False)


def test_a_shared_entry_drives_all_subordinates() -> None:
    core = core_of(area(protocol=SetpointProtocol(shared=["opening"])))
    assert core.control.dims == {"north": 1}
    assert step(core, north=[0.5]) == [7.5, 7.5]


def test_neutral_and_names_of_every_learners_action() -> None:
    core = core_of(area(), Valve("alone"), learners=["north", "alone"])
    assert core.control.action_names == {"north": ["v1.opening", "v2.opening"], "alone": ["opening"]}
    # 2 of 0 … 10 is -0.6
    for name, expected in (("north", [-0.6, -0.6]), ("alone", [-0.6])):
        neutral = core.control.neutral(name)
        assert neutral is not None
        np.testing.assert_allclose(neutral, expected, rtol=1e-12)


def test_an_agent_without_protocol_cannot_learn() -> None:
    with pytest.raises(ConfigError, match="Learner 'idle' has nothing to decide: its action has no entries"):
        core_of(CoordinatorAgent("idle"), learners=["idle"])

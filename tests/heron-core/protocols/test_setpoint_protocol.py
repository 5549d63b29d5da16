"""Setpoints from a superior to its subordinates, one by one or shared."""

from __future__ import annotations

import numpy as np
import pytest

from heron.agents import CoordinatorAgent, FieldAgent
from heron.errors import ConfigError
from heron.plant import SetpointBlock
from heron.protocols import SetpointProtocol
from heron.testing import check_protocol_elementwise, check_routing_equals_coordinate


class Valve(FieldAgent):
    def set_action(self) -> None:
        self.action.set_specs(dim_c=2, range=[[0.0, -1.0], [4.0, 1.0]], names=["flow", "swirl"])


class Lamp(FieldAgent):
    def set_action(self) -> None:
        self.action.set_specs(dim_c=1, range=[[2.0], [6.0]], names=["flow"])


def garden() -> dict[str, FieldAgent]:
    return {"valve": Valve("g.valve"), "meter": FieldAgent("g.meter"), "lamp": Lamp("g.lamp")}


def test_the_action_has_an_entry_for_each_setpoint_field() -> None:
    protocol = SetpointProtocol()
    assert protocol.action_names(garden()) == ["valve.flow", "valve.swirl", "lamp.flow"]
    assert protocol.action_dim(garden()) == 3


def test_each_subordinate_gets_its_part_and_one_without_fields_gets_none() -> None:
    told = SetpointProtocol().coordinate(np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]), garden())
    assert sorted(told) == ["lamp", "valve"]
    np.testing.assert_array_equal(told["valve"], [[0.1, 0.2], [0.4, 0.5]])
    np.testing.assert_array_equal(told["lamp"], [[0.3], [0.6]])


def test_one_environment_may_leave_its_axis_out() -> None:
    np.testing.assert_array_equal(SetpointProtocol().coordinate(np.array([0.1, 0.2, 0.3]), garden())["lamp"], [[0.3]])


def test_no_action_means_no_directive() -> None:
    assert SetpointProtocol().coordinate(None, garden()) == {}


def test_a_shared_field_is_one_entry_behind_the_others() -> None:
    protocol = SetpointProtocol(shared=["flow"])
    assert protocol.action_names(garden()) == ["valve.swirl", "flow"]
    told = protocol.coordinate(np.array([[0.2, -0.5]]), garden())
    np.testing.assert_array_equal(told["valve"], [[-0.5, 0.2]])
    np.testing.assert_array_equal(told["lamp"], [[-0.5]])


def test_the_neutral_action_is_what_does_nothing() -> None:
    # valve.flow: 0 in 0…4 is -1; valve.swirl: 0 in -1…1 is 0; lamp.flow: 0 is below 2…6, so 2, which is -1
    np.testing.assert_array_equal(SetpointProtocol().neutral_action(garden()), [-1.0, 0.0, -1.0])


def test_a_shared_neutral_is_the_mean_of_the_fields() -> None:
    class Low(FieldAgent):
        def set_action(self) -> None:
            self.action.set_specs(dim_c=1, range=[[0.0], [4.0]], names=["flow"], neutral=[3.0])

    # valve.flow -1; low.flow 3 of 0…4 is 0.5; mean -0.25
    pair = {"valve": Valve("a"), "low": Low("b")}
    np.testing.assert_array_equal(SetpointProtocol(shared=["flow"]).neutral_action(pair), [0.0, -0.25])


def test_a_field_that_cannot_move_is_neutral_in_the_middle() -> None:
    class Fixed(FieldAgent):
        def set_action(self) -> None:
            self.action.set_specs(dim_c=1, range=[[2.0], [2.0]])

    np.testing.assert_array_equal(SetpointProtocol().neutral_action({"a": Fixed("a")}), [0.0])


@pytest.mark.parametrize("shared", [(), ("flow",)])
def test_the_compiled_map_is_what_the_directives_say(shared: tuple[str, ...]) -> None:
    check_routing_equals_coordinate(SetpointProtocol(shared), garden())
    check_protocol_elementwise(SetpointProtocol(shared), garden())


def test_the_compiled_map_reaches_from_bound_to_bound() -> None:
    agents = {"valve": Valve("v"), "lamp": Lamp("l")}
    blocks = {
        "v": SetpointBlock(agents["valve"].setpoint_fields(), np.array([5, 6])),
        "l": SetpointBlock(agents["lamp"].setpoint_fields(), np.array([3])),
    }
    routing = SetpointProtocol(shared=["flow"]).compile(agents, blocks)
    assert routing.rows.tolist() == [5, 6, 3]
    assert routing.index.tolist() == [1, 0, 1]
    # flow 0…4: middle 2 ± 2; swirl ± 1; flow 2…6: 4 ± 2
    np.testing.assert_array_equal(routing.offset[:, 0], [2.0, 0.0, 4.0])
    np.testing.assert_array_equal(routing.scale[:, 0], [2.0, 1.0, 2.0])


def test_a_shared_field_needs_somebody_who_has_it() -> None:
    assert SetpointProtocol(shared=["flow"]).action_names({"meter": FieldAgent("m")}) == []


def test_nobody_to_direct_compiles_to_an_empty_map() -> None:
    routing = SetpointProtocol().compile({}, {})
    assert (routing.rows.shape, routing.scale.shape) == ((0,), (0, 1))


def test_a_coordinator_cannot_be_given_setpoints() -> None:
    with pytest.raises(ConfigError, match=r"cannot direct 'north': CoordinatorAgent\('n', level=2\) is not a field"):
        SetpointProtocol().check({"north": CoordinatorAgent("n")})


def test_a_shared_field_that_nobody_has_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"shares 'flwo'.*\['flow', 'swirl'\]. Did you mean 'flow'"):
        SetpointProtocol(shared=["flwo"]).check(garden())
    SetpointProtocol(shared=["flow"]).check(garden())
    SetpointProtocol(shared=["flow"]).check({})

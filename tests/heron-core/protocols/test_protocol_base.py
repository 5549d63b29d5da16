"""The base of protocols, and the one that says nothing."""

from __future__ import annotations

import numpy as np
import pytest

from heron.agents import CoordinatorAgent, FieldAgent
from heron.core import Observation
from heron.protocols import HorizontalProtocol, NoProtocol, Protocol, SetpointProtocol, VerticalProtocol
from heron.protocols.base import takes_observations
from heron.types import FloatArray


class Doubling(VerticalProtocol):
    """A user's protocol in the two-argument form."""

    def action_dim(self, subordinates):  # type: ignore[no-untyped-def]
        return len(subordinates)

    def coordinate(self, action, subordinates):  # type: ignore[no-untyped-def, override]
        return {name: 2.0 * action[:, i : i + 1] for i, name in enumerate(subordinates)}


class Looking(Doubling):
    def coordinate(self, action, subordinates, **keywords):  # type: ignore[no-untyped-def, override]
        return dict.fromkeys(subordinates, keywords["observations"])


def test_a_two_argument_coordinate_works() -> None:
    agent = CoordinatorAgent("c", protocol=Doubling(), subordinates={"a": FieldAgent("a")})
    assert not agent.needs_observation
    assert agent.coordinate_subordinates(None, np.array([[0.5]]))["a"].tolist() == [[1.0]]


def test_a_protocol_that_looks_gets_the_observation_by_the_agents_name() -> None:
    seen = Observation(
        agent_id="c",
        names=[],
        values=np.zeros((1, 0), dtype=np.float32),
        physical=np.zeros((0, 1)),
        time_s=np.zeros(1),
    )
    agent = CoordinatorAgent("c", protocol=Looking(), subordinates={"a": FieldAgent("a")})
    assert agent.needs_observation
    assert agent.coordinate_subordinates(seen, np.zeros((1, 1))) == {"a": {"c": seen}}
    assert agent.coordinate_subordinates(None, np.zeros((1, 1))) == {"a": None}


@pytest.mark.parametrize(("protocol", "takes"), [(SetpointProtocol(), True), (Doubling(), False), (Looking(), True)])
def test_whether_a_protocol_takes_observations_is_read_from_its_signature(protocol: Protocol, takes: bool) -> None:
    assert takes_observations(protocol) is takes


def test_a_protocol_of_ones_own_has_plain_defaults() -> None:
    agents = {"a": FieldAgent("a"), "b": FieldAgent("b")}
    assert Doubling().action_names(agents) == ["a0", "a1"]
    assert Doubling().neutral_action(agents) is None
    assert Doubling().compile(agents, {}) is None
    assert tuple(Doubling().inbox) == ()
    Doubling().check(agents)


def test_no_protocol_says_nothing() -> None:
    protocol = NoProtocol()
    assert protocol.action_dim({"a": FieldAgent("a")}) == 0
    assert protocol.coordinate(None, {}) == {}
    neutral: FloatArray = protocol.neutral_action({})
    assert neutral.shape == (0,)


def test_horizontal_protocols_are_protocols() -> None:
    assert issubclass(HorizontalProtocol, Protocol)

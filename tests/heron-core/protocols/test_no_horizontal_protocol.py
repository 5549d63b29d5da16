"""Peers that do not talk, and what all horizontal protocols have in common."""

from __future__ import annotations

from heron.protocols import HorizontalProtocol, Protocol, Stage, exchange
from heron.protocols.horizontal import ConsensusProtocol, NoHorizontalProtocol, PeerToPeerTradingProtocol
from heron.protocols.topology import Topology


def test_peers_without_a_protocol_say_and_learn_nothing() -> None:
    protocol = NoHorizontalProtocol()
    protocol.begin(3)
    assert exchange(protocol, {}) == {}
    assert (protocol.participants, protocol.members, tuple(protocol.inbox)) == ((), (), ())
    assert protocol.compose("a", {}) == protocol.receive("a", "b", {}) == []
    assert protocol.outcome("a") == {}
    assert protocol.neighbours("a") == ()
    protocol.restore_state(protocol.save_state())


def test_a_horizontal_protocol_directs_nobody() -> None:
    for protocol in (
        NoHorizontalProtocol(),
        ConsensusProtocol(Topology.line("ab")),
        PeerToPeerTradingProtocol(["a", "b"]),
    ):
        assert isinstance(protocol, HorizontalProtocol)
        assert isinstance(protocol, Protocol)
        assert protocol.action_dim({}) == 0
        assert protocol.coordinate(None, {}) == {}
        assert protocol.neutral_action({}).shape == (0,)


def test_a_round_has_one_stage_unless_a_protocol_says_otherwise() -> None:
    assert ConsensusProtocol(Topology.line("ab")).stages == (Stage(("a", "b"), 0.0),)

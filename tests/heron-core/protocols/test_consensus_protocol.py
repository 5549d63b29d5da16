"""Peers agree on the mean, and nothing they hold is created or lost on the way."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from peers_by_mail import PeersByMail, Values

from heron.errors import ActionError, ConfigError, StateError, UnknownNameError
from heron.messaging import ChannelSpec
from heron.protocols import Topology, exchange
from heron.protocols.horizontal import ConsensusProtocol
from heron.types import FloatArray

NAMES = tuple("abcdefgh")
PERFECT = ChannelSpec()
ROUGH = ChannelSpec(delay_s=1.5, jitter_type="lognormal", jitter_ratio=0.8, loss=0.3, reordering=True)
SHAPES = (Topology.ring, Topology.line, Topology.star)


def given_by(rows: FloatArray, names: tuple[str, ...] = NAMES) -> Values:
    return {name: {"value": row} for name, row in zip(names, rows, strict=True)}


def numbers(n_env: int = 1, *, count: int = len(NAMES)) -> FloatArray:
    return np.random.default_rng(1).uniform(-50.0, 150.0, (count, n_env))


def estimates(protocol: ConsensusProtocol) -> FloatArray:
    return np.array([protocol.outcome(name)["consensus"] for name in protocol.members])


def same_mass(protocol: ConsensusProtocol, rows: FloatArray) -> None:
    total, weight = protocol.mass()
    expected = [math.fsum(column) for column in rows.T]
    np.testing.assert_allclose(total, expected, rtol=1e-15, atol=1e-15 * float(np.abs(rows).max()))
    np.testing.assert_allclose(weight, len(rows), rtol=1e-15)


def test_two_peers_share_by_halves() -> None:
    protocol = ConsensusProtocol(Topology.line("ab"))
    outcome = exchange(protocol, {"a": {"value": np.array([1.0])}, "b": {"value": np.array([5.0])}})
    # each keeps one half and gets one half of the other: (0.5 + 2.5) / (0.5 + 0.5) = 3
    assert outcome["a"]["consensus"].tolist() == outcome["b"]["consensus"].tolist() == [3.0]


def test_one_round_on_a_line_weighs_by_shares() -> None:
    protocol = ConsensusProtocol(Topology.line("abc"))
    values = {name: {"value": np.array([value])} for name, value in (("a", 0.0), ("b", 6.0), ("c", 0.0))}
    outcome = exchange(protocol, values)
    # b splits into thirds: a holds 0 + 2 and 1/2 + 1/3, b 2 + 0 + 0 and 1/3 + 1/2 + 1/2
    assert outcome["a"]["consensus"][0] == pytest.approx(2.0 / (5.0 / 6.0), rel=1e-15)
    assert outcome["b"]["consensus"][0] == pytest.approx(2.0 / (4.0 / 3.0), rel=1e-15)


@pytest.mark.parametrize("shape", SHAPES)
def test_all_estimates_converge_to_the_mean(shape: Any) -> None:
    protocol, rows = ConsensusProtocol(shape(NAMES)), numbers()
    peers = PeersByMail(protocol, PERFECT)
    peers.rounds(given_by(rows), 600)
    np.testing.assert_allclose(estimates(protocol), rows.mean(), rtol=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_estimates_converge_though_messages_are_late_lost_and_overtaken(shape: Any) -> None:
    protocol, rows = ConsensusProtocol(shape(NAMES)), numbers()
    peers = PeersByMail(protocol, ROUGH)
    peers.rounds(given_by(rows), 1000)
    same_mass(protocol, rows)
    counters = peers.broker.counters["default"]
    assert counters.lost / counters.sent == pytest.approx(0.3, abs=0.02)
    np.testing.assert_allclose(estimates(protocol), rows.mean(), rtol=1e-9)


def same_started_mass(protocol: ConsensusProtocol, rows: FloatArray) -> None:
    """Those who have spoken in the first round are the first so many."""
    started = round(float(protocol.mass()[1][0]))
    same_mass(protocol, rows[:started])


@st.composite
def graphs(draw: st.DrawFn) -> Topology:
    """Connected: each but the first is linked with one before it, and some more links."""
    count = draw(st.integers(2, 6))
    names = NAMES[:count]
    links = [(names[draw(st.integers(0, place - 1))], names[place]) for place in range(1, count)]
    more = draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=4))
    return Topology(names, links + [(one, other) for one, other in more if one != other])


@settings(max_examples=40)
@given(
    topology=graphs(),
    delay_s=st.floats(0.0, 3.0),
    loss=st.floats(0.0, 0.9),
    reordering=st.booleans(),
    seed=st.integers(0, 10_000),
)
def test_the_mass_is_the_same_after_every_message(
    topology: Topology, delay_s: float, loss: float, reordering: bool, seed: int
) -> None:
    rows = np.random.default_rng(seed).uniform(-1e3, 1e3, (len(topology.participants), 2))
    protocol = ConsensusProtocol(topology)
    spec = ChannelSpec(delay_s=delay_s, jitter_ratio=0.7, loss=loss, reordering=reordering)
    peers = PeersByMail(protocol, spec, n_env=2, seed=seed, check=lambda: same_started_mass(protocol, rows))
    peers.rounds(given_by(rows, topology.participants), 15)


def test_the_mass_is_the_same_after_thousands_of_rounds() -> None:
    protocol, rows = ConsensusProtocol(Topology.line("abc")), numbers(count=3)
    values = given_by(rows, ("a", "b", "c"))
    for _ in range(4000):
        exchange(protocol, values)
    same_mass(protocol, rows)


def test_a_value_that_changes_moves_the_mean() -> None:
    protocol, rows = ConsensusProtocol(Topology.ring(NAMES)), numbers()
    peers = PeersByMail(protocol, ROUGH)
    peers.rounds(given_by(rows), 20)
    rows[3] += 80.0
    peers.rounds(given_by(rows), 1000)
    same_mass(protocol, rows)
    np.testing.assert_allclose(estimates(protocol), rows.mean(), rtol=1e-9)


def test_an_outage_delays_agreement_and_changes_nothing_else() -> None:
    protocol, rows = ConsensusProtocol(Topology.ring(NAMES)), numbers()
    peers = PeersByMail(protocol, PERFECT)
    peers.rounds(given_by(rows), 2)
    peers.broker.outage("c", True)
    peers.rounds(given_by(rows), 300)
    same_mass(protocol, rows)
    assert abs(protocol.outcome("a")["consensus"][0] - rows.mean()) > 1e-3
    peers.broker.outage("c", False)
    peers.rounds(given_by(rows), 600)
    np.testing.assert_allclose(estimates(protocol), rows.mean(), rtol=1e-9)


def test_who_only_gives_for_long_keeps_an_estimate() -> None:
    protocol = ConsensusProtocol(Topology.star("abc"))
    for _ in range(5000):
        protocol.compose("a", {"value": np.array([7.0])})
    assert protocol.outcome("a")["consensus"][0] == pytest.approx(7.0, rel=1e-12)


def test_seven_environments_equal_each_alone_bit_for_bit() -> None:
    rows = numbers(7)
    together = ConsensusProtocol(Topology.ring(NAMES))
    PeersByMail(together, ROUGH, n_env=7, seed=3).rounds(given_by(rows), 25)
    for env in range(7):
        alone = ConsensusProtocol(Topology.ring(NAMES))
        PeersByMail(alone, ROUGH, seed=3).rounds(given_by(rows[:, env : env + 1]), 25)
        assert estimates(alone)[:, 0].tolist() == estimates(together)[:, env].tolist()


def test_going_on_after_a_restore_equals_never_having_stopped() -> None:
    rows = numbers(2)
    first = PeersByMail(ConsensusProtocol(Topology.ring(NAMES)), ROUGH, n_env=2)
    first.rounds(given_by(rows), 10)
    saved = json.loads(json.dumps([first.protocol.save_state(), first.broker.save_state()]))
    second = PeersByMail(ConsensusProtocol(Topology.ring(NAMES)), ROUGH, n_env=2, seed=9)
    second.protocol.restore_state(saved[0])
    second.broker.restore_state(saved[1])
    second.now_ns = first.now_ns
    for peers in (first, second):
        peers.rounds(given_by(rows), 10)
    assert first.protocol.save_state() == second.protocol.save_state()


def test_a_saved_state_of_others_is_refused() -> None:
    protocol = ConsensusProtocol(Topology.ring(NAMES))
    with pytest.raises(StateError, match=r"Saved consensus of \['a', 'b'\]"):
        protocol.restore_state(ConsensusProtocol(Topology.line("ab")).save_state())
    saved = protocol.save_state()
    protocol.begin(3)
    with pytest.raises(StateError, match="of 1 environments does not fit 3"):
        protocol.restore_state(saved)


def test_what_one_says_depends_on_nothing_another_gives() -> None:
    said = []
    for other in (0.0, 100.0):
        protocol = ConsensusProtocol(Topology.line("ab"))
        protocol.compose("b", {"value": np.array([other])})
        said.append(protocol.compose("a", {"value": np.array([1.0])}))
    assert said[0] == said[1]


def test_a_message_that_was_overtaken_is_nothing_new() -> None:
    protocol = ConsensusProtocol(Topology.line("ab"))
    (old,), (new,) = (protocol.compose("b", {"value": np.array([4.0])}) for _ in range(2))
    protocol.receive("a", "b", new[1])
    known = protocol.save_state()
    protocol.receive("a", "b", old[1])
    assert protocol.save_state() == known


def test_a_graph_in_pieces_is_refused_with_the_pieces() -> None:
    with pytest.raises(ConfigError, match=r"falls into \[\['a', 'b'\], \['c'\]\]\. Link the groups"):
        ConsensusProtocol(Topology("abc", [("a", "b")]))


def test_nobody_knows_anything_before_the_first_message() -> None:
    protocol = ConsensusProtocol(Topology.line("ab"))
    assert protocol.outcome("a") == {}
    ((receiver, payload),) = protocol.compose("b", {"value": np.array([4.0])})
    protocol.receive(receiver, "b", payload)
    assert protocol.outcome("a")["consensus"].tolist() == [4.0]
    protocol.begin(1)
    assert protocol.outcome("a") == {}


def test_what_is_no_value_is_refused() -> None:
    protocol = ConsensusProtocol(Topology.line("ab"), value="level")
    with pytest.raises(ActionError, match=r"'a' gives \['levle'\] and no 'level'\. Each member gives \['level'\]"):
        protocol.compose("a", {"levle": np.zeros(1)})
    for bad in (np.zeros(2), np.array([np.nan])):
        with pytest.raises(ActionError, match="'level' of 'a' is .* not 1 finite numbers"):
            protocol.compose("a", {"level": bad})
    with pytest.raises(UnknownNameError, match="'z' does not take part"):
        protocol.compose("z", {"level": np.zeros(1)})


def test_rows_have_the_unit_and_are_the_owners_alone() -> None:
    protocol = ConsensusProtocol(Topology.line("ab"), value="level", unit="m", offset=2.0, scale=3.0)
    assert [(one.name, one.unit) for one in protocol.takes] == [("level", "m")]
    (row,) = protocol.inbox
    assert (row.name, row.unit, row.offset, row.scale, {group.value for group in row.visibility}) == (
        "consensus",
        "m",
        2.0,
        3.0,
        {"owner"},
    )

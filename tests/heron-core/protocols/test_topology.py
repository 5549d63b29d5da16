"""Graphs of those who talk."""

from __future__ import annotations

import pytest

from heron.errors import ConfigError, UnknownNameError
from heron.protocols import Topology

NAMES = ("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("topology", "of_a", "of_b"),
    [
        (Topology.line(NAMES), ("b",), ("a", "c")),
        (Topology.ring(NAMES), ("b", "d"), ("a", "c")),
        (Topology.star(NAMES), ("b", "c", "d"), ("a",)),
        (Topology.complete(NAMES), ("b", "c", "d"), ("a", "c", "d")),
        (Topology.ring(("a", "b")), ("b",), ("a",)),
        (Topology("ab", [("a", "b"), ("b", "a")]), ("b",), ("a",)),
    ],
)
def test_everyone_knows_its_neighbours(topology: Topology, of_a: tuple[str, ...], of_b: tuple[str, ...]) -> None:
    assert topology.neighbours("a") == of_a
    assert topology.neighbours("b") == of_b
    assert topology.components() == [list(topology.participants)]


def test_a_graph_in_pieces_has_several_components() -> None:
    assert Topology("edcba", [("a", "c"), ("b", "e")]).components() == [["e", "b"], ["d"], ["c", "a"]]


def test_what_is_no_graph_is_refused() -> None:
    with pytest.raises(UnknownNameError, match=r"Link 'north' – 'suoth' names 'suoth'.* Did you mean 'south'\?"):
        Topology(["north", "south"], [("north", "suoth")])
    with pytest.raises(ConfigError, match="'a' is linked with itself"):
        Topology("ab", [("a", "a")])
    with pytest.raises(ConfigError, match="each once"):
        Topology("aba", [])
    with pytest.raises(ConfigError, match="at least one name"):
        Topology("", [])

"""Random streams: keyed, independent, restorable."""

from __future__ import annotations

import numpy as np
import pytest

from heron.core import SeedTree
from heron.errors import ConfigError


def draw(tree: SeedTree, agent: str = "a", purpose: str = "noise") -> list[float]:
    return tree.generator(agent, purpose).random(3).tolist()


def test_a_stream_depends_on_nothing_but_its_key() -> None:
    quiet, busy = SeedTree(1), SeedTree(1)
    draw(busy, "b")
    draw(busy, "a", "other")
    assert draw(quiet) == draw(busy)


@pytest.mark.parametrize("other", [SeedTree(2), SeedTree(1, 1)])
def test_seed_and_episode_change_the_stream(other: SeedTree) -> None:
    assert draw(SeedTree(1)) != draw(other)


def test_agent_and_purpose_change_the_stream() -> None:
    tree = SeedTree(1)
    assert len({tuple(draw(tree, agent, purpose)) for agent in "ab" for purpose in "xy"}) == 4


def test_a_stream_goes_on_where_it_was() -> None:
    tree = SeedTree(1)
    assert draw(tree) + draw(tree) == SeedTree(1).generator("a", "noise").random(6).tolist()
    assert tree.generator("a", "noise") is tree.generator("a", "noise")


def test_the_next_episode_has_the_next_number() -> None:
    assert draw(SeedTree(3).next_episode()) == draw(SeedTree(3, 1))


def test_a_saved_tree_goes_on_as_if_never_stopped() -> None:
    tree = SeedTree(7, 2)
    draw(tree)
    saved = tree.save_state()
    rest = draw(tree) + draw(tree, "late")
    again = SeedTree.from_state(saved)
    assert draw(again) + draw(again, "late") == rest
    assert (again.seed, again.episode) == (7, 2)
    third = SeedTree.from_state(saved)
    assert draw(third) + draw(third, "late") == rest


def test_the_global_stream_of_numpy_is_left_alone() -> None:
    np.random.seed(0)  # noqa: NPY002 - to look at the global state
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    draw(SeedTree(1))
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(ConfigError, match="must not be negative, got -1"):
        SeedTree(-1)


def test_numbers_of_a_stream_are_published() -> None:
    # Reproducibility across versions of heron: recorded once; a change here changes every random world.
    assert SeedTree(0).generator("a", "noise").integers(0, 1000, 4).tolist() == [370, 152, 784, 497]

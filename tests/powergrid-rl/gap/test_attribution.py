"""What a loss is due to, by hand and by the axioms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powergrid_rl.gap.attribution import remainder, shapley_values
from powergrid_rl.gap.scenario import subsets

CAUSES = ("a", "b", "c")
LOSSES = st.lists(st.floats(-100.0, 100.0), min_size=8, max_size=8)


def worth(losses: list[float]) -> dict[frozenset[str], np.ndarray]:
    return {subset: np.array([loss]) for subset, loss in zip(subsets(CAUSES), losses, strict=True)}


def test_what_causes_alone_do_not_add_up_to_is_left_over() -> None:
    # 10 together, 2 and 5 alone: 3 are left; on the other day 1 - 0 - 4 = -3
    left = remainder(np.array([10.0, 1.0]), {"a": np.array([2.0, 0.0]), "b": np.array([5.0, 4.0])})
    np.testing.assert_allclose(left, [3.0, -3.0], rtol=1e-12)


def test_two_causes_share_what_they_do_only_together() -> None:
    # a first: 2, then b: 8; b first: 5, then a: 5. Means over both orders: a (2 + 5) / 2, b (8 + 5) / 2.
    game = {frozenset(): 0.0, frozenset("a"): 2.0, frozenset("b"): 5.0, frozenset("ab"): 10.0}
    values = shapley_values({subset: np.array([loss]) for subset, loss in game.items()}, ("a", "b"))
    np.testing.assert_allclose([values["a"][0], values["b"][0]], [3.5, 6.5], rtol=1e-12)


def test_gloves_are_worth_what_shapley_says() -> None:
    # One left glove (a), two right ones (b, c), a pair is worth 1: values 2/3, 1/6, 1/6 (a textbook game).
    game = worth([float("a" in subset and len(subset) > 1) for subset in subsets(CAUSES)])
    values = shapley_values(game, CAUSES)
    np.testing.assert_allclose([values[cause][0] for cause in CAUSES], [2 / 3, 1 / 6, 1 / 6], rtol=1e-12)


@given(LOSSES)
def test_values_add_up_to_all_together_less_nothing(losses: list[float]) -> None:
    game = worth(losses)
    total = sum(value[0] for value in shapley_values(game, CAUSES).values())
    assert total == pytest.approx(losses[-1] - losses[0], abs=1e-9)


@given(LOSSES, st.floats(-50.0, 50.0))
def test_a_cause_that_always_adds_the_same_is_worth_that(losses: list[float], own: float) -> None:
    game = worth(losses)
    for subset in subsets(CAUSES):
        if "c" in subset:
            game[subset] = game[subset - {"c"}] + own
    assert shapley_values(game, CAUSES)["c"][0] == pytest.approx(own, abs=1e-9)

"""Actions: dimensions, bounds, spaces."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heron.core import Action
from heron.errors import ActionError


def mixed() -> Action:
    action = Action()
    action.set_specs(dim_c=2, dim_d=2, ncats=[3, 2], range=[[0.0, -2.0], [1.0, 4.0]], names=["heat", "fan"])
    return action


def test_a_new_action_has_no_dimensions() -> None:
    action = Action()
    assert (action.dim_c, action.dim_d, action.c.shape, action.d.shape) == (0, 0, (0,), (0,))


def test_dimensions_begin_at_the_neutral_action_within_bounds() -> None:
    action = Action()
    action.set_specs(dim_c=2, range=[[1.0, -1.0], [2.0, 1.0]])
    # doing nothing is 0 where the bounds allow it, else the nearest bound
    np.testing.assert_array_equal(action.c, [1.0, 0.0])
    action.set_specs(dim_c=2, range=[[1.0, -1.0], [2.0, 1.0]], neutral=[5.0, 0.5])
    np.testing.assert_array_equal(action.c, [2.0, 0.5])
    assert action.names == ["c0", "c1"]


def test_bounds_are_minus_one_and_one_when_not_given() -> None:
    action = Action()
    action.set_specs(dim_c=1)
    np.testing.assert_array_equal(action.range, [[-1.0], [1.0]])


def test_one_number_of_categories_holds_for_all_discrete_dimensions() -> None:
    action = Action()
    action.set_specs(dim_d=3, ncats=np.int64(4))  # type: ignore[arg-type]
    assert action.ncats == [4, 4, 4]


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        ({"dim_c": 2, "range": [[0.0], [1.0]]}, r"range has shape \(2, 1\), expected \(2, 2\)"),
        ({"dim_c": 1, "range": [[2.0], [1.0]]}, "lower bounds above upper ones"),
        ({"dim_c": 1, "range": [[np.nan], [1.0]]}, "lower bounds above upper ones"),
        ({"dim_d": 2, "ncats": [3]}, "2 discrete dimensions need as many counts"),
        ({"dim_d": 1, "ncats": 0}, "1 discrete dimensions need as many counts"),
        ({"dim_c": 1, "names": ["a", "b"]}, r"1 continuous dimensions but 2 names: \['a', 'b'\]"),
    ],
)
def test_specs_that_do_not_fit_are_refused(specs: dict[str, Any], message: str) -> None:
    with pytest.raises(ActionError, match=message):
        Action().set_specs(**specs)


@pytest.mark.parametrize(
    ("specs", "kind"),
    [
        ({"dim_c": 2}, gymnasium.spaces.Box),
        ({"dim_d": 1, "ncats": 3}, gymnasium.spaces.Discrete),
        ({"dim_d": 2, "ncats": 3}, gymnasium.spaces.MultiDiscrete),
        ({"dim_c": 1, "dim_d": 1, "ncats": 3}, gymnasium.spaces.Dict),
        ({}, gymnasium.spaces.Box),
    ],
)
def test_the_space_fits_the_dimensions(specs: dict[str, Any], kind: type) -> None:
    action = Action()
    action.set_specs(**specs)
    assert type(action.space) is kind


def test_a_sample_is_within_bounds_and_repeats_with_its_generator() -> None:
    one = mixed().sample(np.random.default_rng(1))
    assert mixed().space["c"].contains(one.c)  # type: ignore[index]
    assert set(one.d) <= {0, 1, 2}
    np.testing.assert_array_equal(one.vector(), mixed().sample(np.random.default_rng(1)).vector())


def test_clip_limits_both_parts() -> None:
    action = mixed()
    action.set_values(c=[7.0, -9.0], d=[9, -1])
    assert action.clip() is action
    np.testing.assert_array_equal(action.vector(), [1.0, -2.0, 2.0, 0.0])


def test_reset_is_the_neutral_action_again() -> None:
    action = mixed()
    action.set_values(c=[1.0, 1.0], d=[1, 1])
    action.reset()
    np.testing.assert_array_equal(action.vector(), [0.0, 0.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"c": [1.0]}, r"Continuous action \[1.0\] is not 2 finite numbers"),
        ({"c": [1.0, np.nan]}, "is not 2 finite numbers"),
        ({"d": [1]}, r"Discrete action \[1.0\] is not 2 whole numbers"),
        ({"d": [1, 0.5]}, "is not 2 whole numbers"),
        ({"d": [1, np.inf]}, "is not 2 whole numbers"),
    ],
)
def test_values_that_are_no_action_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ActionError, match=message):
        mixed().set_values(**values)


def test_the_continuous_part_can_be_set_alone() -> None:
    action = mixed()
    action.set_values(d=[2, 1])
    action.set_values(c=[0.5, 3.0])
    np.testing.assert_array_equal(action.vector(), [0.5, 3.0, 2.0, 1.0])


def test_numbers_become_the_nearest_action() -> None:
    action = mixed()
    action.set_vector(np.array([0.25, 9.0, 1.6, -0.4]))
    # 9 is above 4; 1.6 is nearest to category 2, -0.4 to category 0
    np.testing.assert_array_equal(action.vector(), [0.25, 4.0, 2.0, 0.0])


@given(st.floats(-1.0, 1.0), st.floats(-1e3, 1e3), st.floats(0.0, 1e3))
def test_normalized_values_reach_from_bound_to_bound(value: float, low: float, spread: float) -> None:
    action = Action()
    action.set_specs(dim_c=1, range=[[low], [low + spread]])
    physical = action.from_normalized([value])[0]
    assert low - 1e-9 <= physical <= low + spread + 1e-9
    np.testing.assert_allclose(action.from_normalized([[-1.0], [1.0]])[:, 0], [low, low + spread], atol=1e-9)

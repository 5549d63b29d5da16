"""Grouping of rows by area, and what the compiled loops make of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powergrid.plant.grid_kernel import watch_branches, watch_nodes
from powergrid.plant.membership import Membership

VALUES = np.array([[1.0, -1.0], [2.0, 5.0], [4.0, 0.0], [8.0, 3.0]])


def rows(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.intp)


def nodes(
    members: Membership, n_area: int, values: np.ndarray, *, low: float = -9.0, high: float = 9.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lowest, highest, and distance to a band added up, by area."""
    lowest, highest, outside = np.zeros((3, n_area, values.shape[1]))
    empty = np.bincount(members.area, minlength=n_area) == 0
    pairs = np.column_stack([members.rows, members.area])
    watch_nodes(0, values.shape[1], pairs, empty, low, high, values, lowest, highest, outside)
    return lowest, highest, outside


def test_a_row_can_belong_to_several_areas() -> None:
    members = Membership([rows(0, 1), rows(1, 2)])
    assert members.rows.tolist() == [0, 1, 1, 2]
    assert members.area.tolist() == [0, 0, 1, 1]
    np.testing.assert_array_equal(members.of(1), [1, 2])


def test_each_area_adds_up_its_own_rows() -> None:
    # above 0: 1 + 4 and 0 + 0, then 8 and 3, then nothing; below 0 in the second environment: 1
    _, _, outside = nodes(Membership([rows(0, 2), rows(3), rows()]), 3, VALUES, low=0.0, high=0.0)
    np.testing.assert_array_equal(outside, [[5.0, 1.0], [8.0, 3.0], [0.0, 0.0]])


def test_extremes_are_of_the_areas_own_rows_and_nominal_without_any() -> None:
    lowest, highest, _ = nodes(Membership([rows(), rows(1, 2), rows(), rows(0)]), 4, VALUES)
    np.testing.assert_array_equal(lowest, [[1.0, 1.0], [2.0, 0.0], [1.0, 1.0], [1.0, -1.0]])
    np.testing.assert_array_equal(highest, [[1.0, 1.0], [4.0, 5.0], [1.0, 1.0], [1.0, -1.0]])


def test_lines_and_transformers_are_counted_apart() -> None:
    # area 0 has a line at 1.25 and a transformer at 1.5, area 1 the same line and a switch at 3, area 2 nothing
    members = np.array([[0, 0, 0], [1, 0, 1], [0, 1, 0], [2, 1, 2]])
    highest, above = np.ones((3, 1)), np.ones((3, 3, 1))
    watch_branches(0, 1, members, np.array([[1.25], [1.5], [3.0]]), highest, above)
    np.testing.assert_array_equal(highest[:, 0], [1.5, 3.0, 0.0])
    np.testing.assert_array_equal(above[:2, :, 0], [[0.25, 0.25, 0.0], [0.5, 0.0, 0.0]])


@given(
    st.lists(st.lists(st.integers(0, 30), max_size=31), min_size=1, max_size=4),
    st.integers(1, 40),
    st.integers(0, 2**32 - 1),
)
def test_one_environment_and_many_give_the_same_bits(members: list[list[int]], n_env: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(31, n_env)) * 10.0 ** np.arange(-15, 16)[:, np.newaxis]
    groups = Membership([rows(*numbers) for numbers in members])
    together = nodes(groups, len(members), values, low=0.0, high=0.0)
    for env in {0, n_env - 1}:
        alone = nodes(groups, len(members), values[:, env : env + 1].copy(), low=0.0, high=0.0)
        for one, many in zip(alone, together, strict=True):
            np.testing.assert_array_equal(one[:, 0], many[:, env])


@pytest.mark.parametrize("block", [(0, 1), (1, 3)])
def test_other_environments_are_not_touched(block: tuple[int, int]) -> None:
    lowest, highest, outside = np.full((3, 1, 4), 7.0)
    watch_nodes(*block, np.array([[0, 0]]), np.array([False]), 0.0, 1.0, np.ones((1, 4)), lowest, highest, outside)
    others = np.setdiff1d(np.arange(4), np.arange(*block))
    for written in (lowest, highest, outside):
        assert (written[:, others] == 7.0).all()
        assert (written[:, slice(*block)] != 7.0).all()

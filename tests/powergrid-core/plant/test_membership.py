"""Grouping of rows by area."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powergrid.plant.membership import Membership

VALUES = np.array([[1.0, -1.0], [2.0, 5.0], [4.0, 0.0], [8.0, 3.0]])


def rows(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.intp)


def test_each_area_adds_up_its_own_rows() -> None:
    # 1 + 4 and -1 + 0; 8 and 3; nothing
    total = Membership([rows(0, 2), rows(3), rows()]).total(VALUES)
    np.testing.assert_array_equal(total, [[5.0, -1.0], [8.0, 3.0], [0.0, 0.0]])


def test_extremes_of_an_area_without_rows_are_what_the_caller_says() -> None:
    members = Membership([rows(), rows(1, 2), rows(), rows(0)])
    lowest, highest = members.extremes(VALUES, empty=9.0)
    np.testing.assert_array_equal(lowest, [[9.0, 9.0], [2.0, 0.0], [9.0, 9.0], [1.0, -1.0]])
    np.testing.assert_array_equal(highest, [[9.0, 9.0], [4.0, 5.0], [9.0, 9.0], [1.0, -1.0]])


def test_a_row_can_belong_to_several_areas() -> None:
    members = Membership([rows(0, 1), rows(1, 2)])
    np.testing.assert_array_equal(members.total(VALUES), [[3.0, 4.0], [6.0, 5.0]])
    np.testing.assert_array_equal(members.of(1), [1, 2])


def test_areas_of_nothing_at_all_have_no_extremes() -> None:
    members = Membership([rows(), rows()])
    np.testing.assert_array_equal(members.extremes(VALUES, empty=0.5), np.full((2, 2, 2), 0.5))
    np.testing.assert_array_equal(members.total(VALUES), np.zeros((2, 2)))


def test_a_part_of_the_rows_keeps_its_areas() -> None:
    members = Membership([rows(0, 1), rows(2, 3)]).among(rows(1, 2))
    assert members.area.tolist() == [0, 1]
    assert members.rows.tolist() == [1, 2]


@given(
    st.lists(st.lists(st.integers(0, 30), max_size=31), min_size=1, max_size=4),
    st.integers(1, 40),
    st.integers(0, 2**32 - 1),
)
def test_one_environment_and_many_give_the_same_bits(members: list[list[int]], n_env: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(31, n_env)) * 10.0 ** np.arange(-15, 16)[:, np.newaxis]
    groups = Membership([rows(*numbers) for numbers in members])
    together = groups.total(values)
    for env in {0, n_env - 1}:
        np.testing.assert_array_equal(groups.total(values[:, env : env + 1])[:, 0], together[:, env])


@pytest.mark.parametrize("n_env", [1, 3])
def test_what_is_found_has_a_column_per_environment(n_env: int) -> None:
    members = Membership([rows(0), rows()])
    assert members.extremes(np.ones((4, n_env)), empty=0.0)[0].shape == (2, n_env)
    assert members.total(np.ones((4, n_env))).shape == (2, n_env)

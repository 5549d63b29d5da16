"""Sums whose bits do not depend on the number of environments."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from powergrid.plant.reduce import scatter_add, segment_sum, sum_rows

FINITE = st.floats(-1e6, 1e6)
WIDE = 16 if numba.config.DISABLE_JIT else 1024


def rows(n: int, n_env: int) -> np.ndarray:
    rng = np.random.default_rng(n)
    return rng.normal(size=(n, n_env)) * 10.0 ** rng.integers(-8, 8, (n, 1))


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 40, 300])
@pytest.mark.parametrize("n_env", [1, 2, 7, 64][: 4 if WIDE > 64 else 3])
def test_a_sum_has_the_same_bits_in_any_batch(n: int, n_env: int) -> None:
    values = rows(n, WIDE)
    some = np.ascontiguousarray(values[:, :n_env])
    assert sum_rows(some).tobytes() == sum_rows(values)[:n_env].tobytes()
    segment = np.arange(n) % 3
    whole = np.ascontiguousarray(segment_sum(values, segment, 3)[:, :n_env])
    assert segment_sum(some, segment, 3).tobytes() == whole.tobytes()


def test_numpys_own_sum_has_not() -> None:
    # this is why the kernel exists: numpy adds one long column pairwise, and many short ones row by row
    values = rows(300, 1024)
    alone = [np.ascontiguousarray(values[:, [env]]).sum(axis=0)[0] for env in range(1024)]
    assert not np.array_equal(alone, values.sum(axis=0))


def test_rows_are_added_first_to_last() -> None:
    # (1e16 + 1) + 1 = 1e16 in double precision, 1 + 1 + 1e16 = 1e16 + 2
    assert sum_rows(np.array([[1e16], [1.0], [1.0]]))[0] == 1e16
    assert sum_rows(np.array([[1.0], [1.0], [1e16]]))[0] == 1e16 + 2.0


def test_scattering_adds_to_what_is_there() -> None:
    out = np.array([[1.0, 2.0], [3.0, 4.0]])
    added = scatter_add(out, np.array([1, 1]), np.array([[10.0, 20.0], [0.5, 0.25]]))
    assert added is out
    assert out.tolist() == [[1.0, 2.0], [13.5, 24.25]]


def test_segments_without_rows_are_zero() -> None:
    sums = segment_sum(np.array([[1.0], [2.0]]), np.array([2, 2]), 4)
    assert sums[:, 0].tolist() == [0.0, 0.0, 3.0, 0.0]


def test_no_rows_add_up_to_zero() -> None:
    assert sum_rows(np.zeros((0, 3))).tolist() == [0.0, 0.0, 0.0]


def test_complex_numbers_are_added_too() -> None:
    assert sum_rows(np.array([[1 + 2j], [3 - 1j]])).tolist() == [4 + 1j]


@given(values=hnp.arrays(np.float64, st.tuples(st.integers(1, 12), st.integers(1, 5)), elements=FINITE), data=st.data())
def test_segments_add_up_to_the_whole(values: np.ndarray, data: Any) -> None:
    segment = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(values), max_size=len(values))))
    np.testing.assert_allclose(segment_sum(values, segment, 4).sum(axis=0), values.sum(axis=0), atol=1e-8)


@pytest.mark.parametrize("index", [-1, 2])
def test_an_index_outside_is_an_error(index: int) -> None:
    with pytest.raises(IndexError, match="outside the rows"):
        scatter_add(np.zeros((2, 1)), np.array([index]), np.ones((1, 1)))


def test_shapes_that_do_not_fit_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"out \(2, 1\), index \(3,\), values \(2, 1\)"):
        scatter_add(np.zeros((2, 1)), np.zeros(3, dtype=np.intp), np.ones((2, 1)))
    with pytest.raises(ValueError, match=r"values \(2, 4\)"):
        scatter_add(np.zeros((2, 1)), np.zeros(2, dtype=np.intp), np.ones((2, 4)))

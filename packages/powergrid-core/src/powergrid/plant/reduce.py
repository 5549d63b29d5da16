"""Sums over devices, buses and branches whose bits do not depend on the number of environments.

numpy adds the rows of an ``(n, 1)`` array in another order than those of an ``(n, 1024)`` array, so ``sum(axis=0)``,
``@`` and ``einsum`` give an environment other bits alone than in a batch. Here rows are added one after the other, in
the order in which they stand, for every environment.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from heron.types import IndexArray
from powergrid.powerflow.jit import njit

NumberT = TypeVar("NumberT", np.float64, np.complex128)


def scatter_add(out: NDArray[NumberT], index: IndexArray, values: NDArray[NumberT]) -> NDArray[NumberT]:
    """Add each row of an array to a row of another: ``out[index[k]] += values[k]`` for k in order.

    Parameters
    ----------
    out : (n_out, n_env)
        Added to in place. [any]
    index : (n,)
        Row of `out` for each row of `values`; may repeat.
    values : (n, n_env)
        What is added. [unit of `out`]

    Returns
    -------
    (n_out, n_env)
        `out` itself.

    Raises
    ------
    ValueError
        The shapes do not fit together.
    IndexError
        An index is negative or too large; rows before it have been added.
    """
    if index.shape != values.shape[:1] or out.shape[1:] != values.shape[1:]:
        raise ValueError(f"scatter_add: shapes do not fit: out {out.shape}, index {index.shape}, values {values.shape}")
    _scatter_add(out, index, values)
    return out


def sum_rows(values: NDArray[NumberT]) -> NDArray[NumberT]:
    """Sum over the rows of an array, first row first.

    Parameters
    ----------
    values : (n, n_env)
        Any quantity. [any]

    Returns
    -------
    (n_env,)
        Zero where there are no rows. [unit of `values`]
    """
    total = np.zeros(values.shape[1], dtype=values.dtype)
    _sum_rows(total, values)
    return total


def segment_sum(values: NDArray[NumberT], segment: IndexArray, n_segment: int) -> NDArray[NumberT]:
    """Sums over groups of rows: the devices at each bus, the agents of each coordinator.

    Parameters
    ----------
    values : (n, n_env)
        Any quantity. [any]
    segment : (n,)
        Group of each row, from 0 to ``n_segment - 1``, in any order.
    n_segment
        Number of groups.

    Returns
    -------
    (n_segment, n_env)
        Zero for a group without rows. [unit of `values`]

    Raises
    ------
    ValueError
        The shapes do not fit together.
    IndexError
        A group is negative or too large.
    """
    return scatter_add(np.zeros((n_segment, values.shape[1]), dtype=values.dtype), segment, values)


@njit
def _scatter_add(out: NDArray[NumberT], index: IndexArray, values: NDArray[NumberT]) -> None:
    for k in range(len(index)):
        row = index[k]
        if row < 0 or row >= len(out):
            raise IndexError("scatter_add: an index is outside the rows of the output")
        for env in range(values.shape[1]):
            out[row, env] += values[k, env]


@njit
def _sum_rows(total: NDArray[NumberT], values: NDArray[NumberT]) -> None:
    for k in range(len(values)):
        for env in range(values.shape[1]):
            total[env] += values[k, env]

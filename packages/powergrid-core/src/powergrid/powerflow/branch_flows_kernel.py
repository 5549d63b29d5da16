"""Compiled loops over branches and environments."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heron.types import FloatArray
from powergrid.powerflow.jit import njit

_ComplexArray = NDArray[np.complex128]


@njit
def fill_flows(
    ends: NDArray[np.int64],
    admittances: _ComplexArray,
    scales: FloatArray,
    base_mva: float,
    v: _ComplexArray,
    s_from: _ComplexArray,
    s_to: _ComplexArray,
    i_from_ka: FloatArray,
    i_to_ka: FloatArray,
    loading: FloatArray,
) -> None:
    """Fill the arrays of `BranchFlows`.

    Parameters
    ----------
    ends : (n_branch, 2)
        From and to node.
    admittances : (n_branch, 4)
        yff, yft, ytf, ytt. [pu]
    scales : (n_branch, 4)
        Current of 1 pu at the from and to end [kA], and the inverse ratings there, 0 for none [1/kA].
    base_mva
        Power of 1 pu. [MVA]
    v : (n_node, n_env)
        Complex voltages. [pu]
    s_from, s_to, i_from_ka, i_to_ka, loading : (n_branch, n_env)
        Written. [MVA, kA, 1]
    """
    for branch in range(len(ends)):
        near, far = ends[branch, 0], ends[branch, 1]
        yff, yft = admittances[branch, 0], admittances[branch, 1]
        ytf, ytt = admittances[branch, 2], admittances[branch, 3]
        from_ka, to_ka, from_limit, to_limit = scales[branch]
        for env in range(v.shape[1]):
            v_near, v_far = v[near, env], v[far, env]
            i_near = yff * v_near + yft * v_far
            i_far = ytf * v_near + ytt * v_far
            s_near, s_far = v_near * i_near.conjugate(), v_far * i_far.conjugate()
            s_from[branch, env] = complex(s_near.real * base_mva, s_near.imag * base_mva)
            s_to[branch, env] = complex(s_far.real * base_mva, s_far.imag * base_mva)
            near_ka = np.sqrt(i_near.real * i_near.real + i_near.imag * i_near.imag) * from_ka
            far_ka = np.sqrt(i_far.real * i_far.real + i_far.imag * i_far.imag) * to_ka
            i_from_ka[branch, env] = near_ka
            i_to_ka[branch, env] = far_ka
            loading[branch, env] = max(near_ka * from_limit, far_ka * to_limit)


@njit
def fill_loading_squares(
    first: int,
    stop: int,
    ends: NDArray[np.int64],
    admittances: _ComplexArray,
    scales: FloatArray,
    v: _ComplexArray,
    squares: FloatArray,
) -> None:
    """Fill the squares of the loadings, in the environments from `first` up to `stop`; parameters as `fill_flows`."""
    for branch in range(len(ends)):
        start, end = ends[branch, 0], ends[branch, 1]
        yff, yft = admittances[branch, 0], admittances[branch, 1]
        ytf, ytt = admittances[branch, 2], admittances[branch, 3]
        from_ka, to_ka, from_limit, to_limit = scales[branch]
        from_square, to_square = (from_ka * from_limit) ** 2, (to_ka * to_limit) ** 2
        for env in range(first, stop):
            v_near, v_far = v[start, env], v[end, env]
            i_near = yff * v_near + yft * v_far
            i_far = ytf * v_near + ytt * v_far
            near = (i_near.real * i_near.real + i_near.imag * i_near.imag) * from_square
            far = (i_far.real * i_far.real + i_far.imag * i_far.imag) * to_square
            squares[branch, env] = max(near, far)


@njit
def fill_power_from(
    first: int,
    stop: int,
    branches: NDArray[np.int64],
    ends: NDArray[np.int64],
    admittances: _ComplexArray,
    base_mva: float,
    v: _ComplexArray,
    s_from: _ComplexArray,
) -> None:
    """Fill the power into some branches at their from end, ``(len(branches), n_env)``; parameters as `fill_flows`."""
    for k in range(len(branches)):
        branch = branches[k]
        near, far = ends[branch, 0], ends[branch, 1]
        yff, yft = admittances[branch, 0], admittances[branch, 1]
        for env in range(first, stop):
            v_near, v_far = v[near, env], v[far, env]
            i_near = yff * v_near + yft * v_far
            s_near = v_near * i_near.conjugate()
            s_from[k, env] = complex(s_near.real * base_mva, s_near.imag * base_mva)


@njit
def fill_source_power(
    first: int,
    stop: int,
    slack_nodes: NDArray[np.int64],
    starts: NDArray[np.int64],
    columns: NDArray[np.int64],
    values: _ComplexArray,
    base_mva: float,
    v: _ComplexArray,
    power: _ComplexArray,
) -> None:
    """Fill the power that leaves each slack node, V conj(Y V), entry by entry in order of columns.

    Parameters
    ----------
    first, stop
        Environments from `first` up to but not including `stop`.
    slack_nodes : (n_slack,)
        Nodes whose voltage is given.
    starts, columns, values
        Admittance matrix by rows. [pu]
    base_mva
        Power of 1 pu. [MVA]
    v : (n_node, n_env)
        Complex voltages. [pu]
    power : (n_slack, n_env)
        Written. [MVA]
    """
    for k in range(len(slack_nodes)):
        node = slack_nodes[k]
        for env in range(first, stop):
            power[k, env] = 0.0
        for entry in range(starts[node], starts[node + 1]):
            for env in range(first, stop):
                power[k, env] += values[entry] * v[columns[entry], env]
        for env in range(first, stop):
            s = v[node, env] * power[k, env].conjugate()
            power[k, env] = complex(s.real * base_mva, s.imag * base_mva)

"""Compiled loops over branches whose admittances differ between environments."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from heron.types import FloatArray
from powergrid.powerflow.jit import njit

_ComplexArray = NDArray[np.complex128]


class VariedBranches(NamedTuple):
    """Branches that are not the same in all environments.

    Parameters
    ----------
    ends : (n_varied, 2)
        From and to node.
    admittances : (n_topology, n_varied, 4)
        yff, yft, ytf, ytt in each topology, taps as compiled. [pu]
    compiled : (n_varied, 4)
        The same as compiled. [pu]
    topology : (n_env,)
        Topology of each environment.
    changer : (n_varied, 2)
        Tap changer, -1 for none, and its end: 0 from, 1 to.
    deviation : (n_changer, n_env)
        See `TapChangers.deviation`. [1]
    """

    ends: NDArray[np.int64]
    admittances: _ComplexArray
    compiled: _ComplexArray
    topology: NDArray[np.int64]
    changer: NDArray[np.int64]
    deviation: _ComplexArray


@njit
def _admittances(varied: VariedBranches, k: int, env: int) -> tuple[complex, complex, complex, complex]:
    topology, changer = varied.topology[env], varied.changer[k, 0]
    yff, yft = varied.admittances[topology, k, 0], varied.admittances[topology, k, 1]
    ytf, ytt = varied.admittances[topology, k, 2], varied.admittances[topology, k, 3]
    if changer >= 0:
        ratio = 1.0 + varied.deviation[changer, env]
        square = ratio.real * ratio.real + ratio.imag * ratio.imag
        if varied.changer[k, 1] == 0:
            yff, yft, ytf = yff * square, yft * ratio.conjugate(), ytf * ratio
        else:
            ytt, ytf, yft = ytt * square, ytf * ratio.conjugate(), yft * ratio
    return yff, yft, ytf, ytt


@njit
def fill_varied_flows(
    varied: VariedBranches,
    scales: FloatArray,
    base_mva: float,
    v: _ComplexArray,
    s_from: _ComplexArray,
    s_to: _ComplexArray,
    i_from_ka: FloatArray,
    i_to_ka: FloatArray,
    loading: FloatArray,
) -> None:
    """Fill arrays as those of `BranchFlows`, ``(n_varied, n_env)``.

    Parameters
    ----------
    varied
        The branches.
    scales : (n_varied, 4)
        Current of 1 pu at the from and to end [kA], and the inverse ratings there, 0 for none [1/kA].
    base_mva
        Power of 1 pu. [MVA]
    v : (n_node, n_env)
        Complex voltages. [pu]
    s_from, s_to, i_from_ka, i_to_ka, loading : (n_varied, n_env)
        Written. [MVA, kA, 1]
    """
    for k in range(len(varied.ends)):
        near, far = varied.ends[k]
        from_ka, to_ka, from_limit, to_limit = scales[k]
        for env in range(v.shape[1]):
            yff, yft, ytf, ytt = _admittances(varied, k, env)
            v_near, v_far = v[near, env], v[far, env]
            i_near = yff * v_near + yft * v_far
            i_far = ytf * v_near + ytt * v_far
            s_near, s_far = v_near * i_near.conjugate(), v_far * i_far.conjugate()
            s_from[k, env] = complex(s_near.real * base_mva, s_near.imag * base_mva)
            s_to[k, env] = complex(s_far.real * base_mva, s_far.imag * base_mva)
            near_ka = np.sqrt(i_near.real * i_near.real + i_near.imag * i_near.imag) * from_ka
            far_ka = np.sqrt(i_far.real * i_far.real + i_far.imag * i_far.imag) * to_ka
            i_from_ka[k, env], i_to_ka[k, env] = near_ka, far_ka
            loading[k, env] = max(near_ka * from_limit, far_ka * to_limit)


@njit
def add_varied_source_power(
    varied: VariedBranches,
    changed: NDArray[np.bool_],
    slack_nodes: NDArray[np.int64],
    base_mva: float,
    v: _ComplexArray,
    power: _ComplexArray,
) -> None:
    """Add what varied branches take from the slack nodes beyond what they would as compiled.

    Parameters
    ----------
    varied
        The branches.
    changed : (n_varied, n_env)
        Where they are not as compiled.
    slack_nodes : (n_slack,)
        Nodes whose voltage is given.
    base_mva
        Power of 1 pu. [MVA]
    v : (n_node, n_env)
        Complex voltages. [pu]
    power : (n_slack, n_env)
        Added to. [MVA]
    """
    for k in range(len(varied.ends)):
        yff0, yft0, ytf0, ytt0 = varied.compiled[k]
        for slack in range(len(slack_nodes)):
            node = slack_nodes[slack]
            for end in range(2):
                if varied.ends[k, end] != node:
                    continue
                other = varied.ends[k, 1 - end]
                for env in range(v.shape[1]):
                    if not changed[k, env]:
                        continue
                    yff, yft, ytf, ytt = _admittances(varied, k, env)
                    own, across = (yff - yff0, yft - yft0) if end == 0 else (ytt - ytt0, ytf - ytf0)
                    current = own * v[node, env] + across * v[other, env]
                    s = v[node, env] * current.conjugate()
                    power[slack, env] += complex(s.real * base_mva, s.imag * base_mva)

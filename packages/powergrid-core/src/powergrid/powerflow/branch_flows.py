"""What flows through branches and out of the sources, at given voltages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from heron.types import FloatArray
from powergrid.errors import PowerFlowError
from powergrid.powerflow.branch_flows_kernel import fill_flows, fill_loading_squares, fill_power_from, fill_source_power
from powergrid.powerflow.compiled_network import CompiledNetwork

_SQRT3 = float(np.sqrt(3.0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BranchFlows:
    """Flows of every branch in every environment, as `pandapower` reports them in ``res_line`` and ``res_trafo``.

    Parameters
    ----------
    s_from, s_to : (n_branch, n_env)
        Complex power into the branch at either end; their sum is what it loses. [MVA]
    i_from_ka, i_to_ka : (n_branch, n_env)
        Current at either end. [kA]
    loading : (n_branch, n_env)
        Larger of the two currents over its rating; 0 without a rating. [1]
    """

    s_from: NDArray[np.complex128]
    s_to: NDArray[np.complex128]
    i_from_ka: FloatArray
    i_to_ka: FloatArray
    loading: FloatArray

    @classmethod
    def allocate(cls, n_branch: int, n_env: int) -> BranchFlows:
        """Arrays of the right shapes and types for `branch_flows` to fill, with nothing meaningful in them."""
        shape = (n_branch, n_env)
        return cls(
            s_from=np.empty(shape, dtype=np.complex128),
            s_to=np.empty(shape, dtype=np.complex128),
            i_from_ka=np.empty(shape, dtype=np.float64),
            i_to_ka=np.empty(shape, dtype=np.float64),
            loading=np.empty(shape, dtype=np.float64),
        )


class FlowMeter:
    """Flows of one network at any voltages, with what is constant about them computed once.

    Parameters
    ----------
    network
        Compiled network.
    """

    def __init__(self, network: CompiledNetwork) -> None:
        self._shape = (network.n_node, network.n_branch)
        self._ends = np.column_stack([network.from_node, network.to_node]).astype(np.int64)
        self._admittances = np.column_stack([network.yff, network.yft, network.ytf, network.ytt])
        unit_ka = network.base_mva / (_SQRT3 * network.vn_kv)
        inverse_from = _inverse(network.rating_from_ka)
        inverse_to = _inverse(network.rating_to_ka)
        self._scales = np.column_stack([unit_ka[network.from_node], unit_ka[network.to_node], inverse_from, inverse_to])
        self._base_mva = network.base_mva
        by_row = network.y.tocsr()
        by_row.sort_indices()
        self._slack_nodes = network.slack_nodes.astype(np.int64)
        self._pv_nodes = network.pv_nodes.astype(np.int64)
        self._matrix = (by_row.indptr.astype(np.int64), by_row.indices.astype(np.int64), by_row.data)

    def flows(self, v: NDArray[np.complex128], *, out: BranchFlows | None = None) -> BranchFlows:
        """Flows at given voltages; see `branch_flows`."""
        v = self._checked(v)
        flows = BranchFlows.allocate(self._shape[1], v.shape[1]) if out is None else out
        if flows.loading.shape != (self._shape[1], v.shape[1]):
            raise PowerFlowError(
                f"'out' has shape {flows.loading.shape}; the flows have {(self._shape[1], v.shape[1])}.",
                remedy="Make it with BranchFlows.allocate(n_branch, n_env).",
            )
        fill_flows(
            self._ends,
            self._admittances,
            self._scales,
            self._base_mva,
            v,
            flows.s_from,
            flows.s_to,
            flows.i_from_ka,
            flows.i_to_ka,
            flows.loading,
        )
        return flows

    def source_power(self, v: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Complex power out of the slack nodes; see `source_power`."""
        v = self._checked(v)
        power = np.empty((len(self._slack_nodes), v.shape[1]), dtype=np.complex128)
        self.fill_source_power(0, v.shape[1], v, power)
        return power

    def fill_loading(self, first: int, stop: int, v: NDArray[np.complex128], loading: FloatArray) -> None:
        """Write the loadings of all branches in some environments.

        Parameters
        ----------
        first, stop
            Environments from `first` up to but not including `stop`.
        v : (n_node, n_env)
            Complex voltages, of the right shape and layout: nothing is checked. [pu]
        loading : (n_branch, n_env)
            Written. [1]
        """
        fill_loading_squares(first, stop, self._ends, self._admittances, self._scales, v, loading)
        block = loading[:, first:stop]
        np.sqrt(block, out=block)  # numpy's root takes half as long as a compiled loop's, with the same bits

    def fill_power_from(
        self,
        first: int,
        stop: int,
        branches: NDArray[np.int64],
        v: NDArray[np.complex128],
        s_from: NDArray[np.complex128],
    ) -> None:
        """Write the power into some branches at their from end, ``(len(branches), n_env)``, as `fill_loading`. [MVA]"""
        fill_power_from(first, stop, branches, self._ends, self._admittances, self._base_mva, v, s_from)

    def fill_source_power(
        self, first: int, stop: int, v: NDArray[np.complex128], power: NDArray[np.complex128]
    ) -> None:
        """Write the power out of the slack nodes, ``(n_slack, n_env)``, as `fill_loading`. [MVA]"""
        starts, columns, values = self._matrix
        fill_source_power(first, stop, self._slack_nodes, starts, columns, values, self._base_mva, v, power)

    def fill_held_power(self, first: int, stop: int, v: NDArray[np.complex128], power: NDArray[np.complex128]) -> None:
        """Write the power out of the nodes whose voltage is held, ``(n_pv, n_env)``, as `fill_loading`. [MVA]"""
        starts, columns, values = self._matrix
        fill_source_power(first, stop, self._pv_nodes, starts, columns, values, self._base_mva, v, power)

    def _checked(self, v: NDArray[np.complex128]) -> NDArray[np.complex128]:
        if v.ndim != 2 or v.shape[0] != self._shape[0]:
            raise PowerFlowError(f"'v' has shape {v.shape}; this network asks for ({self._shape[0]}, n_env).")
        return np.ascontiguousarray(v, dtype=np.complex128)


def branch_flows(network: CompiledNetwork, v: NDArray[np.complex128], *, out: BranchFlows | None = None) -> BranchFlows:
    """Powers, currents and loadings of all branches.

    Parameters
    ----------
    network
        Compiled network.
    v : (n_node, n_env)
        Complex voltages. [pu]
    out
        Filled and returned instead of new arrays; from `BranchFlows.allocate`.

    Returns
    -------
    BranchFlows
        Finite wherever the voltages are, also at 0.

    Raises
    ------
    PowerFlowError
        An array has another shape than the network asks for.

    Source
    ------
    Two-port equations of a branch; loading as pandapower's ``loading_percent`` / 100 with
    ``trafo_loading="current"`` (https://pandapower.readthedocs.io/en/latest/elements/trafo.html).
    """
    return _meter(network).flows(v, out=out)


def source_power(network: CompiledNetwork, v: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Complex power that flows from each slack node into the network.

    Parameters
    ----------
    network
        Compiled network.
    v : (n_node, n_env)
        Complex voltages. [pu]

    Returns
    -------
    (n_slack, n_env)
        Positive into the grid. What is injected at the slack node itself is part of it: the external grid gives the
        rest. [MVA]

    Raises
    ------
    PowerFlowError
        The voltages have another shape than the network asks for.
    """
    return _meter(network).source_power(v)


@lru_cache(maxsize=16)
def _meter(network: CompiledNetwork) -> FlowMeter:
    # networks are compared by identity: an environment asks about the same one at every step
    return FlowMeter(network)


def _inverse(rating_ka: FloatArray) -> FloatArray:
    return np.divide(1.0, rating_ka, out=np.zeros_like(rating_ka), where=rating_ka > 0.0)

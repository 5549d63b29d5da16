"""How voltages, losses and loadings answer to a little more power somewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from heron.types import BoolArray, FloatArray, IndexArray
from powergrid.errors import PowerFlowError
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.injection import checked_injection, checked_shape
from powergrid.powerflow.jacobian_plans import JacobianPlans
from powergrid.powerflow.sensitivities_kernel import FOUND, SINGULAR, UNSOLVED, Answer, Asked, State, differentiate
from powergrid.powerflow.threads import in_blocks
from powergrid.powerflow.variation import Variation

TOLERANCE_MVA = 1e-5
_NOTHING = np.zeros((0, 0), dtype=np.complex128)
_SQRT3 = float(np.sqrt(3.0))


class SensitivityStatus(IntEnum):
    """What became of one environment's sensitivities: an outcome, never an exception."""

    FOUND = FOUND
    """They are the derivatives at the given voltages."""

    UNSOLVED = UNSOLVED
    """The given voltages do not solve the power flow of the given powers, so there is nothing to differentiate."""

    SINGULAR = SINGULAR
    """The voltages stand at the limit of what the lines can carry, where they have no finite derivative."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sensitivities:
    """Derivatives with respect to the power injected at some nodes, positive into the grid.

    Everything is 0 in an environment whose status is not ``FOUND``, and never NaN. In memory an environment's numbers
    lie side by side.

    Parameters
    ----------
    sources : (n_source,)
        Nodes at which power is injected.
    nodes : (n_watched,)
        Nodes whose voltage is watched.
    branches : (n_branch,)
        Branches whose loading is watched.
    status : (n_env,)
        `SensitivityStatus` of each environment.
    dv_dp_pu_per_mw, dv_dq_pu_per_mvar : (n_watched, n_source, n_env)
        Change of a voltage's magnitude with active and reactive power. [pu/MW, pu/Mvar]
    dloss_dp_mw_per_mw, dloss_dq_mw_per_mvar : (n_source, n_env)
        Change of what all branches lose together. [MW/MW, MW/Mvar]
    dslack_dp_mw_per_mw, dslack_dq_mw_per_mvar : (n_source, n_env)
        Change of the active power that the slack feeds in: what is not lost saves imports. [MW/MW, MW/Mvar]
    dloading_dp_per_mw, dloading_dq_per_mvar : (n_branch, n_source, n_env)
        Change of a branch's loading, at the end that is loaded more; 0 without rating or current. [1/MW, 1/Mvar]
    """

    sources: IndexArray
    nodes: IndexArray
    branches: IndexArray
    status: NDArray[np.int8]
    dv_dp_pu_per_mw: FloatArray
    dv_dq_pu_per_mvar: FloatArray
    dloss_dp_mw_per_mw: FloatArray
    dloss_dq_mw_per_mvar: FloatArray
    dslack_dp_mw_per_mw: FloatArray
    dslack_dq_mw_per_mvar: FloatArray
    dloading_dp_per_mw: FloatArray
    dloading_dq_per_mvar: FloatArray

    @property
    def found(self) -> BoolArray:
        """Which environments have sensitivities. Shape (n_env,)."""
        return np.equal(self.status, SensitivityStatus.FOUND)


class SensitivityMeter:
    """Sensitivities of one network in any state, with what is constant about them computed once.

    The derivative of the power balance is factorised in every environment along the pattern that the network's factors
    have, and solved for all sources together: the result is exact and takes no iterations. Where generators hold the
    voltage it stays what it is. Every topology, and every setting of all taps, is prepared once, in a few milliseconds;
    the last 512 of either are kept.

    Parameters
    ----------
    network
        Compiled network.
    tolerance_mva
        Sum over nodes of the apparent power that may be left unbalanced for voltages to count as a solution. [MVA]

    Raises
    ------
    PowerFlowError
        The network's matrix is singular, or the tolerance is not positive.

    Source
    ------
    K. Christakou, J.-Y. Le Boudec, M. Paolone, D.-C. Tomozei, "Efficient computation of sensitivity coefficients of
    node voltages and line currents in unbalanced radial electrical distribution networks", IEEE Transactions on Smart
    Grid 4 (2013) 741. Equations: docs/physics/sensitivities.md.
    """

    def __init__(self, network: CompiledNetwork, *, tolerance_mva: float = TOLERANCE_MVA) -> None:
        if not tolerance_mva > 0.0:
            raise PowerFlowError(f"tolerance_mva is {tolerance_mva}; it must be positive.")
        self._network = network
        self._plans = JacobianPlans(network)
        self._tolerance_mva = float(tolerance_mva)

    def measure(
        self,
        v: NDArray[np.complex128],
        s: NDArray[np.complex128],
        *,
        s_current: NDArray[np.complex128] | None = None,
        s_impedance: NDArray[np.complex128] | None = None,
        variation: Variation | None = None,
        sources: Sequence[int] | IndexArray | None = None,
        nodes: Sequence[int] | IndexArray | None = None,
        branches: Sequence[int] | IndexArray = (),
    ) -> Sensitivities:
        """Sensitivities at given voltages; see `sensitivities`."""
        shape = checked_shape(s, self._network.n_node)
        network = self._network
        state = State(
            _by_environment("v", v, shape),
            _by_environment("s", s, shape),
            _by_environment("s_current", s_current, shape),
            _by_environment("s_impedance", s_impedance, shape),
        )
        every = range(network.n_node)
        chosen = _checked("branches", branches, network.n_branch)
        source_nodes = _checked("sources", every if sources is None else sources, network.n_node)
        watched = _checked("nodes", every if nodes is None else nodes, network.n_node)
        answer = _allocate(len(watched), len(source_nodes), len(chosen), shape[1])
        order, groups = self._plans.grouped(variation, shape[1])
        asked = [_asked(group.network, source_nodes, watched, chosen) for group in groups]

        def differentiate_block(first: int, stop: int) -> None:
            for group, wanted in zip(groups, asked, strict=True):
                begin, end = max(first, group.first), min(stop, group.stop)
                if begin < end:
                    differentiate(group.plan, state, wanted, self._tolerance_mva, answer, order, begin, end)

        in_blocks(differentiate_block, shape[1])
        return Sensitivities(
            sources=source_nodes,
            nodes=watched,
            branches=chosen,
            status=answer.status,
            dv_dp_pu_per_mw=np.moveaxis(answer.dv[:, 0], 0, -1),
            dv_dq_pu_per_mvar=np.moveaxis(answer.dv[:, 1], 0, -1),
            dloss_dp_mw_per_mw=answer.dloss[:, 0].T,
            dloss_dq_mw_per_mvar=answer.dloss[:, 1].T,
            dslack_dp_mw_per_mw=answer.dslack[:, 0].T,
            dslack_dq_mw_per_mvar=answer.dslack[:, 1].T,
            dloading_dp_per_mw=np.moveaxis(answer.dloading[:, 0], 0, -1),
            dloading_dq_per_mvar=np.moveaxis(answer.dloading[:, 1], 0, -1),
        )


def sensitivities(
    network: CompiledNetwork,
    v: NDArray[np.complex128],
    s: NDArray[np.complex128],
    *,
    s_current: NDArray[np.complex128] | None = None,
    s_impedance: NDArray[np.complex128] | None = None,
    variation: Variation | None = None,
    sources: Sequence[int] | IndexArray | None = None,
    nodes: Sequence[int] | IndexArray | None = None,
    branches: Sequence[int] | IndexArray = (),
) -> Sensitivities:
    """How voltages, losses, slack and loadings change with the power injected at some nodes, in all environments.

    Parameters
    ----------
    network
        Compiled network.
    v : (n_node, n_env)
        Voltages that a solver found. [pu]
    s, s_current, s_impedance : (n_node, n_env)
        Powers that it found them for, as in `PowerFlowSolver.solve`. [MVA]
    variation
        Topologies and taps that it found them for; None where every environment has the network as compiled.
    sources
        Nodes at which a little constant power is added; all without it.
    nodes
        Nodes whose voltage is watched; all without it.
    branches
        Branches whose loading is watched; none without it.

    Returns
    -------
    Sensitivities
        The same bits alone and in any batch. Voltages that do not solve the flow are a status.

    Raises
    ------
    PowerFlowError
        An array has another shape than the network asks for, or there is no such node, branch, topology or tap.
    """
    return _meter(network).measure(
        v,
        s,
        s_current=s_current,
        s_impedance=s_impedance,
        variation=variation,
        sources=sources,
        nodes=nodes,
        branches=branches,
    )


@lru_cache(maxsize=16)
def _meter(network: CompiledNetwork) -> SensitivityMeter:
    # networks are compared by identity
    return SensitivityMeter(network)


def _asked(
    network: CompiledNetwork, sources: NDArray[np.int64], nodes: NDArray[np.int64], branches: NDArray[np.int64]
) -> Asked:
    near, far = network.from_node[branches], network.to_node[branches]
    admittances = [part[branches] for part in (network.yff, network.yft, network.ytf, network.ytt)]
    unit_ka = network.base_mva / (_SQRT3 * network.vn_kv)
    scales = [
        np.divide(unit_ka[end], rating_ka[branches], out=np.zeros(len(end)), where=rating_ka[branches] > 0.0)
        for end, rating_ka in ((near, network.rating_from_ka), (far, network.rating_to_ka))
    ]
    ends = np.column_stack([near, far]).astype(np.int64)
    return Asked(sources, nodes, ends, np.column_stack(admittances), np.column_stack(scales))


def _allocate(n_watched: int, n_source: int, n_branch: int, n_env: int) -> Answer:
    return Answer(
        dv=np.empty((n_env, 2, n_watched, n_source)),
        dloss=np.empty((n_env, 2, n_source)),
        dslack=np.empty((n_env, 2, n_source)),
        dloading=np.empty((n_env, 2, n_branch, n_source)),
        status=np.empty(n_env, dtype=np.int8),
    )


def _by_environment(name: str, values: NDArray[np.complex128] | None, shape: tuple[int, int]) -> NDArray[np.complex128]:
    """The same with an environment in each row, where the kernel finds all its nodes side by side."""
    return _NOTHING if values is None else np.ascontiguousarray(checked_injection(name, values, shape).T)


def _checked(name: str, numbers: Sequence[int] | IndexArray, count: int) -> NDArray[np.int64]:
    given = np.asarray(numbers)
    if given.size and (given.dtype.kind not in "iu" or given.ndim != 1):
        raise PowerFlowError(f"'{name}' is {numbers!r}.", remedy=f"Give whole numbers from 0 to {count - 1}.")
    chosen = given.astype(np.int64).reshape(-1)
    outside = chosen[(chosen < 0) | (chosen >= count)]
    if len(outside):
        raise PowerFlowError(
            f"'{name}' contains {outside[0]}; this network has {count} of them, from 0 on.",
            remedy="CompiledNetwork.node(bus) and .branch(name) give their numbers.",
        )
    return chosen

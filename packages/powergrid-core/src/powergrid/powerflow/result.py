"""Voltages that a solver found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heron.types import BoolArray, FloatArray
from powergrid.powerflow.status import PowerFlowStatus


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PowerFlowResult:
    """Solved network of every environment at one instant.

    Parameters
    ----------
    v : (n_node, n_env)
        Complex node voltages; those without load where the flow did not converge. [pu]
    status : (n_env,)
        `PowerFlowStatus` of each environment.
    iterations : (n_env,)
        Linear solves that were used.
    mismatch_mva : (n_env,)
        Upper bound on the sum over nodes of the apparent power that is not balanced, and so on the error of sources
        minus loads minus losses, but for the rounding of the voltages. For a flow that did not converge it says how far
        it was off, and may be inf. [MVA]
    """

    v: NDArray[np.complex128]
    status: NDArray[np.int8]
    iterations: NDArray[np.int32]
    mismatch_mva: FloatArray

    @classmethod
    def allocate(cls, n_node: int, n_env: int) -> PowerFlowResult:
        """Arrays of the right shapes and types for a solver to fill, with nothing meaningful in them.

        Parameters
        ----------
        n_node, n_env
            Numbers of nodes and environments.

        Returns
        -------
        PowerFlowResult
            Hand it to ``solve(…, out=…)`` at every step to spare the allocations.
        """
        return cls(
            v=np.empty((n_node, n_env), dtype=np.complex128),
            status=np.empty(n_env, dtype=np.int8),
            iterations=np.empty(n_env, dtype=np.int32),
            mismatch_mva=np.empty(n_env, dtype=np.float64),
        )

    @property
    def converged(self) -> BoolArray:
        """Which environments have a solution. Shape (n_env,)."""
        return np.equal(self.status, PowerFlowStatus.CONVERGED)

"""How far voltages are from balancing given powers, for solvers that do not say so themselves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heron.types import FloatArray
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.jit import njit

_ComplexArray = NDArray[np.complex128]


class NodeBalance:
    """Sum over nodes of the apparent power that is not balanced, environment by environment.

    Parameters
    ----------
    network
        Compiled network.
    """

    def __init__(self, network: CompiledNetwork) -> None:
        by_row = network.y.tocsr()
        by_row.sort_indices()
        self._matrix = (by_row.indptr.astype(np.int64), by_row.indices.astype(np.int64), by_row.data)
        self._asked = np.full(network.n_node, 2, dtype=np.int64)  # active and reactive power are given
        self._asked[network.pv_nodes] = 1
        self._asked[network.slack_nodes] = 0
        self._base_mva = network.base_mva

    def mismatch_mva(self, v: _ComplexArray, s: _ComplexArray, out: FloatArray) -> None:
        """Fill what is missing for given voltages and powers.

        Parameters
        ----------
        v, s : (n_node, n_env)
            Voltages [pu], and powers at these voltages, positive into the grid [MVA].
        out : (n_env,)
            Written. [MVA]
        """
        _fill(*self._matrix, self._asked, self._base_mva, v, s, out)


@njit
def _fill(
    starts: NDArray[np.int64],
    columns: NDArray[np.int64],
    values: _ComplexArray,
    asked: NDArray[np.int64],
    base_mva: float,
    v: _ComplexArray,
    s: _ComplexArray,
    out: FloatArray,
) -> None:
    for env in range(v.shape[1]):
        out[env] = 0.0
        for node in range(len(asked)):
            if asked[node] == 0:
                continue
            current = 0.0 + 0.0j
            for entry in range(starts[node], starts[node + 1]):
                current += values[entry] * v[columns[entry], env]
            flowing = v[node, env] * current.conjugate()
            p_mw = s[node, env].real - flowing.real * base_mva
            q_mvar = s[node, env].imag - flowing.imag * base_mva if asked[node] == 2 else 0.0
            out[env] += np.sqrt(p_mw * p_mw + q_mvar * q_mvar)

"""Sparse factors of a network's admittance matrix, in the form the kernel reads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import SuperLU, splu

from heron.types import BoolArray, IndexArray
from powergrid.errors import PowerFlowError
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.fixed_point_plan import Plan
from powergrid.powerflow.topology import supplied_nodes

LOWEST_VOLTAGE = 0.1
"""Fraction of its voltage without load below which a node has collapsed; above ten times as much it has burst. [1]"""

_RESIDUAL = 1e-9


def factorise(network: CompiledNetwork) -> Plan:
    """Factors of the part of the admittance matrix that belongs to nodes whose voltage is not given.

    The rows are eliminated in a minimum-degree order: on a radial network from the ends of the feeder to its head,
    and then the factors have no more entries than the matrix. Nodes without supply have no row.

    Parameters
    ----------
    network
        Compiled network.

    Returns
    -------
    Plan
        Input of the fixed-point kernel, with the voltages without load.

    Raises
    ------
    PowerFlowError
        The matrix is singular: some part of the network is in resonance.
    """
    slack = network.slack_nodes
    supplied = supplied_nodes(network)
    free = np.setdiff1d(np.flatnonzero(supplied), slack)
    if not len(free):
        return _plan(network, supplied, free, np.zeros(0, dtype=np.complex128), _entries(None), _entries(None))
    among = network.y[free][:, free].tocsc()
    coupling = network.y[free][:, slack]
    drawn = np.asarray(-(coupling @ network.slack_voltage), dtype=np.complex128)  # one batch: nothing is injected
    factors = _factors(among)
    no_load = np.asarray(factors.solve(drawn), dtype=np.complex128)
    _check_solution(among, drawn, no_load)
    order = np.argsort(factors.perm_c)
    return _plan(network, supplied, free[order], no_load[order], _entries(factors.L), _entries(factors.U))


def no_load_voltage(network: CompiledNetwork) -> NDArray[np.complex128]:
    """Voltages when nothing is injected: where every solve starts.

    Parameters
    ----------
    network
        Compiled network.

    Returns
    -------
    (n_node,)
        Complex voltages, those of the slack nodes included. [pu]

    Raises
    ------
    PowerFlowError
        The matrix is singular.
    """
    return voltage_of(factorise(network))


def voltage_of(plan: Plan) -> NDArray[np.complex128]:
    """Voltages without load of a factorised network, in order of nodes; 0 without supply. [pu]"""
    v = np.empty(len(plan.rows) + len(plan.given_nodes), dtype=np.complex128)
    v[plan.rows[:, 0]] = plan.row_values[:, 0] + 1j * plan.row_values[:, 1]
    v[plan.given_nodes] = plan.given_voltage
    return v


def _factors(matrix: sparse.csc_matrix) -> SuperLU:
    try:
        # Pivots stay on the diagonal, where admittance matrices have their largest entries: so a row of the factors
        # and the unknown it gives belong to the same node.
        factors = splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    except RuntimeError as error:
        raise _singular(str(error)) from error
    if not np.array_equal(factors.perm_r, factors.perm_c):
        raise _singular("a node's own admittance is zero")
    return factors


def _check_solution(matrix: sparse.csc_matrix, right: NDArray[np.complex128], solution: NDArray[np.complex128]) -> None:
    largest = np.max(np.abs(matrix @ solution - right))  # one batch: the network without load
    scale = np.max(np.abs(matrix.diagonal()) * np.abs(solution))
    if not largest <= _RESIDUAL * scale:
        raise _singular(f"the network without load is solved to {largest:.1e} pu of current only")


def _singular(why: str) -> PowerFlowError:
    return PowerFlowError(
        f"The admittance matrix cannot be factorised: {why}.",
        remedy="Look for a branch or shunt whose reactance resonates with its neighbours, or for impedances that "
        "differ by more than ten orders of magnitude.",
    )


def _entries(factor: sparse.csc_array | None) -> tuple[IndexArray, IndexArray, NDArray[np.complex128]]:
    """Row starts, columns and values, columns ascending."""
    if factor is None:
        return np.zeros(1, dtype=np.intp), np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.complex128)
    by_row = factor.tocsr()
    by_row.sort_indices()
    return by_row.indptr.astype(np.intp), by_row.indices.astype(np.intp), by_row.data.astype(np.complex128)


def _plan(
    network: CompiledNetwork,
    supplied: BoolArray,
    nodes: IndexArray,
    no_load: NDArray[np.complex128],
    lower: tuple[IndexArray, IndexArray, NDArray[np.complex128]],
    upper: tuple[IndexArray, IndexArray, NDArray[np.complex128]],
) -> Plan:
    columns: list[int] = []
    values: list[complex] = []
    rows = np.zeros((len(nodes), 6), dtype=np.int64)
    inverse = np.zeros(len(nodes), dtype=np.complex128)
    for row, node in enumerate(nodes):
        start = len(columns)
        below = slice(lower[0][row], lower[0][row + 1] - 1)  # the last entry is L's diagonal, which is 1
        columns += lower[1][below].tolist()
        values += lower[2][below].tolist()
        middle = len(columns)
        diagonal = upper[0][row]
        inverse[row] = 1.0 / upper[2][diagonal]
        above = slice(diagonal + 1, upper[0][row + 1])
        # The kernel treats the last entry of U together with the diagonal: a row without any gets a zero.
        columns += upper[1][above].tolist() or [row]
        values += upper[2][above].tolist() or [0.0]
        values[-1] *= inverse[row]
        rows[row] = node, start, middle, middle, len(columns) - 1, len(nodes) - 1 - row
    lowest = (LOWEST_VOLTAGE * np.abs(no_load)) ** 2
    dark = np.flatnonzero(~supplied)
    return Plan(
        rows=rows,
        columns=np.array(columns, dtype=np.int64),
        values=_parts(np.array(values, dtype=np.complex128)),
        row_values=np.column_stack([_parts(no_load), _parts(inverse), lowest]),
        given_nodes=np.concatenate([network.slack_nodes, dark]).astype(np.int64),
        given_voltage=np.concatenate([network.slack_voltage, np.zeros(len(dark), dtype=np.complex128)]),
        base_mva=network.base_mva,
    )


def _parts(values: NDArray[np.complex128]) -> NDArray[np.float64]:
    return np.column_stack([values.real, values.imag])

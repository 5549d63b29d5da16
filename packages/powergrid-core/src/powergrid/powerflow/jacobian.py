"""Order and pattern in which the linearised power flow of a network is eliminated: found once, for every state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from heron.types import FloatArray, IndexArray
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.factorisation import factorise
from powergrid.powerflow.sensitivities_kernel import GIVEN, UNSUPPLIED, JacobianPlan, SparseRows


def plan_jacobian(network: CompiledNetwork) -> JacobianPlan:
    """Everything about the derivative of a network's power balance that no voltage and no load changes.

    The nodes are eliminated in the order in which the solver's factors are.

    Parameters
    ----------
    network
        Compiled network.

    Returns
    -------
    JacobianPlan
        Input of the kernel of `SensitivityMeter`.

    Raises
    ------
    PowerFlowError
        The admittance matrix is singular.
    """
    nodes = factorise(network).rows[:, 0].astype(np.int64)
    row_of = np.full(network.n_node, UNSUPPLIED, dtype=np.int64)
    row_of[network.slack_nodes] = GIVEN
    row_of[nodes] = np.arange(len(nodes))
    reached = _reached(network, nodes)
    starts = np.cumsum([0, *map(len, reached)]).astype(np.int64)
    updates, update_starts = _updates(reached, starts, len(nodes))
    pattern = JacobianPlan(
        nodes=nodes,
        held=np.isin(nodes, network.pv_nodes),
        row_of=row_of,
        starts=starts,
        columns=np.array([row for rows in reached for row in rows], dtype=np.int64),
        update_starts=update_starts,
        updates=updates,
        blocks=np.zeros((0, 4)),
        admittance=_by_row(network.y),
        losses=_by_row(network.y),
        slack_nodes=network.slack_nodes.astype(np.int64),
        base_mva=network.base_mva,
    )
    return with_admittances(pattern, network)


def with_admittances(pattern: JacobianPlan, network: CompiledNetwork) -> JacobianPlan:
    """The same pattern with the admittances of a network that has no further branches.

    Parameters
    ----------
    pattern
        Of a network with the same nodes, at least these branches and the same supply.
    network
        Where the admittances come from.

    Returns
    -------
    JacobianPlan
        With the same order of elimination.
    """
    nodes, columns = pattern.nodes, pattern.columns
    pivots = np.repeat(np.arange(len(nodes)), np.diff(pattern.starts))
    blocks = [
        _blocks(network, nodes, nodes),
        _blocks(network, nodes[pivots], nodes[columns]),
        _blocks(network, nodes[columns], nodes[pivots]),
    ]
    return pattern._replace(
        blocks=np.concatenate(blocks), admittance=_by_row(network.y), losses=_by_row(_loss_matrix(network))
    )


def _reached(network: CompiledNetwork, nodes: IndexArray) -> list[list[int]]:
    """Later rows that each row is coupled with once the earlier ones are eliminated, ascending."""
    among = network.y[nodes][:, nodes]
    pattern = (abs(among) + abs(among).T).tocsr()
    reached: list[list[int]] = []
    inherited: list[set[int]] = [set() for _ in nodes]
    for row in range(len(nodes)):
        own = pattern.indices[pattern.indptr[row] : pattern.indptr[row + 1]]
        later = {int(other) for other in own if other > row} | (inherited[row] - {row})
        if later:
            inherited[min(later)] |= later
        reached.append(sorted(later))
    return reached


def _updates(
    reached: list[list[int]], starts: NDArray[np.int64], n_row: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Block that each product of an elimination is taken off, and where each row's products begin."""
    n_entry = int(starts[-1])
    place = {
        (row, other): int(starts[row]) + position
        for row, rows in enumerate(reached)
        for position, other in enumerate(rows)
    }

    def block(row: int, column: int) -> int:
        if row == column:
            return row
        return n_row + place[row, column] if row < column else n_row + n_entry + place[column, row]

    updates = [block(row, column) for rows in reached for row in rows for column in rows]
    update_starts = np.cumsum([0, *(len(rows) ** 2 for rows in reached)])
    return np.array(updates, dtype=np.int64), update_starts.astype(np.int64)


def _blocks(network: CompiledNetwork, rows: IndexArray, columns: IndexArray) -> FloatArray:
    """Entries of the admittance matrix as real blocks of two by two, row by row."""
    if not len(rows):
        return np.zeros((0, 4))
    y = np.asarray(network.y[rows, columns], dtype=np.complex128).ravel()
    return np.column_stack([y.real, -y.imag, y.imag, y.real])


def _loss_matrix(network: CompiledNetwork) -> sparse.csr_matrix:
    """Hermitian matrix M: the branches lose V* M V / 2 together, and that changes by Re((M V)* dV). [pu]"""
    near, far = network.from_node, network.to_node
    rows, columns = np.concatenate([near, near, far, far]), np.concatenate([near, far, near, far])
    entries = np.concatenate([network.yff, network.yft, network.ytf, network.ytt])
    stamped = sparse.csr_matrix((entries, (rows, columns)), shape=network.y.shape)
    return sparse.csr_matrix(stamped + stamped.getH())


def _by_row(matrix: sparse.csr_matrix | sparse.csc_matrix) -> SparseRows:
    by_row = matrix.tocsr()
    by_row.sort_indices()
    return SparseRows(
        by_row.indptr.astype(np.int64), by_row.indices.astype(np.int64), by_row.data.astype(np.complex128)
    )

"""Order of elimination and fill-in of a network's Jacobian, found once: what Newton's kernel works through."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from heron.types import IndexArray
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.newton_plan import NewtonPlan
from powergrid.powerflow.topology import supplied_nodes
from powergrid.powerflow.voltage_control import start_voltage

LOWEST_VOLTAGE = 0.1
"""Fraction of its first voltage below which a node has collapsed; above ten times as much it has burst. [1]"""


def plan_newton(network: CompiledNetwork) -> NewtonPlan:
    """Everything about a network that Newton's iterations do not change.

    Parameters
    ----------
    network
        Compiled network.

    Returns
    -------
    NewtonPlan
        Input of the kernel.

    Raises
    ------
    PowerFlowError
        The admittance matrix is singular.
    """
    start = start_voltage(network)
    given = np.concatenate([network.slack_nodes, np.flatnonzero(~supplied_nodes(network))])
    nodes = _order(network, np.setdiff1d(np.arange(network.n_node), given))
    row_of = np.full(network.n_node, -1, dtype=np.intp)
    row_of[nodes] = np.arange(len(nodes))
    pattern = _filled(network, nodes, row_of)
    columns = np.array([column for row in pattern for column in row], dtype=np.int64)
    starts = np.cumsum([0, *(len(row) for row in pattern)])
    diagonal = np.array([starts[i] + row.index(i) for i, row in enumerate(pattern)], dtype=np.int64)
    values = np.zeros(len(columns), dtype=np.complex128)
    matrix = network.y[nodes][:, nodes].tocoo()
    place = {(i, column): starts[i] + k for i, row in enumerate(pattern) for k, column in enumerate(row)}
    for i, j, value in zip(matrix.row.tolist(), matrix.col.tolist(), matrix.data.tolist(), strict=True):
        values[place[i, j]] += value
    first_target, targets = _targets(pattern, place)
    held_pu = np.full(network.n_node, -1.0)
    held_pu[network.pv_nodes] = network.pv_voltage_pu
    flow = np.where(held_pu > 0.0, np.asarray(network.y @ start), 0.0)  # one batch: the network without load
    return NewtonPlan(
        rows=np.column_stack([nodes, starts[:-1], diagonal, starts[1:], held_pu[nodes] > 0.0]).astype(np.int64),
        columns=columns,
        values=np.column_stack([values.real, values.imag]),
        first_target=first_target,
        targets=targets,
        row_values=np.column_stack(
            [
                start[nodes].real,
                start[nodes].imag,
                flow[nodes].real,
                flow[nodes].imag,
                (LOWEST_VOLTAGE * np.abs(start[nodes])) ** 2,
                held_pu[nodes] ** 2,
                np.abs(values[diagonal]),
            ]
        ),
        given_nodes=given.astype(np.int64),
        given_voltage=start[given],
        base_mva=network.base_mva,
        rounding_mva=_rounding_mva(network, start, nodes),
    )


def _rounding_mva(network: CompiledNetwork, start: NDArray[np.complex128], free: IndexArray) -> float:
    """Root of n times the sum of squares of what one rounding of each product V conj(Y V) may come to. [MVA]"""
    size = np.abs(start) * np.asarray(abs(network.y) @ np.abs(start))  # one batch: the network without load
    return float(np.finfo(np.float64).eps * network.base_mva * np.sqrt(len(free) * np.square(size[free]).sum()))


def _order(network: CompiledNetwork, free: IndexArray) -> IndexArray:
    """The same nodes in a minimum-degree order."""
    if not len(free):
        return free
    pattern = abs(network.y[free][:, free]).sign() + sparse.eye_array(len(free)) * (len(free) + 1.0)
    factors = splu(sparse.csc_matrix(pattern), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0)
    order: IndexArray = free[np.argsort(factors.perm_c)]
    return order


def _filled(network: CompiledNetwork, nodes: IndexArray, row_of: IndexArray) -> list[list[int]]:
    """Columns of each row, ascending, with those that elimination fills in; symmetric."""
    own = sparse.csr_matrix(network.y)
    above: list[set[int]] = [set() for _ in nodes]
    pattern: list[set[int]] = [{i} for i in range(len(nodes))]
    for i, node in enumerate(nodes):
        for other in own.indices[own.indptr[node] : own.indptr[node + 1]]:
            j = int(row_of[other])
            if j >= 0 and j != i:
                above[min(i, j)].add(max(i, j))
    for i, later in enumerate(above):
        first = min(later, default=None)
        if first is not None:
            # Whoever is eliminated leaves its later neighbours connected: the first of them tells the others in turn.
            above[first] |= later - {first}
        for j in later:
            pattern[i].add(j)
            pattern[j].add(i)
    return [sorted(row) for row in pattern]


def _targets(
    pattern: list[list[int]], place: dict[tuple[int, int], int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Entry that each product of an entry left of the diagonal with one right of it, in its column's row, changes."""
    first: list[int] = []
    targets: list[int] = []
    for i, row in enumerate(pattern):
        for k in row:
            first.append(len(targets))
            if k < i:
                targets += [place[i, j] for j in pattern[k] if j > k]
    return np.array(first, dtype=np.int64), np.array(targets, dtype=np.int64)

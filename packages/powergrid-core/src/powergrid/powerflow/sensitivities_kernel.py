"""Compiled derivative of a solved power flow, one environment after the other, all sources of it at once.

The balance Y V = I(V) is differentiated in real and imaginary parts: every entry of the matrix becomes a block of two
by two, since the conjugate in I = conj(S / V) is not a complex derivative. The blocks are eliminated along the pattern
of a `JacobianPlan`; the columns of the right-hand side, two for each source, are the inner loop. Nothing is shared
between environments. `docs/physics/sensitivities.md` derives the equations.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from heron.types import FloatArray
from powergrid.powerflow.jit import njit

_ComplexArray: TypeAlias = NDArray[np.complex128]

FOUND, UNSOLVED, SINGULAR = 0, 1, 2
GIVEN, UNSUPPLIED = -1, -2
CHUNK = 16
"""Sources that are solved for together: 32 columns of a thousand nodes stay within a core's cache."""


class SparseRows(NamedTuple):
    """Complex sparse matrix by rows: where each begins, columns ascending, values."""

    starts: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: _ComplexArray


class JacobianPlan(NamedTuple):
    """What the derivative of a network's power balance has in common in all states.

    Parameters
    ----------
    nodes : (n_row,)
        Node of each row, in order of elimination.
    held : (n_row,)
        Whether generators hold the magnitude of its voltage.
    row_of : (n_node,)
        Row of each node; `GIVEN` for a slack node, `UNSUPPLIED` for one without supply.
    starts : (n_row + 1,)
        Where the entries of each row begin.
    columns : (n_entry,)
        Later row that an entry couples with.
    update_starts : (n_row + 1,)
        Where the products of each row's elimination begin.
    updates : (n_update,)
        Block that a product is taken off: for each pair of a row's entries.
    blocks : (n_row + 2 n_entry, 4)
        Blocks xx, xy, yx, yy of the admittance matrix: diagonal, right of it, below it. [pu]
    admittance
        Admittance matrix. [pu]
    losses
        M in: the losses of all branches change by Re((M V)* dV). [pu]
    slack_nodes : (n_slack,)
        Nodes whose voltage is given.
    base_mva
        Power of 1 pu. [MVA]
    """

    nodes: NDArray[np.int64]
    held: NDArray[np.bool_]
    row_of: NDArray[np.int64]
    starts: NDArray[np.int64]
    columns: NDArray[np.int64]
    update_starts: NDArray[np.int64]
    updates: NDArray[np.int64]
    blocks: FloatArray
    admittance: SparseRows
    losses: SparseRows
    slack_nodes: NDArray[np.int64]
    base_mva: float


class State(NamedTuple):
    """Solved flows, an environment in each row: voltages [pu] and powers at 1 pu [MVA]; the last two may be empty."""

    v: _ComplexArray
    s: _ComplexArray
    s_current: _ComplexArray
    s_impedance: _ComplexArray


class Asked(NamedTuple):
    """Whose derivative is wanted.

    Parameters
    ----------
    sources : (n_source,)
        Nodes at which power is injected.
    nodes : (n_watched,)
        Nodes whose voltage is watched.
    ends : (n_branch, 2)
        From and to node of each branch whose loading is watched.
    admittances : (n_branch, 4)
        Its yff, yft, ytf, ytt. [pu]
    scales : (n_branch, 2)
        Loading at a current of 1 pu at either end. [1]
    """

    sources: NDArray[np.int64]
    nodes: NDArray[np.int64]
    ends: NDArray[np.int64]
    admittances: _ComplexArray
    scales: FloatArray


class Answer(NamedTuple):
    """Arrays to fill, as in `Sensitivities` but environments first; second axis: active, reactive power."""

    dv: FloatArray
    dloss: FloatArray
    dslack: FloatArray
    dloading: FloatArray
    status: NDArray[np.int8]


@njit
def _scaled(value: complex, factor: float) -> complex:
    return complex(value.real * factor, value.imag * factor)  # numba divides a complex number by a complex one only


@njit
def _row_times(matrix: SparseRows, row: int, v: _ComplexArray) -> complex:
    total = 0.0 + 0.0j
    for entry in range(matrix.starts[row], matrix.starts[row + 1]):
        total += matrix.values[entry] * v[matrix.columns[entry]]
    return total


@njit
def _linearise(plan: JacobianPlan, state: State, env: int, voltage: _ComplexArray, blocks: FloatArray) -> float:
    """Fill the blocks at the voltages of an environment; gives the power that is not balanced there. [MVA]"""
    blocks[...] = plan.blocks
    unbalanced, unit = 0.0, 1.0 / plan.base_mva
    for row in range(len(plan.nodes)):
        node = plan.nodes[row]
        v = voltage[node]
        v2 = v.real * v.real + v.imag * v.imag
        vm = np.sqrt(v2)
        s = _scaled(state.s[env, node], unit)
        own, mixed, dependent = 0.0 + 0.0j, 0.0 + 0.0j, 0.0 + 0.0j
        if len(state.s_current):
            part = _scaled(state.s_current[env, node], unit)
            weight = 0.5 / vm
            own += _scaled(part.conjugate(), weight)
            mixed += _scaled(part.conjugate(), weight / v2)
            dependent += _scaled(part, vm)
        if len(state.s_impedance):
            part = _scaled(state.s_impedance[env, node], unit)
            own += part.conjugate()
            dependent += _scaled(part, v2)
        off = v * _row_times(plan.admittance, node, voltage).conjugate() - s - dependent
        if plan.held[row]:
            s += complex(0.0, off.imag)  # what the generators give
            off = complex(off.real, 0.0)
        unbalanced += np.sqrt(off.real * off.real + off.imag * off.imag)
        mixed += _scaled(s.conjugate(), 1.0 / (v2 * v2))
        mixed *= v * v
        blocks[row, 0] += mixed.real - own.real
        blocks[row, 1] += mixed.imag + own.imag
        blocks[row, 2] += mixed.imag - own.imag
        blocks[row, 3] -= mixed.real + own.real
    return unbalanced * plan.base_mva


@njit
def _keep_active(v: complex, block: int, blocks: FloatArray) -> None:
    """Replace both parts of a current's balance by that of active power, and leave room for another equation."""
    blocks[block, 0] = v.real * blocks[block, 0] + v.imag * blocks[block, 2]
    blocks[block, 1] = v.real * blocks[block, 1] + v.imag * blocks[block, 3]
    blocks[block, 2], blocks[block, 3] = 0.0, 0.0


@njit
def _hold(plan: JacobianPlan, voltage: _ComplexArray, blocks: FloatArray) -> None:
    """Let the magnitude stay where generators hold it, whatever reactive power that takes."""
    n_row, n_entry = len(plan.nodes), len(plan.columns)
    for row in range(n_row):
        v = voltage[plan.nodes[row]]
        if plan.held[row]:
            _keep_active(v, row, blocks)
            blocks[row, 2], blocks[row, 3] = v.real, v.imag
        for entry in range(plan.starts[row], plan.starts[row + 1]):
            other = plan.columns[entry]
            if plan.held[row]:
                _keep_active(v, n_row + entry, blocks)
            if plan.held[other]:
                _keep_active(voltage[plan.nodes[other]], n_row + n_entry + entry, blocks)


@njit
def _times(blocks: FloatArray, left: int, right: int) -> tuple[float, float, float, float]:
    a, b, c, d = blocks[left, 0], blocks[left, 1], blocks[left, 2], blocks[left, 3]
    e, f, g, h = blocks[right, 0], blocks[right, 1], blocks[right, 2], blocks[right, 3]
    return a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h


@njit
def _factorise(plan: JacobianPlan, blocks: FloatArray) -> None:
    """Eliminate in place: inverse diagonal, what is right of it, and the factors below it."""
    n_row, n_entry = len(plan.nodes), len(plan.columns)
    for row in range(n_row):
        a, b, c, d = blocks[row, 0], blocks[row, 1], blocks[row, 2], blocks[row, 3]
        inverse = 1.0 / (a * d - b * c)
        blocks[row, 0], blocks[row, 1] = d * inverse, -b * inverse
        blocks[row, 2], blocks[row, 3] = -c * inverse, a * inverse
        update = plan.update_starts[row]
        for entry in range(plan.starts[row], plan.starts[row + 1]):
            below = n_row + n_entry + entry
            blocks[below, 0], blocks[below, 1], blocks[below, 2], blocks[below, 3] = _times(blocks, below, row)
            for other in range(plan.starts[row], plan.starts[row + 1]):
                target = plan.updates[update]
                update += 1
                xx, xy, yx, yy = _times(blocks, below, n_row + other)
                blocks[target, 0] -= xx
                blocks[target, 1] -= xy
                blocks[target, 2] -= yx
                blocks[target, 3] -= yy


@njit
def _inject(
    plan: JacobianPlan, voltage: _ComplexArray, sources: NDArray[np.int64], dv: FloatArray, touched: NDArray[np.bool_]
) -> None:
    """Current of 1 MW in the first half of the columns and of 1 Mvar in the second, one source in each."""
    dv[...] = 0.0
    touched[...] = False
    n_source = len(sources)
    for k in range(n_source):
        row = plan.row_of[sources[k]]
        if row < 0:
            continue
        v = voltage[sources[k]]
        if plan.held[row]:
            dv[row, 0, k] = 1.0 / plan.base_mva
            touched[row] = True
            continue
        scale = 1.0 / (plan.base_mva * (v.real * v.real + v.imag * v.imag))
        dv[row, 0, k], dv[row, 1, k] = v.real * scale, v.imag * scale
        dv[row, 0, n_source + k], dv[row, 1, n_source + k] = v.imag * scale, -v.real * scale
        touched[row] = True


@njit
def _take_off(blocks: FloatArray, block: int, dv: FloatArray, row: int, other: int, n_column: int) -> None:
    """Take a block times another row off a row."""
    a, b, c, d = blocks[block, 0], blocks[block, 1], blocks[block, 2], blocks[block, 3]
    for column in range(n_column):
        x, y = dv[other, 0, column], dv[other, 1, column]
        dv[row, 0, column] -= a * x + b * y
        dv[row, 1, column] -= c * x + d * y


@njit
def _solve(plan: JacobianPlan, blocks: FloatArray, dv: FloatArray, touched: NDArray[np.bool_], n_column: int) -> None:
    """Turn currents into changes of voltage, in place."""
    n_row, n_entry = len(plan.nodes), len(plan.columns)
    for row in range(n_row):
        if touched[row]:  # a current reaches only the rows between its source and the slack
            for entry in range(plan.starts[row], plan.starts[row + 1]):
                touched[plan.columns[entry]] = True
                _take_off(blocks, n_row + n_entry + entry, dv, plan.columns[entry], row, n_column)
    for row in range(n_row - 1, -1, -1):
        for entry in range(plan.starts[row], plan.starts[row + 1]):
            _take_off(blocks, n_row + entry, dv, row, plan.columns[entry], n_column)
        a, b, c, d = blocks[row, 0], blocks[row, 1], blocks[row, 2], blocks[row, 3]
        for column in range(n_column):
            x, y = dv[row, 0, column], dv[row, 1, column]
            dv[row, 0, column], dv[row, 1, column] = a * x + b * y, c * x + d * y


@njit
def _project(weights: FloatArray, row: int, dv: FloatArray, out: FloatArray, n_column: int) -> None:
    """Add what a change of one node's voltage does to a real number with a given derivative."""
    x, y = weights[row, 0], weights[row, 1]
    for column in range(n_column):
        out[column] += x * dv[row, 0, column] + y * dv[row, 1, column]


@njit
def _weigh(plan: JacobianPlan, voltage: _ComplexArray, losses: FloatArray, slack: FloatArray) -> None:
    """Derivatives of losses and of the slack's power with respect to the voltages of the rows. [MW/pu]"""
    slack[...] = 0.0
    for row in range(len(plan.nodes)):
        weight = _row_times(plan.losses, plan.nodes[row], voltage)
        losses[row, 0], losses[row, 1] = weight.real * plan.base_mva, weight.imag * plan.base_mva
    for node in plan.slack_nodes:
        v = voltage[node]
        for entry in range(plan.admittance.starts[node], plan.admittance.starts[node + 1]):
            row = plan.row_of[plan.admittance.columns[entry]]
            if row >= 0:
                weight = v * plan.admittance.values[entry].conjugate()
                slack[row, 0] += weight.real * plan.base_mva
                slack[row, 1] += weight.imag * plan.base_mva


@njit
def _watch_nodes(plan: JacobianPlan, voltage: _ComplexArray, asked: Asked, dv: FloatArray, out: FloatArray) -> None:
    """Changes of magnitude of the watched nodes, ``(2, n_watched, n_source)``, of a chunk of sources."""
    n_source = out.shape[2]
    for watched in range(len(asked.nodes)):
        node = asked.nodes[watched]
        row, v = plan.row_of[node], voltage[node]
        if row < 0:
            out[:, watched] = 0.0
            continue
        scale = 1.0 / np.sqrt(v.real * v.real + v.imag * v.imag)
        x, y = v.real * scale, v.imag * scale
        for k in range(n_source):
            out[0, watched, k] = x * dv[row, 0, k] + y * dv[row, 1, k]
            out[1, watched, k] = x * dv[row, 0, n_source + k] + y * dv[row, 1, n_source + k]


@njit
def _change(row: int, dv: FloatArray, column: int) -> complex:
    return complex(dv[row, 0, column], dv[row, 1, column]) if row >= 0 else complex(0.0, 0.0)


@njit
def _watch_branches(plan: JacobianPlan, voltage: _ComplexArray, asked: Asked, dv: FloatArray, out: FloatArray) -> None:
    """Changes of loading of the watched branches, ``(2, n_branch, n_source)``, at the end that is loaded more."""
    n_source = out.shape[2]
    for branch in range(len(asked.ends)):
        near, far = asked.ends[branch, 0], asked.ends[branch, 1]
        own, other = asked.admittances[branch, 0], asked.admittances[branch, 1]
        current, scale = own * voltage[near] + other * voltage[far], asked.scales[branch, 0]
        there = asked.admittances[branch, 2] * voltage[near] + asked.admittances[branch, 3] * voltage[far]
        if abs(there) * asked.scales[branch, 1] > abs(current) * scale:
            own, other = asked.admittances[branch, 2], asked.admittances[branch, 3]
            current, scale = there, asked.scales[branch, 1]
        size = abs(current)
        weight = current * (scale / size) if size > 0.0 else 0.0j
        for k in range(n_source):
            for kind in range(2):
                column = kind * n_source + k
                change = own * _change(plan.row_of[near], dv, column) + other * _change(plan.row_of[far], dv, column)
                out[kind, branch, k] = weight.real * change.real + weight.imag * change.imag


@njit
def _is_finite(dv: FloatArray, n_row: int, n_column: int) -> bool:
    for row in range(n_row):
        total = 0.0
        for column in range(n_column):
            total += abs(dv[row, 0, column]) + abs(dv[row, 1, column])
        if not np.isfinite(total):
            return False
    return True


@njit
def _clear(answer: Answer, env: int, status: int) -> None:
    answer.status[env] = status
    answer.dv[env] = 0.0
    answer.dloss[env] = 0.0
    answer.dslack[env] = 0.0
    answer.dloading[env] = 0.0


@njit
def _sum_up(
    plan: JacobianPlan,
    sources: NDArray[np.int64],
    weights: tuple[FloatArray, FloatArray],
    dv: FloatArray,
    totals: FloatArray,
) -> None:
    """Losses and slack of a chunk; what is injected at a slack node comes off its own power."""
    n_column = 2 * len(sources)
    totals[...] = 0.0
    for row in range(len(plan.nodes)):
        _project(weights[0], row, dv, totals[0], n_column)
        _project(weights[1], row, dv, totals[1], n_column)
    for k in range(len(sources)):
        if plan.row_of[sources[k]] == GIVEN:
            totals[1, k] -= 1.0


@njit
def differentiate(
    plan: JacobianPlan,
    state: State,
    asked: Asked,
    tolerance_mva: float,
    answer: Answer,
    order: NDArray[np.int64],
    first: int,
    stop: int,
) -> None:
    """Derivatives of some environments.

    Parameters
    ----------
    plan
        Network.
    state
        Solved flows.
    asked
        Sources, nodes and branches.
    tolerance_mva
        Power that may be left unbalanced for the voltages to count as solution. [MVA]
    answer
        Written, every element of these environments.
    order : (n_env,)
        Environments, those with this network side by side.
    first, stop
        Places in it, from `first` up to but not including `stop`.
    """
    n_row, n_source = len(plan.nodes), len(asked.sources)
    blocks, touched = np.empty_like(plan.blocks), np.empty(n_row, np.bool_)
    weights = np.empty((n_row, 2)), np.empty((n_row, 2))
    for env in order[first:stop]:
        voltage = state.v[env]
        # written so that a number which is none counts as unsolved
        if not _linearise(plan, state, env, voltage, blocks) <= tolerance_mva:
            _clear(answer, env, UNSOLVED)
            continue
        _hold(plan, voltage, blocks)
        _factorise(plan, blocks)
        _weigh(plan, voltage, weights[0], weights[1])
        answer.status[env] = FOUND
        for begin in range(0, n_source, CHUNK):
            end = min(begin + CHUNK, n_source)
            sources, n_column = asked.sources[begin:end], 2 * (end - begin)
            dv, totals = np.empty((n_row, 2, n_column)), np.empty((2, n_column))
            _inject(plan, voltage, sources, dv, touched)
            _solve(plan, blocks, dv, touched, n_column)
            if not _is_finite(dv, n_row, n_column):
                _clear(answer, env, SINGULAR)
                break
            _sum_up(plan, sources, weights, dv, totals)
            for kind in range(2):
                for k in range(begin, end):
                    column = kind * (end - begin) + k - begin
                    answer.dloss[env, kind, k], answer.dslack[env, kind, k] = totals[0, column], totals[1, column]
            _watch_nodes(plan, voltage, asked, dv, answer.dv[env, :, :, begin:end])
            _watch_branches(plan, voltage, asked, dv, answer.dloading[env, :, :, begin:end])

"""Compiled iteration of the fixed point V <- V0 + Y⁻¹ I(V), a block of environments at a time.

Every environment travels in a *lane* of the block: it enters with no load, iterates until its own error is small, and
leaves its lane to the next one waiting. Lanes never touch each other, so an environment's result has the same bits
alone and in any batch. `docs/physics/power_flow.md` derives the equations.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from heron.types import FloatArray
from powergrid.powerflow.jit import njit
from powergrid.powerflow.status import PowerFlowStatus

Lanes: TypeAlias = tuple[int, ...]
_ComplexArray: TypeAlias = NDArray[np.complex128]

# The number of lanes is the length of a tuple, which numba knows when it compiles: with one lane the inner loops
# vanish, with 32 they become vector instructions. 16 lanes were 25 % slower per solve, 64 no faster.
SINGLE: Lanes = (0,)
BLOCK: Lanes = (0,) * 32
BLOCK_FROM = 10
"""Environments from which a block of 32 lanes beats one environment after the other."""

# Planes of the work array, real and imaginary part, each one lane wide: change of voltage against no load, current,
# and the powers that are constant, scale with |V|, and scale with |V|².
_DELTA, _CURRENT, _POWER, _POWER_V, _POWER_V2 = 0, 2, 4, 6, 8

_CONVERGED = int(PowerFlowStatus.CONVERGED)
_MAX_ITERATIONS = int(PowerFlowStatus.MAX_ITERATIONS)
_DIVERGED = int(PowerFlowStatus.DIVERGED)
_UNDECIDED = -1
_EMPTY = -1


class Plan(NamedTuple):
    """Factorised network, its rows in order of elimination.

    Parameters
    ----------
    rows : (n_row, 6)
        Node; first and past-the-last entry of L; first and last entry of U; row that comes next on the way back.
    columns : (n_entry,)
        Row that an entry multiplies.
    values : (n_entry, 2)
        Real and imaginary part of an entry; the last of U in each row is divided by the diagonal.
    row_values : (n_row, 5)
        No-load voltage [pu] and inverse diagonal of U, real and imaginary parts; lower limit of |V|² [pu²].
    slack_nodes : (n_slack,)
        Nodes whose voltage is given.
    slack_voltage : (n_slack,)
        Their voltages. [pu]
    base_mva
        Power of 1 pu. [MVA]
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: FloatArray
    row_values: FloatArray
    slack_nodes: NDArray[np.int64]
    slack_voltage: _ComplexArray
    base_mva: float


class Output(NamedTuple):
    """Arrays to fill, as in `PowerFlowResult`."""

    v: _ComplexArray
    status: NDArray[np.int8]
    iterations: NDArray[np.int32]
    mismatch_mva: FloatArray


@njit
def _times(ar: float, ai: float, br: float, bi: float) -> tuple[float, float]:
    return ar * br - ai * bi, ar * bi + ai * br


@njit
def _injected_current(vr: float, vi: float, v2: float, pr: float, pi: float) -> tuple[float, float]:
    # conj(S / V) = V conj(S) / |V|²: one real division instead of a complex one
    weight = 1.0 / v2
    return _times(vr, vi, pr * weight, -pi * weight)


@njit
def _mixed_power(work: FloatArray, i: int, lane: int, width: int, v2: float) -> tuple[float, float, float]:
    """Power at a voltage, and the square of the sum of its parts' magnitudes."""
    vm = np.sqrt(v2)
    pr, pi = work[i, _POWER * width + lane], work[i, (_POWER + 1) * width + lane]
    cr, ci = work[i, _POWER_V * width + lane], work[i, (_POWER_V + 1) * width + lane]
    zr, zi = work[i, _POWER_V2 * width + lane], work[i, (_POWER_V2 + 1) * width + lane]
    size = np.sqrt(pr * pr + pi * pi) + np.sqrt(cr * cr + ci * ci) * vm + np.sqrt(zr * zr + zi * zi) * v2
    return pr + cr * vm + zr * v2, pi + ci * vm + zi * v2, size * size


@njit
def _subtract(lanes: Lanes, i: int, entry: int, source: int, plan: Plan, work: FloatArray) -> None:
    """Take an entry times another row off the current of row i."""
    width = len(lanes)
    j, ar, ai = plan.columns[entry], plan.values[entry, 0], plan.values[entry, 1]
    for lane in range(width):
        br, bi = _times(ar, ai, work[j, source * width + lane], work[j, (source + 1) * width + lane])
        work[i, _CURRENT * width + lane] -= br
        work[i, (_CURRENT + 1) * width + lane] -= bi


@njit
def _forward(lanes: Lanes, plan: Plan, work: FloatArray) -> None:
    """Solve L y = I in place."""
    for i in range(len(plan.rows)):
        for entry in range(plan.rows[i, 1], plan.rows[i, 2]):
            _subtract(lanes, i, entry, _CURRENT, plan, work)


@njit
def _advance(
    lanes: Lanes, i: int, plan: Plan, mixed: _ComplexArray | None, work: FloatArray, error: FloatArray
) -> None:
    """Voltage, squared mismatch and next current of one row."""
    width, last = len(lanes), plan.rows[i, 4]
    j, ar, ai = plan.columns[last], plan.values[last, 0], plan.values[last, 1]
    ur, ui, dr, di = plan.row_values[i, 0], plan.row_values[i, 1], plan.row_values[i, 2], plan.row_values[i, 3]
    lowest = plan.row_values[i, 4]
    highest = 1e4 * lowest
    for lane in range(width):
        yr, yi = _times(dr, di, work[i, _CURRENT * width + lane], work[i, (_CURRENT + 1) * width + lane])
        br, bi = _times(ar, ai, work[j, _DELTA * width + lane], work[j, (_DELTA + 1) * width + lane])
        xr, xi = yr - br, yi - bi
        mr, mi = xr - work[i, _DELTA * width + lane], xi - work[i, (_DELTA + 1) * width + lane]
        vr, vi = ur + xr, ui + xi
        v2 = vr * vr + vi * vi
        pr, pi = work[i, _POWER * width + lane], work[i, (_POWER + 1) * width + lane]
        size2 = pr * pr + pi * pi
        if mixed is not None:
            pr, pi, size2 = _mixed_power(work, i, lane, width, v2)
        cr, ci = _injected_current(vr, vi, v2, pr, pi)
        work[i, _DELTA * width + lane], work[i, (_DELTA + 1) * width + lane] = xr, xi
        work[i, _CURRENT * width + lane], work[i, (_CURRENT + 1) * width + lane] = cr, ci
        # |S| |dV| / |V|, squared
        off = (mr * mr + mi * mi) * size2 * (1.0 / v2)
        error[lane] += off if (v2 >= lowest) & (v2 <= highest) else np.inf


@njit
def _backward(lanes: Lanes, plan: Plan, mixed: _ComplexArray | None, work: FloatArray, error: FloatArray) -> None:
    """Solve U x = y, and evaluate currents and errors at the new voltages."""
    for lane in range(len(lanes)):
        error[lane] = 0.0
    for step in range(len(plan.rows)):
        # Read from memory, not counted down: if LLVM can follow i, it moves the test whether rows i and j overlap out
        # of this loop, where over all rows it always fails, and the scalar loop runs: 2.5 times slower.
        i = plan.rows[step, 5]
        for entry in range(plan.rows[i, 3], plan.rows[i, 4]):
            _subtract(lanes, i, entry, _DELTA, plan, work)
        _advance(lanes, i, plan, mixed, work, error)


@njit
def _enter(
    lanes: Lanes,
    lane: int,
    env: int,
    plan: Plan,
    s: _ComplexArray,
    s_current: _ComplexArray | None,
    s_impedance: _ComplexArray | None,
    work: FloatArray,
) -> None:
    """Put an environment into a lane: its powers, no load, and the current that its powers draw there."""
    width = len(lanes)
    for i in range(len(plan.rows)):
        node, vr, vi = plan.rows[i, 0], plan.row_values[i, 0], plan.row_values[i, 1]
        v2 = vr * vr + vi * vi
        # part by part: the complex division of numba takes as long as an iteration
        pr, pi = s[node, env].real / plan.base_mva, s[node, env].imag / plan.base_mva
        work[i, _POWER * width + lane], work[i, (_POWER + 1) * width + lane] = pr, pi
        if s_current is not None and s_impedance is not None:
            work[i, _POWER_V * width + lane] = s_current[node, env].real / plan.base_mva
            work[i, (_POWER_V + 1) * width + lane] = s_current[node, env].imag / plan.base_mva
            work[i, _POWER_V2 * width + lane] = s_impedance[node, env].real / plan.base_mva
            work[i, (_POWER_V2 + 1) * width + lane] = s_impedance[node, env].imag / plan.base_mva
            pr, pi, _ = _mixed_power(work, i, lane, width, v2)
        cr, ci = _injected_current(vr, vi, v2, pr, pi)
        work[i, _DELTA * width + lane], work[i, (_DELTA + 1) * width + lane] = 0.0, 0.0
        work[i, _CURRENT * width + lane], work[i, (_CURRENT + 1) * width + lane] = cr, ci


@njit
def _leave(lanes: Lanes, lane: int, env: int, converged: bool, plan: Plan, work: FloatArray, v: _ComplexArray) -> None:
    """Write an environment's voltages: the solution, or those without load."""
    width = len(lanes)
    for i in range(len(plan.rows)):
        vr, vi = plan.row_values[i, 0], plan.row_values[i, 1]
        if converged:
            vr += work[i, _DELTA * width + lane]
            vi += work[i, (_DELTA + 1) * width + lane]
        v[plan.rows[i, 0], env] = complex(vr, vi)
    for k in range(len(plan.slack_nodes)):
        v[plan.slack_nodes[k], env] = plan.slack_voltage[k]


@njit
def _clear(lanes: Lanes, lane: int, work: FloatArray) -> None:
    """Leave nothing in a lane that no environment waits for: numbers that are not finite slow the others down."""
    width = len(lanes)
    for i in range(len(work)):
        for plane in range(work.shape[1] // width):
            work[i, plane * width + lane] = 0.0


@njit
def _verdict(error: float, limit: float, iterations: int, max_iterations: int) -> int:
    if error == np.inf:
        return _DIVERGED
    if error <= limit:
        return _CONVERGED
    return _MAX_ITERATIONS if iterations >= max_iterations else _UNDECIDED


@njit
def iterate(
    lanes: Lanes,
    plan: Plan,
    s: _ComplexArray,
    s_current: _ComplexArray | None,
    s_impedance: _ComplexArray | None,
    output: Output,
    tolerance_mva: float,
    max_iterations: int,
    first: int,
    stop: int,
) -> None:
    """Solve some environments and fill their columns of the output.

    Parameters
    ----------
    lanes
        `SINGLE` or `BLOCK`: how many environments are iterated together. The results do not depend on it.
    plan
        Factorised network.
    s, s_current, s_impedance : (n_node, n_env)
        Powers of constant power, constant current and constant impedance, positive into the grid; the last two are
        both given or both None. [MVA]
    output
        Written, every element in the columns of these environments.
    tolerance_mva
        Largest `PowerFlowResult.mismatch_mva` of a solution. [MVA]
    max_iterations
        Linear solves after which an environment is given up.
    first, stop
        Environments from `first` up to but not including `stop`.
    """
    width, n_row = len(lanes), len(plan.rows)
    work = np.zeros((n_row, (6 if s_current is None else 10) * width))
    error = np.zeros(width)
    tenant = np.full(width, _EMPTY)
    iterations = np.zeros(width, np.int64)
    # sum |x| <= sqrt(n sum |x|²): the root is taken once, of the limit
    limit = (tolerance_mva / plan.base_mva) ** 2 / max(n_row, 1)
    busy = min(width, stop - first)
    for lane in range(busy):
        tenant[lane] = first + lane
        _enter(lanes, lane, first + lane, plan, s, s_current, s_impedance, work)
    waiting = first + busy
    while busy > 0:
        _forward(lanes, plan, work)
        _backward(lanes, plan, s_current, work, error)
        for lane in range(width):
            env = tenant[lane]
            if env == _EMPTY:
                continue
            iterations[lane] += 1
            verdict = _verdict(error[lane], limit, iterations[lane], max_iterations)
            if verdict == _UNDECIDED:
                continue
            _leave(lanes, lane, env, verdict == _CONVERGED, plan, work, output.v)
            output.status[env] = verdict
            output.iterations[env] = iterations[lane]
            output.mismatch_mva[env] = np.sqrt(error[lane] * n_row) * plan.base_mva
            iterations[lane] = 0
            if waiting < stop:
                tenant[lane] = waiting
                _enter(lanes, lane, waiting, plan, s, s_current, s_impedance, work)
                waiting += 1
            else:
                _clear(lanes, lane, work)
                tenant[lane] = _EMPTY
                busy -= 1

"""Compiled iteration of Newton's method, a block of environments at a time.

Unknowns are the real and imaginary parts of the voltages. A node of given power asks for two currents, a node whose
voltage is held for its active power and the square of its voltage; `docs/physics/power_flow.md` derives the equations.
The Jacobian has a 2×2 block where the admittance matrix has an entry. It is factorised row by row on a pattern that is
known beforehand, and the right side goes along, so that only the upper factor is kept.

As in the fixed point's kernel every environment travels in a *lane* of the block, and lanes never touch each other.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from heron.types import FloatArray
from powergrid.powerflow.jit import njit
from powergrid.powerflow.newton_plan import NewtonOutput, NewtonPlan
from powergrid.powerflow.status import PowerFlowStatus

Lanes: TypeAlias = tuple[int, ...]
_ComplexArray: TypeAlias = NDArray[np.complex128]

SINGLE: Lanes = (0,)
BLOCK: Lanes = (0,) * 32
BLOCK_FROM = 5
"""Environments from which a block of 32 lanes beats one environment after the other; 16 lanes were 45 % slower."""

# Planes of the work array, two to each, one lane wide: change of voltage against the start, current that flows into the
# network, what the equations lack, and the powers that are constant, scale with |V|, and scale with |V|².
_DELTA, _FLOW, _LACK, _POWER, _POWER_V, _POWER_V2 = 0, 2, 4, 6, 8, 10

_CONVERGED = int(PowerFlowStatus.CONVERGED)
_MAX_ITERATIONS = int(PowerFlowStatus.MAX_ITERATIONS)
_DIVERGED = int(PowerFlowStatus.DIVERGED)
_UNDECIDED = -1
_EMPTY = -1


@njit
def _times(ar: float, ai: float, br: float, bi: float) -> tuple[float, float]:
    return ar * br - ai * bi, ar * bi + ai * br


@njit
def _block(blocks: FloatArray, entry: int, lane: int, width: int) -> tuple[float, float, float, float]:
    return (
        blocks[entry, lane],
        blocks[entry, width + lane],
        blocks[entry, 2 * width + lane],
        blocks[entry, 3 * width + lane],
    )


@njit
def _voltage(work: FloatArray, i: int, lane: int, width: int, plan: NewtonPlan) -> tuple[float, float]:
    vr = plan.row_values[i, 0] + work[i, _DELTA * width + lane]
    return vr, plan.row_values[i, 1] + work[i, (_DELTA + 1) * width + lane]


@njit
def _power_at(
    work: FloatArray, i: int, lane: int, width: int, v2: float, mixed: _ComplexArray | None
) -> tuple[float, float]:
    pr, pi = work[i, _POWER * width + lane], work[i, (_POWER + 1) * width + lane]
    if mixed is not None:
        vm = np.sqrt(v2)
        pr += work[i, _POWER_V * width + lane] * vm + work[i, _POWER_V2 * width + lane] * v2
        pi += work[i, (_POWER_V + 1) * width + lane] * vm + work[i, (_POWER_V2 + 1) * width + lane] * v2
    return pr, pi


@njit
def _flow(lanes: Lanes, i: int, plan: NewtonPlan, work: FloatArray) -> None:
    """Current from a node into the network."""
    width = len(lanes)
    for lane in range(width):
        work[i, _FLOW * width + lane] = plan.row_values[i, 2]
        work[i, (_FLOW + 1) * width + lane] = plan.row_values[i, 3]
    for entry in range(plan.rows[i, 1], plan.rows[i, 3]):
        j, yr, yi = plan.columns[entry], plan.values[entry, 0], plan.values[entry, 1]
        for lane in range(width):
            cr, ci = _times(yr, yi, work[j, _DELTA * width + lane], work[j, (_DELTA + 1) * width + lane])
            work[i, _FLOW * width + lane] += cr
            work[i, (_FLOW + 1) * width + lane] += ci


@njit
def _lack(i: int, lane: int, width: int, plan: NewtonPlan, mixed: _ComplexArray | None, work: FloatArray) -> float:
    """What the equations of a row lack, and the square of its power that is not balanced, inf where V is no voltage."""
    vr, vi = _voltage(work, i, lane, width, plan)
    v2 = vr * vr + vi * vi
    pr, pi = _power_at(work, i, lane, width, v2, mixed)
    fr, fi = work[i, _FLOW * width + lane], work[i, (_FLOW + 1) * width + lane]
    if plan.rows[i, 4]:
        lr = pr - (vr * fr + vi * fi)
        li = 0.5 * (plan.row_values[i, 5] - v2)
        # a voltage that is off shifts about |Y_ii| times as much power
        off = lr * lr + (plan.row_values[i, 6] * li) ** 2
    else:
        # conj(S / V) = V conj(S) / |V|²: one real division instead of a complex one
        weight = 1.0 / v2
        cr, ci = _times(vr, vi, pr * weight, -pi * weight)
        lr, li = cr - fr, ci - fi
        off = v2 * (lr * lr + li * li)
    work[i, _LACK * width + lane], work[i, (_LACK + 1) * width + lane] = lr, li
    lowest = plan.row_values[i, 4]
    return off if (v2 >= lowest) & (v2 <= 1e4 * lowest) else np.inf


@njit
def _evaluate(lanes: Lanes, plan: NewtonPlan, mixed: _ComplexArray | None, work: FloatArray, error: FloatArray) -> None:
    for lane in range(len(lanes)):
        error[lane] = 0.0
    for i in range(len(plan.rows)):
        _flow(lanes, i, plan, work)
        for lane in range(len(lanes)):
            error[lane] += _lack(i, lane, len(lanes), plan, mixed, work)


@njit
def _fill_given(
    lanes: Lanes, i: int, plan: NewtonPlan, mixed: _ComplexArray | None, work: FloatArray, blocks: FloatArray
) -> None:
    """Jacobian of a node of given power: dI_flow - dI_injected."""
    width = len(lanes)
    for entry in range(plan.rows[i, 1], plan.rows[i, 3]):
        yr, yi = plan.values[entry, 0], plan.values[entry, 1]
        for lane in range(width):
            blocks[entry, lane], blocks[entry, width + lane] = yr, -yi
            blocks[entry, 2 * width + lane], blocks[entry, 3 * width + lane] = yi, yr
    entry = plan.rows[i, 2]
    for lane in range(width):
        vr, vi = _voltage(work, i, lane, width, plan)
        v2 = vr * vr + vi * vi
        weight = 1.0 / v2
        # constant power: dI = -conj(S) V² / |V|⁴ conj(dV)
        pr, pi = work[i, _POWER * width + lane] * weight, -work[i, (_POWER + 1) * width + lane] * weight
        if mixed is not None:
            # constant current: half of it turns with V, and half the other way; constant impedance: conj(S) dV
            half = 0.5 / np.sqrt(v2)
            cr, ci = work[i, _POWER_V * width + lane] * half, -work[i, (_POWER_V + 1) * width + lane] * half
            pr, pi = pr + cr, pi + ci
            ar = cr + work[i, _POWER_V2 * width + lane]
            ai = ci - work[i, (_POWER_V2 + 1) * width + lane]
            blocks[entry, lane] -= ar
            blocks[entry, width + lane] += ai
            blocks[entry, 2 * width + lane] -= ai
            blocks[entry, 3 * width + lane] -= ar
        ur, ui = _times(vr, vi, vr * weight, vi * weight)
        br, bi = _times(pr, pi, ur, ui)
        blocks[entry, lane] += br
        blocks[entry, width + lane] += bi
        blocks[entry, 2 * width + lane] += bi
        blocks[entry, 3 * width + lane] -= br


@njit
def _fill_held(lanes: Lanes, i: int, plan: NewtonPlan, work: FloatArray, blocks: FloatArray) -> None:
    """Jacobian of a node whose voltage is held: dP_flow, and half of d|V|².

    What is injected depends on |V| only, which no step changes but by its square.
    """
    width = len(lanes)
    for entry in range(plan.rows[i, 1], plan.rows[i, 3]):
        yr, yi = plan.values[entry, 0], plan.values[entry, 1]
        for lane in range(width):
            vr, vi = _voltage(work, i, lane, width, plan)
            blocks[entry, lane], blocks[entry, width + lane] = vr * yr + vi * yi, vi * yr - vr * yi
            blocks[entry, 2 * width + lane], blocks[entry, 3 * width + lane] = 0.0, 0.0
    entry = plan.rows[i, 2]
    for lane in range(width):
        vr, vi = _voltage(work, i, lane, width, plan)
        blocks[entry, lane] += work[i, _FLOW * width + lane]
        blocks[entry, width + lane] += work[i, (_FLOW + 1) * width + lane]
        blocks[entry, 2 * width + lane], blocks[entry, 3 * width + lane] = vr, vi


@njit
def _eliminate(lanes: Lanes, entry: int, i: int, plan: NewtonPlan, work: FloatArray, blocks: FloatArray) -> None:
    """Take a multiple of an earlier row off row i, so that an entry left of its diagonal vanishes."""
    width, k = len(lanes), plan.columns[entry]
    pivot, stop = plan.rows[k, 2], plan.rows[k, 3]
    for lane in range(width):
        a, b, c, d = _block(blocks, entry, lane, width)
        e, f, g, h = _block(blocks, pivot, lane, width)
        a, b, c, d = a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h
        blocks[entry, lane], blocks[entry, width + lane] = a, b
        blocks[entry, 2 * width + lane], blocks[entry, 3 * width + lane] = c, d
        x, y = work[k, _LACK * width + lane], work[k, (_LACK + 1) * width + lane]
        work[i, _LACK * width + lane] -= a * x + b * y
        work[i, (_LACK + 1) * width + lane] -= c * x + d * y
    first = plan.first_target[entry]
    for step in range(stop - pivot - 1):
        target, source = plan.targets[first + step], pivot + 1 + step
        for lane in range(width):
            a, b, c, d = _block(blocks, entry, lane, width)
            e, f, g, h = _block(blocks, source, lane, width)
            blocks[target, lane] -= a * e + b * g
            blocks[target, width + lane] -= a * f + b * h
            blocks[target, 2 * width + lane] -= c * e + d * g
            blocks[target, 3 * width + lane] -= c * f + d * h


@njit
def _invert(lanes: Lanes, entry: int, blocks: FloatArray) -> None:
    width = len(lanes)
    for lane in range(width):
        a, b, c, d = _block(blocks, entry, lane, width)
        scale = 1.0 / (a * d - b * c)
        blocks[entry, lane], blocks[entry, width + lane] = d * scale, -b * scale
        blocks[entry, 2 * width + lane], blocks[entry, 3 * width + lane] = -c * scale, a * scale


@njit
def _factorise(
    lanes: Lanes, plan: NewtonPlan, mixed: _ComplexArray | None, work: FloatArray, blocks: FloatArray
) -> None:
    """Upper factor of the Jacobian, and the right side that goes with it."""
    for i in range(len(plan.rows)):
        if plan.rows[i, 4]:
            _fill_held(lanes, i, plan, work, blocks)
        else:
            _fill_given(lanes, i, plan, mixed, work, blocks)
        for entry in range(plan.rows[i, 1], plan.rows[i, 2]):
            _eliminate(lanes, entry, i, plan, work, blocks)
        _invert(lanes, plan.rows[i, 2], blocks)


@njit
def _substitute(lanes: Lanes, plan: NewtonPlan, work: FloatArray, blocks: FloatArray) -> None:
    """Solve for the steps, backwards, and take them."""
    width = len(lanes)
    for i in range(len(plan.rows) - 1, -1, -1):
        for entry in range(plan.rows[i, 2] + 1, plan.rows[i, 3]):
            j = plan.columns[entry]
            for lane in range(width):
                x, y = work[j, _LACK * width + lane], work[j, (_LACK + 1) * width + lane]
                work[i, _LACK * width + lane] -= blocks[entry, lane] * x + blocks[entry, width + lane] * y
                work[i, (_LACK + 1) * width + lane] -= (
                    blocks[entry, 2 * width + lane] * x + blocks[entry, 3 * width + lane] * y
                )
        entry = plan.rows[i, 2]
        for lane in range(width):
            x, y = work[i, _LACK * width + lane], work[i, (_LACK + 1) * width + lane]
            dr = blocks[entry, lane] * x + blocks[entry, width + lane] * y
            di = blocks[entry, 2 * width + lane] * x + blocks[entry, 3 * width + lane] * y
            work[i, _LACK * width + lane], work[i, (_LACK + 1) * width + lane] = dr, di
            work[i, _DELTA * width + lane] += dr
            work[i, (_DELTA + 1) * width + lane] += di


@njit
def _enter(
    lanes: Lanes,
    lane: int,
    env: int,
    plan: NewtonPlan,
    s: _ComplexArray,
    s_current: _ComplexArray | None,
    s_impedance: _ComplexArray | None,
    work: FloatArray,
) -> None:
    """Put an environment into a lane: its powers, the voltages of the start, and what they lack."""
    width = len(lanes)
    for i in range(len(plan.rows)):
        node = plan.rows[i, 0]
        work[i, _POWER * width + lane] = s[node, env].real / plan.base_mva
        work[i, (_POWER + 1) * width + lane] = s[node, env].imag / plan.base_mva
        if s_current is not None and s_impedance is not None:
            work[i, _POWER_V * width + lane] = s_current[node, env].real / plan.base_mva
            work[i, (_POWER_V + 1) * width + lane] = s_current[node, env].imag / plan.base_mva
            work[i, _POWER_V2 * width + lane] = s_impedance[node, env].real / plan.base_mva
            work[i, (_POWER_V2 + 1) * width + lane] = s_impedance[node, env].imag / plan.base_mva
        work[i, _DELTA * width + lane], work[i, (_DELTA + 1) * width + lane] = 0.0, 0.0
        work[i, _FLOW * width + lane] = plan.row_values[i, 2]
        work[i, (_FLOW + 1) * width + lane] = plan.row_values[i, 3]
        _lack(i, lane, width, plan, s_current, work)


@njit
def _leave(
    lanes: Lanes, lane: int, env: int, converged: bool, plan: NewtonPlan, work: FloatArray, v: _ComplexArray
) -> None:
    """Write an environment's voltages: the solution, or those of the start."""
    width = len(lanes)
    for i in range(len(plan.rows)):
        vr, vi = plan.row_values[i, 0], plan.row_values[i, 1]
        if converged:
            vr += work[i, _DELTA * width + lane]
            vi += work[i, (_DELTA + 1) * width + lane]
        v[plan.rows[i, 0], env] = complex(vr, vi)
    for k in range(len(plan.given_nodes)):
        v[plan.given_nodes[k], env] = plan.given_voltage[k]


@njit
def _clear(lanes: Lanes, lane: int, work: FloatArray) -> None:
    """Leave nothing in a lane that no environment waits for: numbers that are not finite slow the others down."""
    width = len(lanes)
    for i in range(len(work)):
        for plane in range(work.shape[1] // width):
            work[i, plane * width + lane] = 0.0


@njit
def _verdict(error: float, before: float, limit: float, rounding: float, iterations: int, max_iterations: int) -> int:
    if not error < np.inf:
        return _DIVERGED
    # Far from rounding a step squares the error: one that does not even halve it has come to what rounding leaves.
    if error <= limit or (error <= rounding and error > 0.25 * before):
        return _CONVERGED
    return _MAX_ITERATIONS if iterations >= max_iterations else _UNDECIDED


@njit
def iterate(
    lanes: Lanes,
    plan: NewtonPlan,
    s: _ComplexArray,
    s_current: _ComplexArray | None,
    s_impedance: _ComplexArray | None,
    output: NewtonOutput,
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
        Network and pattern.
    s, s_current, s_impedance : (n_node, n_env)
        Powers of constant power, constant current and constant impedance, positive into the grid; the last two are
        both given or both None. [MVA]
    output
        Written, every element in the columns of these environments.
    tolerance_mva
        Largest `PowerFlowResult.mismatch_mva` of a solution, unless rounding leaves more. [MVA]
    max_iterations
        Steps after which an environment is given up.
    first, stop
        Environments from `first` up to but not including `stop`.
    """
    width, n_row = len(lanes), len(plan.rows)
    work = np.zeros((n_row, (8 if s_current is None else 12) * width))
    blocks = np.zeros((len(plan.columns), 4 * width))
    error, before = np.zeros(width), np.full(width, np.inf)
    tenant = np.full(width, _EMPTY)
    iterations = np.zeros(width, np.int64)
    # sum |x| <= sqrt(n sum |x|²): the root is taken once, of the limit
    limit = (tolerance_mva / plan.base_mva) ** 2 / max(n_row, 1)
    rounding = (plan.rounding_mva / plan.base_mva) ** 2 / max(n_row, 1)
    busy = min(width, stop - first)
    for lane in range(busy):
        tenant[lane] = first + lane
        _enter(lanes, lane, first + lane, plan, s, s_current, s_impedance, work)
    waiting = first + busy
    while busy > 0:
        _factorise(lanes, plan, s_current, work, blocks)
        _substitute(lanes, plan, work, blocks)
        _evaluate(lanes, plan, s_current, work, error)
        for lane in range(width):
            env = tenant[lane]
            if env == _EMPTY:
                continue
            iterations[lane] += 1
            verdict = _verdict(error[lane], before[lane], limit, rounding, iterations[lane], max_iterations)
            before[lane] = error[lane]
            if verdict == _UNDECIDED:
                continue
            _leave(lanes, lane, env, verdict == _CONVERGED, plan, work, output.v)
            output.status[env] = verdict
            output.iterations[env] = iterations[lane]
            output.mismatch_mva[env] = np.sqrt(error[lane] * n_row) * plan.base_mva
            iterations[lane], before[lane] = 0, np.inf
            if waiting < stop:
                tenant[lane] = waiting
                _enter(lanes, lane, waiting, plan, s, s_current, s_impedance, work)
                waiting += 1
            else:
                _clear(lanes, lane, work)
                tenant[lane] = _EMPTY
                busy -= 1

"""Compiled iteration of the fixed point V <- V0 + Y⁻¹ I(V), a block of environments at a time.

Every environment travels in a *lane* of the block: it enters with no load, iterates until its own error is small, and
leaves its lane to the next one waiting. Lanes never touch each other, so an environment's result has the same bits
alone and in any batch. `docs/physics/power_flow.md` derives the equations.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from heron.types import FloatArray
from powergrid.powerflow.fixed_point_plan import Output, Plan, VariedPlan
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
# Planes of the tap changers' work array: deviation of the ratio, inverse ratio, voltage in series behind the ideal
# transformer, current that it takes more than it passes on, voltages at the tapped and the other end; one lane each:
# change of the voltage in series, and power by which the network was off.
_RATIO, _INVERSE, _SERIES, _MORE, _TAPPED, _OTHER, _STEP, _OFF, _TAP_PLANES = 0, 2, 4, 6, 8, 10, 12, 13, 14

_CONVERGED = int(PowerFlowStatus.CONVERGED)
_MAX_ITERATIONS = int(PowerFlowStatus.MAX_ITERATIONS)
_DIVERGED = int(PowerFlowStatus.DIVERGED)
_UNDECIDED = -1
_EMPTY = -1


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
    taps: VariedPlan | None,
    tap_work: FloatArray,
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
    if taps is not None:
        _enter_taps(lanes, lane, env, plan, s_current, taps, tap_work, work)


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
    for k in range(len(plan.given_nodes)):
        v[plan.given_nodes[k], env] = plan.given_voltage[k]


@njit
def _read_end(
    some: Lanes,
    first: int,
    lanes: Lanes,
    k: int,
    end: int,
    plan: Plan,
    taps: VariedPlan,
    tap_work: FloatArray,
    work: FloatArray,
) -> None:
    """Voltage at the tapped end (0) or the other one (1) of a branch, into its planes."""
    width = len(lanes)
    to, i, stand_in = _TAPPED + 2 * end, taps.rows[k, end], taps.rows[k, 2 + end]
    if stand_in == k:
        return
    if stand_in >= 0:
        for lane in range(first, first + len(some)):
            tap_work[k, to * width + lane] = tap_work[stand_in, _TAPPED * width + lane]
            tap_work[k, (to + 1) * width + lane] = tap_work[stand_in, (_TAPPED + 1) * width + lane]
    elif i >= 0:
        vr, vi = plan.row_values[i, 0], plan.row_values[i, 1]
        for lane in range(first, first + len(some)):
            tap_work[k, to * width + lane] = vr + work[i, _DELTA * width + lane]
            tap_work[k, (to + 1) * width + lane] = vi + work[i, (_DELTA + 1) * width + lane]
    else:
        vr, vi = taps.given[k, 2 * end], taps.given[k, 2 * end + 1]
        for lane in range(first, first + len(some)):
            tap_work[k, to * width + lane], tap_work[k, (to + 1) * width + lane] = vr, vi


@njit
def _divide_by_ratio(
    some: Lanes,
    first: int,
    lanes: Lanes,
    k: int,
    plan: Plan,
    mixed: _ComplexArray | None,
    taps: VariedPlan,
    tap_work: FloatArray,
    work: FloatArray,
) -> None:
    """Voltage at a tapped node for which the inner voltage stands, and what is injected there at that voltage."""
    width = len(lanes)
    i = taps.rows[k, 0]
    nr, ni = plan.row_values[i, 0], plan.row_values[i, 1]
    for lane in range(first, first + len(some)):
        moved = (tap_work[k, lane] != 0.0) | (tap_work[k, width + lane] != 0.0)
        ur, ui = nr + work[i, lane], ni + work[i, width + lane]
        vr, vi = _times(ur, ui, tap_work[k, _INVERSE * width + lane], tap_work[k, (_INVERSE + 1) * width + lane])
        v2 = vr * vr + vi * vi
        pr, pi = work[i, _POWER * width + lane], work[i, (_POWER + 1) * width + lane]
        size2 = pr * pr + pi * pi
        if mixed is not None:
            pr, pi, size2 = _mixed_power(work, i, lane, width, v2)
        cr, ci = _injected_current(vr, vi, v2, pr, pi)
        br, bi = work[i, _CURRENT * width + lane], work[i, (_CURRENT + 1) * width + lane]
        work[i, _CURRENT * width + lane] = cr if moved else br
        work[i, (_CURRENT + 1) * width + lane] = ci if moved else bi
        mr, mi = vr - tap_work[k, _TAPPED * width + lane], vi - tap_work[k, (_TAPPED + 1) * width + lane]
        tap_work[k, _TAPPED * width + lane], tap_work[k, (_TAPPED + 1) * width + lane] = vr, vi
        tap_work[k, _OFF * width + lane] = np.sqrt((mr * mr + mi * mi) * size2 * (1.0 / v2)) if moved else 0.0


@njit
def _renew_series(some: Lanes, first: int, lanes: Lanes, k: int, taps: VariedPlan, tap_work: FloatArray) -> None:
    """Voltage in series and current in parallel that follow from the voltages at both ends."""
    width = len(lanes)
    ar, ai, br, bi = taps.admittances[k]
    stands_in, is_free = taps.rows[k, 2] == k, taps.rows[k, 0] >= 0
    for lane in range(first, first + len(some)):
        dr, di = tap_work[k, lane], tap_work[k, width + lane]
        tr, ti = tap_work[k, _TAPPED * width + lane], tap_work[k, (_TAPPED + 1) * width + lane]
        er, ei = tap_work[k, _SERIES * width + lane], tap_work[k, (_SERIES + 1) * width + lane]
        jr, ji = tap_work[k, _MORE * width + lane], tap_work[k, (_MORE + 1) * width + lane]
        next_er, next_ei = _times(dr, di, tr, ti)
        mr, mi = next_er - er, next_ei - ei
        # Behind the ideal transformer: what the solution has there, with the voltage that was injected before.
        wr, wi = (tr + next_er, ti + next_ei) if stands_in else (tr + er, ti + ei)
        xr, xi = _times(ar, ai, wr, wi)
        yr, yi = _times(br, bi, tap_work[k, _OTHER * width + lane], tap_work[k, (_OTHER + 1) * width + lane])
        next_jr, next_ji = _times(dr, -di, xr + yr, xi + yi)
        step = np.sqrt(mr * mr + mi * mi)
        more = np.sqrt((next_jr - jr) * (next_jr - jr) + (next_ji - ji) * (next_ji - ji))
        if not stands_in:
            more += np.sqrt((dr * dr + di * di) * (ar * ar + ai * ai)) * step
            tap_work[k, _OFF * width + lane] = 0.0
        tap_work[k, _SERIES * width + lane], tap_work[k, (_SERIES + 1) * width + lane] = next_er, next_ei
        tap_work[k, _MORE * width + lane], tap_work[k, (_MORE + 1) * width + lane] = next_jr, next_ji
        tap_work[k, _STEP * width + lane] = step
        if is_free:
            tap_work[k, _OFF * width + lane] += more * np.sqrt(tr * tr + ti * ti)


@njit
def _inject_series(
    some: Lanes, first: int, lanes: Lanes, k: int, plan: Plan, taps: VariedPlan, tap_work: FloatArray, work: FloatArray
) -> None:
    """Currents that make up for a tap, and the power by which those before were off."""
    width = len(lanes)
    i = taps.rows[k, 0]
    if i >= 0:
        for lane in range(first, first + len(some)):
            moved = (tap_work[k, lane] != 0.0) | (tap_work[k, width + lane] != 0.0)
            # Adding -0.0 changes nothing, not even a zero's sign: at the position compiled every bit stays.
            work[i, _CURRENT * width + lane] += -tap_work[k, _MORE * width + lane] if moved else -0.0
            work[i, (_CURRENT + 1) * width + lane] += -tap_work[k, (_MORE + 1) * width + lane] if moved else -0.0
    for entry in range(taps.starts[k], taps.starts[k + 1]):
        m, stand_in = taps.entries[entry]
        cr, ci, size = taps.values[entry]
        for lane in range(first, first + len(some)):
            moved = (tap_work[k, lane] != 0.0) | (tap_work[k, width + lane] != 0.0)
            xr, xi = _times(cr, ci, tap_work[k, _SERIES * width + lane], tap_work[k, (_SERIES + 1) * width + lane])
            work[m, _CURRENT * width + lane] += xr if moved else -0.0
            work[m, (_CURRENT + 1) * width + lane] += xi if moved else -0.0
        nr, ni = plan.row_values[m, 0], plan.row_values[m, 1]
        for lane in range(first, first + len(some)):
            vr, vi = nr + work[m, lane], ni + work[m, width + lane]
            if stand_in >= 0:
                vr, vi = tap_work[stand_in, _TAPPED * width + lane], tap_work[stand_in, (_TAPPED + 1) * width + lane]
            tap_work[k, _OFF * width + lane] += size * tap_work[k, _STEP * width + lane] * np.sqrt(vr * vr + vi * vi)


@njit
def _compensate(
    some: Lanes,
    first: int,
    lanes: Lanes,
    plan: Plan,
    mixed: _ComplexArray | None,
    taps: VariedPlan,
    tap_work: FloatArray,
    work: FloatArray,
) -> None:
    """Inject what makes up for the taps at the present voltages."""
    for k in range(len(taps.rows)):
        if taps.rows[k, 2] == k:
            _divide_by_ratio(some, first, lanes, k, plan, mixed, taps, tap_work, work)
    for k in range(len(taps.rows)):
        _read_end(some, first, lanes, k, 0, plan, taps, tap_work, work)
        _read_end(some, first, lanes, k, 1, plan, taps, tap_work, work)
        _renew_series(some, first, lanes, k, taps, tap_work)
        _inject_series(some, first, lanes, k, plan, taps, tap_work, work)


@njit
def _add_tap_errors(lanes: Lanes, n_row: int, tap_work: FloatArray, error: FloatArray) -> None:
    """Add to each error the power by which the compensating currents were off."""
    width = len(lanes)
    for lane in range(width):
        off = 0.0
        for k in range(len(tap_work)):
            off += tap_work[k, _OFF * width + lane]
        if off != 0.0:
            # the error's root times that of n bounds the sum over nodes, and so it does afterwards
            sum_pu = np.sqrt(error[lane] * n_row) + off
            square = sum_pu * sum_pu / max(n_row, 1)
            error[lane] = square if square < np.inf else np.inf


@njit
def _enter_taps(
    lanes: Lanes,
    lane: int,
    env: int,
    plan: Plan,
    mixed: _ComplexArray | None,
    taps: VariedPlan,
    tap_work: FloatArray,
    work: FloatArray,
) -> None:
    """Put an environment's taps into a lane, and inject what makes up for them without load."""
    width = len(lanes)
    for k in range(len(taps.rows)):
        for plane in range(_TAP_PLANES):
            tap_work[k, plane * width + lane] = 0.0
        dr, di = taps.deviation[k, env].real, taps.deviation[k, env].imag
        weight = 1.0 / ((1.0 + dr) * (1.0 + dr) + di * di)
        tap_work[k, lane], tap_work[k, width + lane] = dr, di
        tap_work[k, _INVERSE * width + lane] = (1.0 + dr) * weight
        tap_work[k, (_INVERSE + 1) * width + lane] = -di * weight
    _compensate(SINGLE, lane, lanes, plan, mixed, taps, tap_work, work)


@njit
def _leave_taps(
    lanes: Lanes, lane: int, env: int, plan: Plan, taps: VariedPlan, tap_work: FloatArray, v: _ComplexArray
) -> None:
    """Write the voltages of a solution at the tapped nodes for which the inner voltage stood."""
    width = len(lanes)
    for k in range(len(taps.rows)):
        if taps.rows[k, 2] == k:
            vr, vi = tap_work[k, _TAPPED * width + lane], tap_work[k, (_TAPPED + 1) * width + lane]
            v[plan.rows[taps.rows[k, 0], 0], env] = complex(vr, vi)


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
    taps: VariedPlan | None,
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
    taps
        Tap changers of the plan's network, and the order of environments; None where all are as compiled.
    output
        Written, every element in the columns of these environments.
    tolerance_mva
        Largest `PowerFlowResult.mismatch_mva` of a solution. [MVA]
    max_iterations
        Linear solves after which an environment is given up.
    first, stop
        Environments, or places in the order of `taps`, from `first` up to but not including `stop`.
    """
    width, n_row = len(lanes), len(plan.rows)
    work = np.zeros((n_row, (6 if s_current is None else 10) * width))
    tap_work = work if taps is None else np.zeros((len(taps.rows), _TAP_PLANES * width))
    error = np.zeros(width)
    tenant = np.full(width, _EMPTY)
    iterations = np.zeros(width, np.int64)
    # sum |x| <= sqrt(n sum |x|²): the root is taken once, of the limit
    limit = (tolerance_mva / plan.base_mva) ** 2 / max(n_row, 1)
    busy = min(width, stop - first)
    for lane in range(busy):
        tenant[lane] = first + lane if taps is None else taps.order[first + lane]
        _enter(lanes, lane, tenant[lane], plan, s, s_current, s_impedance, taps, tap_work, work)
    waiting = first + busy
    while busy > 0:
        _forward(lanes, plan, work)
        _backward(lanes, plan, s_current, work, error)
        if taps is not None:
            _compensate(lanes, 0, lanes, plan, s_current, taps, tap_work, work)
            _add_tap_errors(lanes, n_row, tap_work, error)
        for lane in range(width):
            env = tenant[lane]
            if env == _EMPTY:
                continue
            iterations[lane] += 1
            verdict = _verdict(error[lane], limit, iterations[lane], max_iterations)
            if verdict == _UNDECIDED:
                continue
            _leave(lanes, lane, env, verdict == _CONVERGED, plan, work, output.v)
            if taps is not None and verdict == _CONVERGED:
                _leave_taps(lanes, lane, env, plan, taps, tap_work, output.v)
            output.status[env] = verdict
            output.iterations[env] = iterations[lane]
            output.mismatch_mva[env] = np.sqrt(error[lane] * n_row) * plan.base_mva
            iterations[lane] = 0
            if waiting < stop:
                tenant[lane] = waiting if taps is None else taps.order[waiting]
                _enter(lanes, lane, tenant[lane], plan, s, s_current, s_impedance, taps, tap_work, work)
                waiting += 1
            else:
                _clear(lanes, lane, work)
                if taps is not None:
                    _clear(lanes, lane, tap_work)
                tenant[lane] = _EMPTY
                busy -= 1

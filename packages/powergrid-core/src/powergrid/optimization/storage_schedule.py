"""The best schedule of a battery when prices are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, hstack, identity, vstack

from heron.types import FloatArray
from powergrid.errors import PowerGridError


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageLimits:
    """Nameplate of a battery, as the schedule needs it.

    Parameters
    ----------
    charge_max_mw, discharge_max_mw
        Greatest powers at the terminals, both positive. [MW]
    energy_min_mwh, energy_max_mwh, energy_start_mwh
        Window of stored energy, and what is stored at the start. [MWh]
    eta_charge, eta_discharge
        One-way efficiencies. [1]
    degradation_usd_per_mwh
        Wear per change of stored energy. [USD/MWh]
    """

    charge_max_mw: float
    discharge_max_mw: float
    energy_min_mwh: float
    energy_max_mwh: float
    energy_start_mwh: float
    eta_charge: float
    eta_discharge: float
    degradation_usd_per_mwh: float


def storage_schedule(
    price_usd_per_mwh: FloatArray, limits: StorageLimits, *, step_h: float, settle: bool
) -> FloatArray:
    """Power of one battery that earns most at known prices, as a price taker without a network.

    A mixed-integer program: charge and discharge in each interval, and a binary that forbids both at
    once where the price is negative (there, burning energy by doing both would pay).

    Parameters
    ----------
    price_usd_per_mwh : (n_step,)
        Price of each interval. [USD/MWh]
    limits
        The battery.
    step_h
        Length of an interval. [h]
    settle
        Value the change of stored energy over the schedule at the mean price, times the efficiency it
        takes to turn it into energy at the terminals; otherwise the end is worth nothing.

    Returns
    -------
    (n_step,)
        Positive when discharging into the grid. [MW]

    Raises
    ------
    PowerGridError
        If the program has no solution.
    """
    n = len(price_usd_per_mwh)
    negative = np.flatnonzero(price_usd_per_mwh < 0.0)
    wear = limits.degradation_usd_per_mwh
    cost_charge = (price_usd_per_mwh + wear * limits.eta_charge) * step_h
    cost_discharge = (-price_usd_per_mwh + wear / limits.eta_discharge) * step_h
    # Stored energy at the end above and below the start, worth different amounts at the terminals.
    mean = float(np.mean(price_usd_per_mwh)) if settle else 0.0
    surplus, deficit = -mean * limits.eta_discharge, mean / limits.eta_charge
    objective = np.concatenate([cost_charge, cost_discharge, [surplus, deficit], np.zeros(len(negative) + 1)])
    constraints = _constraints(n, negative, limits, step_h)
    upper = np.concatenate(
        [
            np.full(n, limits.charge_max_mw),
            np.full(n, limits.discharge_max_mw),
            [limits.energy_max_mwh, limits.energy_max_mwh],
            np.ones(len(negative) + 1),
        ]
    )
    binary = np.concatenate([np.zeros(2 * n + 2), np.ones(len(negative) + 1)])
    solution = milp(objective, constraints=constraints, bounds=Bounds(0.0, upper), integrality=binary)
    if solution.x is None:
        raise PowerGridError(f"No schedule for a battery of {limits.energy_max_mwh} MWh: {solution.message}")
    power: FloatArray = solution.x[n : 2 * n] - solution.x[:n]
    return power


def _constraints(n: int, negative: np.ndarray, limits: StorageLimits, step_h: float) -> list[LinearConstraint]:  # type: ignore[type-arg]
    width = 2 * n + 2 + len(negative) + 1
    lower_triangle = csr_matrix(np.tril(np.ones((n, n))))
    stored = hstack(
        [
            lower_triangle * (limits.eta_charge * step_h),
            lower_triangle * (-step_h / limits.eta_discharge),
            csr_matrix((n, width - 2 * n)),
        ]
    ).tocsr()
    window = LinearConstraint(
        stored,
        limits.energy_min_mwh - limits.energy_start_mwh,
        limits.energy_max_mwh - limits.energy_start_mwh,
    )
    # change = surplus - deficit; the last binary keeps one of them at zero, which a negative mean price would not.
    ends = np.zeros((3, width))
    ends[0] = stored[n - 1].toarray()[0]
    ends[0, 2 * n], ends[0, 2 * n + 1] = -1.0, 1.0
    room = limits.energy_max_mwh
    ends[1, 2 * n], ends[1, -1] = 1.0, -room
    ends[2, 2 * n + 1], ends[2, -1] = 1.0, room
    balance = LinearConstraint(ends, [0.0, -np.inf, -np.inf], [0.0, 0.0, room])
    if not len(negative):
        return [window, balance]
    return [window, balance, _exclusive(n, negative, limits, width)]


def _exclusive(n: int, negative: np.ndarray, limits: StorageLimits, width: int) -> LinearConstraint:  # type: ignore[type-arg]
    one = identity(n, format="csr")[negative]
    rest = csr_matrix((len(negative), 2))
    binary = identity(len(negative), format="csr")
    last = csr_matrix((len(negative), 1))
    nothing = csr_matrix((len(negative), n))
    charging = hstack([one, nothing, rest, -limits.charge_max_mw * binary, last])
    discharging = hstack([nothing, one, rest, limits.discharge_max_mw * binary, last])
    upper = np.concatenate([np.zeros(len(negative)), np.full(len(negative), limits.discharge_max_mw)])
    matrix = vstack([charging, discharging]).tocsr()
    assert matrix.shape[1] == width
    return LinearConstraint(matrix, -np.inf, upper)

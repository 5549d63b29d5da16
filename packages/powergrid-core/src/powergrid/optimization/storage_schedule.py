"""The best schedule of a battery when prices are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

from heron.types import FloatArray, IndexArray
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

    A linear program of charge and discharge in each interval. At negative prices doing both at once, or having less
    stored at the end while being paid for more, would pay; binaries forbid it there, and nowhere else are they needed.

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

    Source
    ------
    docs/rl/baselines.md, "The bound".
    """
    program = _Program.of(np.asarray(price_usd_per_mwh, dtype=np.float64), limits, step_h=step_h, settle=settle)
    solution = program.solve()
    n = len(price_usd_per_mwh)
    power: FloatArray = solution[n : 2 * n] - solution[:n]
    return power


def schedule_cost_usd(
    p_mw: FloatArray, price_usd_per_mwh: FloatArray, limits: StorageLimits, *, step_h: float, settle: bool
) -> float:
    """Cost of a battery's schedule: energy bought less energy sold, wear, and the settlement of what it ends with.

    Parameters
    ----------
    p_mw, price_usd_per_mwh : (n_step,)
        Power, positive when discharging [MW], and price [USD/MWh].
    limits
        The battery.
    step_h
        Length of an interval. [h]
    settle
        As in `storage_schedule`.

    Returns
    -------
    float
        Negative when it earns. [USD]
    """
    change_mwh = np.where(p_mw > 0.0, -p_mw / limits.eta_discharge, -p_mw * limits.eta_charge) * step_h
    wear_usd = limits.degradation_usd_per_mwh * float(np.abs(change_mwh).sum())
    total_mwh = float(change_mwh.sum())
    worth_mwh = total_mwh * limits.eta_discharge if total_mwh > 0.0 else total_mwh / limits.eta_charge
    settled_usd = worth_mwh * float(np.mean(price_usd_per_mwh)) if settle else 0.0
    return wear_usd - float((price_usd_per_mwh * p_mw).sum()) * step_h - settled_usd


@dataclass(frozen=True, slots=True, kw_only=True)
class _Program:
    """Columns: charge (n), discharge (n), surplus and deficit at the end, then binaries.

    Binaries: one per interval of negative price, 1 for charging, and one for the end where the mean price is negative,
    1 for a surplus.
    """

    objective: FloatArray
    upper: FloatArray
    window: csr_matrix
    window_low_mwh: float
    window_high_mwh: float
    end: csr_matrix
    exclusions: csr_matrix
    exclusion_limits: FloatArray
    n_binary: int
    name: str

    @classmethod
    def of(cls, price: FloatArray, limits: StorageLimits, *, step_h: float, settle: bool) -> _Program:
        n = len(price)
        mean = float(np.mean(price)) if settle else 0.0
        negative = np.flatnonzero(price < 0.0)
        n_binary = len(negative) + (mean < 0.0)
        wear = limits.degradation_usd_per_mwh
        objective = np.concatenate(
            [
                (price + wear * limits.eta_charge) * step_h,
                (-price + wear / limits.eta_discharge) * step_h,
                # stored energy above and below the start is worth different amounts at the terminals
                [-mean * limits.eta_discharge, mean / limits.eta_charge],
                np.zeros(n_binary),
            ]
        )
        powers = [np.full(n, limits.charge_max_mw), np.full(n, limits.discharge_max_mw)]
        upper = np.concatenate([*powers, np.full(2, limits.energy_max_mwh), np.ones(n_binary)])
        window = _stored(n, limits, step_h, width=len(objective))
        exclusions, exclusion_limits = _exclusions(negative, limits, n=n, width=len(objective))
        return cls(
            objective=objective,
            upper=upper,
            window=window,
            window_low_mwh=limits.energy_min_mwh - limits.energy_start_mwh,
            window_high_mwh=limits.energy_max_mwh - limits.energy_start_mwh,
            end=_end(window, n),
            exclusions=exclusions,
            exclusion_limits=exclusion_limits,
            n_binary=n_binary,
            name=f"a battery of {limits.energy_max_mwh:g} MWh",
        )

    def solve(self) -> FloatArray:
        constraints = [
            LinearConstraint(self.window, self.window_low_mwh, self.window_high_mwh),
            LinearConstraint(self.end, 0.0, 0.0),
        ]
        if self.n_binary:
            constraints.append(LinearConstraint(self.exclusions, -np.inf, self.exclusion_limits))
        integrality = np.concatenate([np.zeros(len(self.upper) - self.n_binary), np.ones(self.n_binary)])
        solved = milp(self.objective, constraints=constraints, bounds=Bounds(0.0, self.upper), integrality=integrality)
        if solved.x is None:
            raise PowerGridError(f"No schedule for {self.name}: {solved.message}")
        solution: FloatArray = solved.x
        return solution


def _stored(n: int, limits: StorageLimits, step_h: float, *, width: int) -> csr_matrix:
    """Change of stored energy up to the end of each interval."""
    triangle = np.tril(np.ones((n, n)))
    rows = np.zeros((n, width))
    rows[:, :n] = triangle * (limits.eta_charge * step_h)
    rows[:, n : 2 * n] = -triangle * (step_h / limits.eta_discharge)
    return csr_matrix(rows)


def _end(window: csr_matrix, n: int) -> csr_matrix:
    """Change at the end = surplus - deficit."""
    row = window[n - 1].toarray()
    row[0, 2 * n : 2 * n + 2] = (-1.0, 1.0)
    return csr_matrix(row)


def _exclusions(negative: IndexArray, limits: StorageLimits, *, n: int, width: int) -> tuple[csr_matrix, FloatArray]:
    """Not both charging and discharging, not both surplus and deficit."""
    pairs = [(int(i), int(n + i), limits.charge_max_mw, limits.discharge_max_mw) for i in negative]
    first = 2 * n + 2
    if width - first > len(negative):
        pairs.append((2 * n, 2 * n + 1, limits.energy_max_mwh, limits.energy_max_mwh))
    rows = np.zeros((2 * len(pairs), width))
    upper = np.zeros(2 * len(pairs))
    for place, (one, other, one_max, other_max) in enumerate(pairs):
        rows[2 * place, one], rows[2 * place, first + place] = 1.0, -one_max
        rows[2 * place + 1, other], rows[2 * place + 1, first + place] = 1.0, other_max
        upper[2 * place + 1] = other_max
    return csr_matrix(rows), upper

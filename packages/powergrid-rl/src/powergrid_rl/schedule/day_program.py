"""The linear program of one day: the best change of a schedule within a region where slopes are to be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix, csr_matrix

from heron.types import FloatArray, IndexArray
from powergrid_rl.schedule.entries import Entry
from powergrid_rl.schedule.probe import Reading

_TANGENTS = (-1.0, -0.5, 0.5, 1.0)
_MARGIN = 2e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTerms:
    """What the program is told of the day and of the environment.

    Parameters
    ----------
    price_usd_per_mwh : (n_step,)
        Prices. [USD/MWh]
    step_h
        Length of a step. [h]
    settle
        Whether stored energy is settled at the end.
    penalty_usd_per_pu : (n_agent,)
        Penalty of the agent's worst bus, for all its buses together. [USD/pu]
    overload_usd
        Penalty of an overload by the whole rating. [USD]
    band_pu
        Voltage limits. [pu]
    """

    price_usd_per_mwh: FloatArray
    step_h: float
    settle: bool
    penalty_usd_per_pu: FloatArray
    overload_usd: float
    band_pu: tuple[float, float]


def improved(
    actions: FloatArray, base: Reading, slopes: Reading, entries: Sequence[Entry], terms: DayTerms, *, reach: float
) -> FloatArray | None:
    """Actions that cost least by the slopes.

    Parameters
    ----------
    actions : (n_step, n_entry)
        The schedule that was probed, from -1 to 1; a battery's as it was carried out.
    base, slopes
        Readings of the day, ``(n_step, …)`` and ``(n_step, n_entry, …)``.
    entries
        What the actions mean.
    terms
        The day and the environment.
    reach
        Greatest change of an entry.

    Returns
    -------
    (n_step, n_entry) or None
        None where the program has no solution.
    """
    return _Program(actions, base, slopes, entries, terms, reach).solve()


class _Program:
    """Columns are given out block by block, rows are collected as triples."""

    def __init__(
        self,
        actions: FloatArray,
        base: Reading,
        slopes: Reading,
        entries: Sequence[Entry],
        terms: DayTerms,
        reach: float,
    ) -> None:
        self._actions, self._base, self._slopes = actions, base, slopes
        self._entries, self._terms, self._reach = entries, terms, reach
        self._n_step = len(actions)
        self._cost: list[FloatArray] = []
        self._low: list[FloatArray] = []
        self._high: list[FloatArray] = []
        self._triples: list[tuple[IndexArray, IndexArray, FloatArray]] = []
        self._row_low: list[FloatArray] = []
        self._row_high: list[FloatArray] = []
        self._n_column = self._n_row = 0

    def solve(self) -> FloatArray | None:
        self._columns = [
            self._battery(number, entry) if entry.storage is not None else self._plain(number, entry)
            for number, entry in enumerate(self._entries)
        ]
        low, high = self._terms.band_pu
        weights = self._terms.penalty_usd_per_pu
        for agent, weight in enumerate(weights):
            self._keep(self._base.vm_min_pu[:, agent], self._slopes.vm_min_pu[:, :, agent], low, weight, sign=-1.0)
            self._keep(self._base.vm_max_pu[:, agent], self._slopes.vm_max_pu[:, :, agent], high, weight, sign=1.0)
            overload = self._terms.overload_usd
            self._keep(self._base.loading[:, agent], self._slopes.loading[:, :, agent], 1.0, overload, sign=1.0)
        solved = milp(np.concatenate(self._cost), constraints=self._constraint(), bounds=self._bounds())
        return None if solved.x is None else self._read(solved.x)

    def _plain(self, number: int, entry: Entry) -> IndexArray:
        """Change of an entry; of a generator with the curvature of its fuel by tangents from below."""
        present = self._actions[:, number]
        slope = self._slopes.cost_usd[:, number]
        change = self._add(slope, np.maximum(-1.0 - present, -self._reach), np.minimum(1.0 - present, self._reach))
        square = entry.curvature * entry.half_mw**2 * self._terms.step_h
        if square > 0.0:
            excess = self._add(np.ones(self._n_step), np.zeros(self._n_step), np.full(self._n_step, np.inf))
            for tangent in _TANGENTS:
                at = tangent * self._reach
                # excess >= square (2 at change - at^2)
                self._rows([(excess, 1.0), (change, -2.0 * square * at)], low=np.full(self._n_step, -square * at**2))
        return change

    def _battery(self, number: int, entry: Entry) -> IndexArray:
        """Charging, then discharging power, never both where that would pay. [MW]"""
        limits, terms = entry.storage, self._terms
        assert limits is not None
        half_mw = max(entry.half_mw, 1e-9)
        present, reach = entry.power_mw(self._actions[:, number]), self._reach * half_mw
        paid = terms.price_usd_per_mwh < 0.0
        no_charge, no_discharge = paid & (present > 0.0), paid & (present <= 0.0)
        charge_low, discharge_low = np.maximum(-present - reach, 0.0), np.maximum(present - reach, 0.0)
        charge_high = np.clip(reach - present, charge_low, limits.charge_max_mw)
        discharge_high = np.clip(reach + present, discharge_low, limits.discharge_max_mw)
        charge_high = np.where(no_charge, charge_low, charge_high)
        discharge_high = np.where(no_discharge, discharge_low, discharge_high)
        energy = terms.price_usd_per_mwh * self._slopes.import_mw[:, number] / half_mw * terms.step_h
        wear = limits.degradation_usd_per_mwh * terms.step_h
        charge = self._add(-energy + wear * limits.eta_charge, charge_low, charge_high)
        discharge = self._add(energy + wear / limits.eta_discharge, discharge_low, discharge_high)
        stored = np.tril(np.ones((self._n_step, self._n_step))) * terms.step_h
        self._matrix(
            [(charge, stored * limits.eta_charge), (discharge, -stored / limits.eta_discharge)],
            low=np.full(self._n_step, limits.energy_min_mwh - limits.energy_start_mwh),
            high=np.full(self._n_step, limits.energy_max_mwh - limits.energy_start_mwh),
        )
        if terms.settle:
            self._settle(charge, discharge, present, entry)
        return np.concatenate([charge, discharge])

    def _settle(self, charge: IndexArray, discharge: IndexArray, present: FloatArray, entry: Entry) -> None:
        """Surplus or deficit of stored energy at the end, at the day's mean price."""
        limits, mean = entry.storage, float(self._terms.price_usd_per_mwh.mean())
        assert limits is not None
        one = np.ones(1)
        most = np.full(1, limits.energy_max_mwh)
        surplus_high = deficit_high = most
        if mean < 0.0:  # having both would pay: keep the one there is
            change = np.where(present > 0.0, -present / limits.eta_discharge, -present * limits.eta_charge).sum()
            surplus_high, deficit_high = (most, 0.0 * one) if change > 0.0 else (0.0 * one, most)
        surplus = self._add(-mean * limits.eta_discharge * one, 0.0 * one, surplus_high)
        deficit = self._add(mean / limits.eta_charge * one, 0.0 * one, deficit_high)
        hours = np.full((1, self._n_step), self._terms.step_h)
        self._matrix(
            [
                (charge, hours * limits.eta_charge),
                (discharge, -hours / limits.eta_discharge),
                (surplus, -np.ones((1, 1))),
                (deficit, np.ones((1, 1))),
            ],
            low=np.zeros(1),
            high=np.zeros(1),
        )

    def _keep(self, present: FloatArray, slopes: FloatArray, limit: float, weight: float, *, sign: float) -> None:
        """A limit that may be exceeded at a price: above with sign 1, below with sign -1."""
        n_step = self._n_step
        beyond = self._add(np.full(n_step, weight), np.zeros(n_step), np.full(n_step, np.inf))
        parts: list[tuple[IndexArray, FloatArray | float]] = [(beyond, -1.0)]
        offset = np.zeros(n_step)
        for number, entry in enumerate(self._entries):
            slope, columns = sign * slopes[:, number], self._columns[number]
            if entry.storage is None:
                parts.append((columns, slope))
            else:
                charge, discharge = columns[:n_step], columns[n_step:]
                per_mw = slope / max(entry.half_mw, 1e-9)
                parts += [(charge, -per_mw), (discharge, per_mw)]
                offset = offset + per_mw * entry.power_mw(self._actions[:, number])
        high = sign * limit - _MARGIN - sign * present + offset
        self._rows(parts, high=high)

    def _add(self, cost: FloatArray, low: FloatArray, high: FloatArray) -> IndexArray:
        self._cost.append(cost)
        self._low.append(low)
        self._high.append(high)
        columns = np.arange(self._n_column, self._n_column + len(cost), dtype=np.intp)
        self._n_column += len(cost)
        return columns

    def _rows(
        self,
        parts: Sequence[tuple[IndexArray, FloatArray | float]],
        *,
        low: FloatArray | None = None,
        high: FloatArray | None = None,
    ) -> None:
        """A row per step, each with the columns of that step."""
        rows = np.arange(self._n_row, self._n_row + self._n_step, dtype=np.intp)
        for columns, values in parts:
            self._triples.append((rows, columns, np.broadcast_to(np.asarray(values, dtype=np.float64), rows.shape)))
        self._limit(self._n_step, low, high)

    def _matrix(self, parts: Sequence[tuple[IndexArray, FloatArray]], *, low: FloatArray, high: FloatArray) -> None:
        for columns, values in parts:
            rows, chosen = np.nonzero(values)
            self._triples.append((self._n_row + rows, columns[chosen], values[rows, chosen]))
        self._limit(len(low), low, high)

    def _limit(self, count: int, low: FloatArray | None, high: FloatArray | None) -> None:
        self._row_low.append(np.full(count, -np.inf) if low is None else low)
        self._row_high.append(np.full(count, np.inf) if high is None else high)
        self._n_row += count

    def _constraint(self) -> LinearConstraint:
        rows, columns, values = (np.concatenate(part) for part in zip(*self._triples, strict=True))
        matrix = csr_matrix(coo_matrix((values, (rows, columns)), shape=(self._n_row, self._n_column)))
        return LinearConstraint(matrix, np.concatenate(self._row_low), np.concatenate(self._row_high))

    def _bounds(self) -> Bounds:
        return Bounds(np.concatenate(self._low), np.concatenate(self._high))

    def _read(self, solution: FloatArray) -> FloatArray:
        found = self._actions.copy()
        for number, entry in enumerate(self._entries):
            values = solution[self._columns[number]]
            if entry.storage is None:
                found[:, number] = self._actions[:, number] + values
            else:
                found[:, number] = entry.action(values[self._n_step :] - values[: self._n_step])
        clipped: FloatArray = np.clip(found, -1.0, 1.0)
        return clipped

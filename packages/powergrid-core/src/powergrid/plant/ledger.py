"""The ledger: what each interval cost, and which limits it violated."""

from __future__ import annotations

import numpy as np

from heron.core.quantity import Quantity
from heron.core.table import StateTable, TableBuilder
from heron.core.visibility import Visibility
from heron.types import BoolArray, FloatArray
from powergrid.plant.economics import book_areas, book_devices, settlement_usd
from powergrid.plant.fleet import Fleet
from powergrid.plant.grid import Grid
from powergrid.plant.safety import TERMS, UNITS

_NOBODY: frozenset[Visibility] = frozenset()
_ENTRIES = ("cost", "safety")


class Ledger:
    """Books cost and violations of areas and devices into their agents' accounts.

    An area pays for its devices and for the energy it takes from the network. A device's own account holds its cost
    less what the energy it feeds in is worth, so that it is what the device can influence; it is not part of the
    area's a second time.

    Parameters
    ----------
    fleet, grid
        What the books are kept of.
    settle_storage
        Pay for the change of stored energy at the end of an episode, at the episode's mean price.

    Attributes
    ----------
    terms : (n_term, n_area, n_env)
        Violations of the last interval, in the order of `TERMS`. [pu for voltages, else 1]
    """

    terms: FloatArray

    def __init__(self, fleet: Fleet, grid: Grid, *, settle_storage: bool) -> None:
        self._fleet, self._grid, self._settle_storage = fleet, grid, settle_storage
        self._areas = grid.areas.areas
        self._weights = np.array([grid.limits.weights.get(term, 0.0) for term in TERMS])

    def declare(self, builder: TableBuilder) -> None:
        """Add a row per area and kind of violation; no agent sees them, logs and plots do."""
        names = [area.name for area in self._areas]
        for term in TERMS:
            quantity = Quantity(name=term, unit=UNITS[term], low=0.0, visibility=_NOBODY)
            rows = builder.add_block(names, quantity, feature="safety")
        self._term_rows = slice(rows.stop - len(TERMS) * len(names), rows.stop)

    def connect(self, table: StateTable) -> None:
        """Take views of the table and find the accounts."""
        self._table = table
        n_area, n_env = len(self._areas), table.n_env
        self.terms = table.block(self._term_rows).reshape(len(TERMS), n_area, n_env)
        names = [area.name for area in self._areas]
        accounted = [f"{name}.account.cost" in table for name in names]
        self._accounted = slice(None) if all(accounted) else np.flatnonzero(accounted)
        accounts = [f"{name}.account" for name, known in zip(names, accounted, strict=True) if known]
        devices = [f"{name}.account" for name in self._fleet.names]
        self._rows = table.rows(f"{one}.{entry}" for who in (accounts, devices) for entry in _ENTRIES for one in who)
        self._booked = np.zeros((2, n_area, n_env))
        self._booked_devices = np.zeros((len(devices), n_env))
        self._price_time = np.zeros(n_env)
        self._hours = np.zeros(n_env)

    def begin(self, envs: slice | np.ndarray[tuple[int], np.dtype[np.intp]]) -> None:
        """Empty the books of episodes that begin."""
        self._price_time[envs] = 0.0
        self._hours[envs] = 0.0

    def pass_interval(self, price_usd_per_mwh: FloatArray, *, step_h: float) -> None:
        """Note the price of an interval, ``(n_env,)`` [USD/MWh], and its length [h]."""
        self._price_time += price_usd_per_mwh * step_h
        self._hours += step_h

    def book(self, price_usd_per_mwh: FloatArray, final: BoolArray, *, step_h: float) -> None:
        """Write cost [USD] and safety [1] of an interval into the accounts.

        Parameters
        ----------
        price_usd_per_mwh : (n_env,)
            Price of the interval. [USD/MWh]
        final : (n_env,)
            Where the episode ends with it.
        step_h
            Its length. [h]
        """
        fleet, grid = self._fleet, self._grid
        own_usd, own_violation = fleet.accounts()
        book_areas(
            fleet.areas,
            own_usd,
            own_violation,
            grid.import_mw,
            price_usd_per_mwh,
            step_h,
            grid.failed(),
            grid.limits.power_flow_failure,
            grid.violations(),
            self._weights,
            self.terms,
            self._booked,
        )
        book_devices(own_usd, fleet.power_mw(), price_usd_per_mwh, step_h, self._booked_devices)
        cost_usd, safety = self._booked
        if self._settle_storage and bool(final.any()):
            energy_mwh = fleet.settlement_mwh(len(self._areas))
            worth_usd = settlement_usd(energy_mwh, self._price_time, hours=self._hours)
            cost_usd = np.where(final, cost_usd - worth_usd, cost_usd)
        accounts = (cost_usd[self._accounted], safety[self._accounted], self._booked_devices, own_violation)
        self._table.values[self._rows] = np.concatenate(accounts)

    def save_state(self) -> dict[str, FloatArray]:
        """What is not in the table."""
        return {"price_time": self._price_time.copy(), "hours": self._hours.copy()}

    def restore_state(self, state: dict[str, FloatArray]) -> None:
        """Take back what `save_state` gave."""
        self._price_time[...] = state["price_time"]
        self._hours[...] = state["hours"]

"""The plant of a power system: devices, wires, weather, load and market."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from heron.core.quantity import Quantity
from heron.core.random import SeedTree
from heron.core.table import StateTable, TableBuilder
from heron.core.visibility import Visibility
from heron.plant.interface import Plant, SetpointBlock
from heron.types import BoolArray, FloatArray, IndexArray
from powergrid.plant.economics import energy_cost_usd, settlement_usd
from powergrid.plant.exogenous import LOAD, NANOSECONDS, Exogenous, SeriesRow
from powergrid.plant.fleet import Fleet
from powergrid.plant.grid import Grid
from powergrid.plant.placement import Placement
from powergrid.plant.safety import TERMS, UNITS

_NOBODY: frozenset[Visibility] = frozenset()
_PUBLIC = frozenset({Visibility.PUBLIC})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantOptions:
    """How the plant keeps its books.

    Parameters
    ----------
    settle_storage
        Pay for the change of stored energy at the end of an episode, at the episode's mean price.
    public_loads
        Areas whose load everyone may see, such as the feeder's.
    """

    settle_storage: bool = False
    public_loads: tuple[str, ...] = field(default=())


class GridPlant(Plant):
    """Devices on a network, in ``n_env`` environments.

    Parameters
    ----------
    fleet
        All devices.
    placements
        The same devices, with their places.
    grid
        The network.
    exogenous
        Price, load, sun, wind and the clock.
    options
        How the plant keeps its books.
    """

    def __init__(
        self,
        fleet: Fleet,
        placements: Sequence[Placement],
        grid: Grid,
        exogenous: Exogenous,
        options: PlantOptions,
    ) -> None:
        self.fleet, self.grid, self.exogenous, self.options = fleet, grid, exogenous, options
        self._placements = list(placements)
        self._areas = grid.areas.areas

    def declare(self, builder: TableBuilder) -> None:
        """Add the rows of devices, network, series and violations."""
        self.fleet.declare(builder)
        existing = self._follow_devices()
        self._load_rows = self._declare_loads(builder)
        for area, row in zip(self._areas, self._load_rows, strict=True):
            if area.load_column is not None:
                existing[f"{area.name}.exogenous.{LOAD.name}"] = row
                self.exogenous.follow(
                    SeriesRow(
                        thing=area.name,
                        quantity=self._load_quantity(area.name),
                        column=area.load_column,
                        owner=area.name,
                        parent=area.parent,
                    )
                )
        self.exogenous.declare(builder, existing)
        self.grid.declare(builder)
        names = [area.name for area in self._areas]
        self._term_rows = {
            term: builder.add_block(
                names, Quantity(name=term, unit=UNITS[term], low=0.0, visibility=_NOBODY), feature="safety"
            )
            for term in TERMS
        }

    def connect(self, table: StateTable) -> None:
        """Take views of the table."""
        self.table = table
        self.fleet.connect(table)
        self.exogenous.connect(table)
        self.grid.connect(table)
        self._terms = {term: table.block(rows) for term, rows in self._term_rows.items()}
        for area, row in zip(self._areas, self._load_rows, strict=True):
            table.own([row], agent_id=area.name, parent_id=area.parent)
        self._load_scale = table.block(slice(self._load_rows[0], self._load_rows[-1] + 1))
        self._elapsed_ns = np.zeros(table.n_env, dtype=np.int64)
        self._n_interval = np.zeros(table.n_env)
        self._price_sum = np.zeros(table.n_env)
        self._step_h = 0.0
        self._find_accounts(table)

    @property
    def setpoints(self) -> Mapping[str, SetpointBlock]:
        """Setpoints by device agent."""
        return self.fleet.setpoints

    @property
    def limited(self) -> Mapping[str, BoolArray]:
        """Where setpoints could not be followed."""
        return self.fleet.limited()

    def reset(self, envs: IndexArray, trees: Sequence[SeedTree], options: Mapping[str, Any]) -> None:
        """Begin episodes: choose days, empty the books and solve the network with every device at rest."""
        self._elapsed_ns[envs] = 0
        self._n_interval[envs] = 0.0
        self._price_sum[envs] = 0.0
        self.exogenous.reset(envs, trees, options)
        self.fleet.reset(envs)
        self.exogenous.write(self._elapsed_ns, envs)
        p_mw, q_mvar = self.grid.begin()
        self.fleet.inject(p_mw, q_mvar)
        self.grid.solve(self._load_scale, envs)

    def write_exogenous(self, envs: IndexArray | None = None) -> None:
        """Write the values of the interval that starts now."""
        self.exogenous.write(self._elapsed_ns, envs)

    def advance(self, step_ns: int) -> None:
        """Advance devices, then solve the network for their mean power. [ns]"""
        self._step_h = step_ns / (3600.0 * NANOSECONDS)
        self.fleet.advance(self._step_h)
        p_mw, q_mvar = self.grid.begin()
        self.fleet.inject(p_mw, q_mvar)
        self.grid.solve(self._load_scale)
        self._price = self.table.values[self.exogenous.price_row].copy()
        self._price_sum += self._price
        self._n_interval += 1.0
        self._elapsed_ns += step_ns

    def settle(self, final: BoolArray) -> None:
        """Write cost [USD] and safety [1] of the interval into the agents' accounts."""
        n_area, n_env = len(self._areas), self.table.n_env
        cost, violation, power = self.fleet.by_area(n_area, n_env)
        imports = self.grid.imports_mw(power)
        cost = cost + energy_cost_usd(imports, self._price, step_h=self._step_h)
        if self.options.settle_storage and bool(final.any()):
            energy = self.fleet.settlement_mwh(n_area, n_env)
            cost = cost - np.where(final, settlement_usd(energy, self._price_sum, n_interval=self._n_interval), 0.0)
        self._write_terms(violation)
        safety = np.zeros((n_area, n_env))
        for term, weight in self.grid.limits.weights.items():
            safety = safety + weight * self._terms[term]
        self.table.values[self._cost_rows] = cost[self._accounted]
        self.table.values[self._safety_rows] = safety[self._accounted]
        self._settle_devices()

    def failed(self) -> BoolArray:
        """Where the last power flow did not converge."""
        return self.grid.failed()

    def report(self) -> Mapping[str, Any]:
        """Status of the power flow (0: converged), for ``info``."""
        return {"power_flow_status": self.grid.status, "converged": self.grid.status == 0}

    def respond_to_price(self, device: str, price_usd_per_mwh: FloatArray) -> FloatArray:
        """Setpoints of an array-kind device for a price ``(n_env,)``, shape ``(n_field, n_env)``. [USD/MWh]"""
        bank, position = self.fleet.locate(device)
        return bank.respond_to_price(position, price_usd_per_mwh)

    def load_scale(self) -> FloatArray:
        """Factor on the nominal loads of each area, ``(n_area, n_env)``. [1]"""
        return self._load_scale

    def save_state(self) -> dict[str, Any]:
        """Clocks, books, devices, network and place in the series."""
        return {
            "elapsed_ns": self._elapsed_ns.copy(),
            "n_interval": self._n_interval.copy(),
            "price_sum": self._price_sum.copy(),
            "fleet": self.fleet.save_state(),
            "grid": self.grid.save_state(),
            "exogenous": self.exogenous.save_state(),
        }

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave."""
        self._elapsed_ns[...] = state["elapsed_ns"]
        self._n_interval[...] = state["n_interval"]
        self._price_sum[...] = state["price_sum"]
        self.fleet.restore_state(state["fleet"])
        self.grid.restore_state(state["grid"])
        self.exogenous.restore_state(state["exogenous"])

    def _follow_devices(self) -> dict[str, int]:
        existing: dict[str, int] = {}
        places = {placement.name: placement for placement in self._placements}
        for bank in self.fleet.array_banks:
            for (row, followed), name in zip(bank.exogenous_series(), _series_names(bank), strict=True):
                place = places[name]
                existing[f"{name}.exogenous.{followed.quantity.name}"] = row
                self.exogenous.follow(
                    SeriesRow(
                        thing=name,
                        quantity=followed.quantity,
                        column=followed.column,
                        owner=place.owner,
                        parent=place.parent,
                    )
                )
        return existing

    def _declare_loads(self, builder: TableBuilder) -> list[int]:
        names = [area.name for area in self._areas]
        rows = builder.add_block(names, [self._load_quantity(name) for name in names], feature="exogenous")
        return list(range(rows.start, rows.stop))

    def _load_quantity(self, area: str) -> Quantity:
        if area not in self.options.public_loads:
            return LOAD
        return Quantity(name=LOAD.name, initial=1.0, low=0.0, offset=0.5, scale=0.5, visibility=_PUBLIC)

    def _find_accounts(self, table: StateTable) -> None:
        known = set(table.names)
        with_account = [i for i, area in enumerate(self._areas) if f"{area.name}.account.cost" in known]
        self._accounted = np.array(with_account, dtype=np.intp)
        names = [self._areas[i].name for i in with_account]
        self._cost_rows = table.rows(f"{name}.account.cost" for name in names)
        self._safety_rows = table.rows(f"{name}.account.safety" for name in names)
        self._device_rows = [
            (table.rows(f"{name}.account.cost" for name in bank), table.rows(f"{name}.account.safety" for name in bank))
            for bank, *_ in self.fleet.accounts()
        ]

    def _write_terms(self, violation: FloatArray) -> None:
        found = self.grid.violations()
        for term in ("voltage", "line", "transformer"):
            self._terms[term][...] = found[term]
        self._terms["device"][...] = violation
        failed = self.grid.failed()
        self._terms["power_flow"][...] = np.where(failed, self.grid.limits.power_flow_failure, 0.0)

    def _settle_devices(self) -> None:
        # A device is paid for what it feeds in, so that its own cost is what it can influence.
        for (_, cost, violation, power), (cost_rows, safety_rows) in zip(
            self.fleet.accounts(), self._device_rows, strict=True
        ):
            earned = energy_cost_usd(-power, self._price, step_h=self._step_h)
            self.table.values[cost_rows] = cost + earned
            self.table.values[safety_rows] = violation


def _series_names(bank: Any) -> list[str]:
    return [name for name, device in zip(bank.names, bank.devices, strict=True) for _ in device.exogenous_fields()]

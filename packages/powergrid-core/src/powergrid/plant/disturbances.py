"""What can go wrong in a power system: devices and lines fail, loads and prices jump."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from heron.core.table import StateTable
from heron.errors import ConfigError
from heron.plant.active_disturbances import ActiveDisturbances
from heron.plant.disturbance_kind import DisturbanceKind, DisturbanceParameter
from heron.types import FloatArray, IndexArray
from powergrid.plant.exogenous import MARKET, Exogenous
from powergrid.plant.fleet import Fleet
from powergrid.plant.grid import Grid
from powergrid.plant.outages import Outages
from powergrid.plant.reduce import scatter_add
from powergrid.powerflow.solver import varying
from powergrid.powerflow.topology import Topology

DEVICE_TRIP = "device_trip"
LOAD_STEP = "load_step"
PRICE_SPIKE = "price_spike"
LINE_OUTAGE = "line_outage"
_FACTOR = DisturbanceParameter(name="factor", low=0.0, default=1.0)
_ADDED_MW = DisturbanceParameter(name="added_mw", unit="MW", default=0.0)
_ADDED_PRICE = DisturbanceParameter(name="added_usd_per_mwh", unit="USD/MWh", default=0.0)
Instants: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]


class GridDisturbances:
    """Carries out what goes wrong in a plant, and undoes it.

    Parameters
    ----------
    fleet, grid, exogenous
        What it goes wrong in.
    """

    def __init__(self, fleet: Fleet, grid: Grid, exogenous: Exogenous) -> None:
        self._fleet, self._grid, self._exogenous = fleet, grid, exogenous
        self._areas = [area.name for area in grid.areas.areas]
        self._outages = Outages(grid.network, grid.switchgear, self._lost)

    def connect(self, table: StateTable, load_rows: slice) -> None:
        """Take the built table, and the rows of the areas' loads."""
        self._table, self._load_rows = table, load_rows
        self._active = ActiveDisturbances(self.kinds, table.n_env)

    @cached_property
    def kinds(self) -> dict[str, DisturbanceKind]:
        """What can go wrong."""
        loads = [name for name in _unique(self._grid.loads.names) if name not in self._areas]
        return {
            DEVICE_TRIP: DisturbanceKind(targets=self._fleet.names),
            LOAD_STEP: DisturbanceKind(targets=(*self._areas, *loads), parameters=(_FACTOR, _ADDED_MW), needs_any=True),
            PRICE_SPIKE: DisturbanceKind(targets=(MARKET,), parameters=(_FACTOR, _ADDED_PRICE), needs_any=True),
            LINE_OUTAGE: DisturbanceKind(targets=_unique(self._grid.network.branch_names)),
        }

    def check(self, kind: str, target: str, parameters: Mapping[str, float | str]) -> None:
        """Refuse what this network could not follow; names and numbers have been checked by others.

        Raises
        ------
        PowerFlowError
            If a line is to be lost, and the solver knows one network only.
        ConfigError
            If power is to be added to a load that draws none.
        """
        if kind == LINE_OUTAGE:
            varying(self._grid.solver)
        if kind == LOAD_STEP and parameters.get("added_mw") and not self._nominal_mw(target) > 0.0:
            raise ConfigError(
                f"Disturbance {kind!r} adds {parameters['added_mw']} MW to {target!r}, which draws "
                f"{self._nominal_mw(target):g} MW nominally: there is no power factor to add it at.",
                remedy="Name a load that draws power.",
            )

    def begin(
        self, kind: str, target: str, parameters: Mapping[str, float | str], envs: IndexArray, shown_ns: Instants
    ) -> None:
        """Let it be in force in some environments.

        Parameters
        ----------
        kind, target, parameters
            What happens to whom; checked by others.
        envs
            Which environments.
        shown_ns : (n_env,)
            When the interval began whose exogenous values the table shows. [ns]
        """
        self._active.begin(kind, target, parameters, envs)
        self._take_effect(kind, target, envs, shown_ns)

    def end(self, kind: str, target: str, envs: IndexArray, shown_ns: Instants) -> None:
        """Let it be over in some environments; parameters as in `begin`."""
        self._active.end(kind, target, envs)
        self._take_effect(kind, target, envs, shown_ns)

    def reset(self, envs: IndexArray) -> None:
        """Let nothing be wrong in episodes that begin; table and switches are reset by others."""
        if self._active:
            self._active.clear(envs)
            self._outages.forget(envs)
            self._trip()

    def show(self, elapsed_ns: Instants, envs: IndexArray | None = None) -> None:
        """Write the exogenous rows of an interval, with what is wrong about loads and prices.

        Parameters
        ----------
        elapsed_ns : (n_env,)
            When the interval began, since the beginning of the episode. [ns]
        envs
            Which environments; all when not given.
        """
        self._exogenous.write(elapsed_ns, envs)
        if not self._active:
            return
        for target in self._active.targets(PRICE_SPIKE):
            row, factor = self._exogenous.price_row, self._active.value(PRICE_SPIKE, target, "factor")
            added = self._active.value(PRICE_SPIKE, target, "added_usd_per_mwh")
            self._rewrite(PRICE_SPIKE, target, envs, row, self._table.values[row] * factor + added)
        for target in self._active.targets(LOAD_STEP):
            if target in self._areas:
                row = self._load_row(target)
                followed = self._exogenous.follows(row)
                base: FloatArray = self._table.values[row] if followed else self._table.initial[[row]]
                self._rewrite(LOAD_STEP, target, envs, row, self._stepped(target, base))

    def load_steps(self, load_scale: FloatArray) -> FloatArray | None:
        """What is added to the factor of single loads, ``(n_load, n_env)``; None where nothing is to any. [1]

        Parameters
        ----------
        load_scale : (n_area, n_env)
            Factor on the nominal loads of each area. [1]
        """
        if not self._active:
            return None
        targets = [target for target in self._active.targets(LOAD_STEP) if target not in self._areas]
        if not targets:
            return None
        loads = self._grid.loads.names
        steps = np.zeros((len(loads), self._table.n_env))
        for target in targets:
            load = loads.index(target)
            scale = load_scale[self._grid.load_area[load]]
            steps[load] = np.where(
                self._active.where(LOAD_STEP, target), self._stepped(target, scale) - scale, steps[load]
            )
        return steps

    def unavailable(self) -> Collection[str]:
        """Devices that do not work in some environment."""
        return self._active.targets(DEVICE_TRIP) if self._active else ()

    def set_topology(self, topology: Topology, envs: IndexArray) -> None:
        """Ask for a topology; lost branches stay lost. See `Switchgear.set_topology`."""
        self._outages.set_topology(topology, envs)

    def save_state(self) -> dict[str, Any]:
        """What is wrong."""
        return {"active": self._active.save_state(), "asked": self._outages.save_state()}

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave; table and switches have been restored by others."""
        self._active.restore_state(state["active"])
        self._outages.restore_state(state["asked"])
        self._trip()

    def _take_effect(self, kind: str, target: str, envs: IndexArray, shown_ns: Instants) -> None:
        if kind == DEVICE_TRIP:
            self._trip()
        elif kind == LINE_OUTAGE:
            self._outages.command(envs)
        else:
            if target in self._areas:
                row = self._load_row(target)
                self._table.values[row, envs] = self._table.initial[row]  # for a load that follows no series
            self.show(shown_ns, envs)

    def _trip(self) -> None:
        """Tell the fleet which devices do not work."""
        targets = self._active.targets(DEVICE_TRIP)
        if not targets:
            self._fleet.trip(None)
            return
        tripped = np.zeros((len(self._fleet.names), self._table.n_env), dtype=np.bool_)
        for target in targets:
            tripped[self._fleet.names.index(target)] = self._active.where(DEVICE_TRIP, target)
        self._fleet.trip(tripped)

    def _lost(self, env: int) -> frozenset[str]:
        targets = self._active.targets(LINE_OUTAGE)
        return frozenset(target for target in targets if self._active.where(LINE_OUTAGE, target)[env])

    def _rewrite(self, kind: str, target: str, envs: IndexArray | None, row: int, values: FloatArray) -> None:
        """Write a row where a disturbance is in force, in some environments or in all."""
        hit = np.flatnonzero(self._active.where(kind, target))
        columns = hit if envs is None else np.intersect1d(hit, envs)
        self._table.values[row, columns] = np.broadcast_to(values, (self._table.n_env,))[columns]

    def _stepped(self, target: str, scale: FloatArray) -> FloatArray:
        """Factor on a nominal load during its step, where there is one; never negative. [1]"""
        factor = self._active.value(LOAD_STEP, target, "factor")
        added_mw = self._active.value(LOAD_STEP, target, "added_mw")
        nominal_mw = self._nominal_mw(target)
        added = added_mw / nominal_mw if nominal_mw > 0.0 else np.zeros_like(added_mw)
        return np.maximum(scale * factor + added, 0.0)

    def _load_row(self, area: str) -> int:
        return int(self._load_rows.start) + self._areas.index(area)

    def _nominal_mw(self, target: str) -> float:
        """What an area or a load draws at a factor of 1 and 1 pu. [MW]"""
        loads = self._grid.loads
        nominal_mw = loads.p_mw + loads.p_current_mw + loads.p_impedance_mw
        if target in self._areas:
            in_areas = scatter_add(np.zeros((len(self._areas), 1)), self._grid.load_area, nominal_mw[:, np.newaxis])
            return float(in_areas[self._areas.index(target), 0])
        return float(nominal_mw[loads.names.index(target)])


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    """Those that are the name of one thing only."""
    times = Counter(names)
    return tuple(name for name in names if times[name] == 1)

"""The perfect-foresight bound: what a day could earn if everything were known and the wires were free."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from heron.types import FloatArray
from powergrid.optimization.storage_schedule import StorageLimits, storage_schedule
from powergrid.plant.series import TimeSeriesTable
from powergrid_rl.baselines.nameplate import Nameplate, read_nameplate
from powergrid_rl.baselines.rule_based import merit_order
from powergrid_rl.evaluation.rollout import DayBatch

Progress = Callable[[int, int], None]


def foresight_bound_usd(batch: DayBatch, *, progress: Progress | None = None) -> FloatArray:
    """Cost of each day of a batch that no controller can undercut, ``(n_day,)``. [USD]

    Every microgrid is a price taker: generators follow the price, sun and wind are curtailed below
    zero, batteries follow the best schedule for the day's prices with the day's end settled as the
    environment does. The network is left out: no losses, no voltage limits, no transformer rating, and
    safety counts nothing. Losses cost money at positive prices, so the bound holds up to the value of
    losses at negative ones (about 1 % here).

    Parameters
    ----------
    batch
        The days.
    progress
        Called with the number of days done and of all.
    """
    env = batch.env
    core = env.core
    assert core is not None
    plates = [read_nameplate(core.agents[agent], env.plant, env.net) for agent in core.learners]  # type: ignore[arg-type]
    columns = {area.name: area.load_column for area in env.plant.grid.areas.areas}
    series = env.plant.exogenous.series
    core.reset(options={"day": batch.days})
    starts = env.plant.exogenous.start_rows()
    steps, step_h = core.options.max_steps, core.options.step_s / 3600.0
    settle = env.plant.options.settle_storage
    costs = np.zeros(len(starts))
    for day, start in enumerate(starts):
        rows = _rows(series, int(start), steps, core.options.step_s)
        for plate in plates:
            costs[day] += _day_cost(plate, series, rows, columns[plate.agent_id], step_h, settle=settle)
        if progress is not None:
            progress(day + 1, len(starts))
    return costs


def _rows(series: TimeSeriesTable, start: int, steps: int, step_s: float) -> Any:
    return (start + (np.arange(steps) * step_s // series.step_s).astype(np.intp)) % series.n_step


def _day_cost(
    plate: Nameplate, series: TimeSeriesTable, rows: Any, load_column: str | None, step_h: float, *, settle: bool
) -> float:
    price = series.column("price")[rows]
    load = series.column(load_column)[rows] if load_column else np.ones(len(rows))
    bought = plate.nominal_load_mw * load
    fuel = np.zeros(len(rows))
    for device in plate.generators.values():
        power = merit_order(device, price)
        a, b, c = (float(value) for value in device.cost_curve_coefs)
        fuel += np.where(power > 0.0, a * power**2 + b * power + c, 0.0)
        bought = bought - power
    for device in plate.renewables.values():
        sun_wind = float(device.p_rated_mw) * series.column(device.availability)[rows]
        bought = bought - np.where(price < 0.0, 0.0, sun_wind)
    storage = sum(_storage_cost(device, price, step_h, settle=settle) for device in plate.storages.values())
    return float(np.add.reduce((fuel + price * bought) * step_h)) + storage


def _storage_cost(device: Any, price: FloatArray, step_h: float, *, settle: bool) -> float:
    limits = _limits(device)
    power = storage_schedule(price, limits, step_h=step_h, settle=settle)
    change = np.where(power > 0.0, -power / limits.eta_discharge, -power * limits.eta_charge) * step_h
    wear = limits.degradation_usd_per_mwh * float(np.add.reduce(np.abs(change)))
    total = float(np.add.reduce(change))
    worth = total * limits.eta_discharge if total > 0.0 else total / limits.eta_charge
    settled = worth * float(np.mean(price)) if settle else 0.0
    return wear - float(np.add.reduce(price * power)) * step_h - settled


def _limits(device: Mapping[str, Any] | Any) -> StorageLimits:
    capacity = float(device.capacity_mwh)
    return StorageLimits(
        charge_max_mw=-float(device.p_min_mw),
        discharge_max_mw=float(device.p_max_mw),
        energy_min_mwh=float(device.soc_min) * capacity,
        energy_max_mwh=float(device.soc_max) * capacity,
        energy_start_mwh=float(device.soc_initial) * capacity,
        eta_charge=float(device.eta_charge),
        eta_discharge=float(device.eta_discharge),
        degradation_usd_per_mwh=float(device.degradation_usd_per_mwh),
    )

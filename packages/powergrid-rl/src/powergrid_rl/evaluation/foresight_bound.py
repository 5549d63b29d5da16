"""The perfect-foresight bound: what a day could earn if everything were known and the wires were free."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from heron.errors import ConfigError
from heron.types import FloatArray
from powergrid.agents.power_grid_agent import PowerGridAgent
from powergrid.optimization import StorageLimits, UnitLimits, cheapest_power_mw, schedule_cost_usd, storage_schedule
from powergrid_rl.baselines.nameplate import read_nameplate
from powergrid_rl.evaluation.known_day import KnownDays
from powergrid_rl.evaluation.paid_area import PaidArea
from powergrid_rl.evaluation.rollout import DayBatch

Progress: TypeAlias = Callable[[int, int], None]
"""Called with how much is done and how much there is."""

LEFT_OUT = (
    "The bound knows all prices, loads, sun and wind of the day, and leaves out the network: no voltage limits, no "
    "ratings, no penalties, and no losses except where a negative price would pay for them."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForesightBound:
    """Cost of each day that no controller can undercut.

    Parameters
    ----------
    cost_usd : (n_day,)
        The bound. [USD]
    losses_usd : (n_day,)
        The part of it that is there for losses at negative prices, zero or negative. [USD]
    """

    cost_usd: FloatArray
    losses_usd: FloatArray


def foresight_bound(batch: DayBatch, *, progress: Progress | None = None) -> ForesightBound:
    """Lower bound on the cost, and so on minus the return, of each day of a batch.

    Every microgrid is a price taker: a generator runs where its marginal cost meets the price, sun and wind are
    curtailed below zero, a battery follows the best schedule for the day's prices with the end of the day settled as
    the environment does. At negative prices as many losses are allowed as could be worth their penalties. Ramps, and
    times and costs of starting, are left out.

    Parameters
    ----------
    batch
        The days.
    progress
        Called with the number of batteries' days done and of all.

    Raises
    ------
    ConfigError
        If the environment can do something that the bound does not know.

    Source
    ------
    docs/rl/baselines.md, "The bound".
    """
    _check(batch)
    days = KnownDays(batch)
    price, step_h = days.price_usd_per_mwh, days.step_h
    per_h, losses = np.zeros_like(price), np.zeros_like(price)
    batteries: list[StorageLimits] = []
    for agent_id in batch.core.learners:
        agent = batch.core.agents[agent_id]
        assert isinstance(agent, PowerGridAgent)
        plate = read_nameplate(agent, batch.env.plant, batch.env.net)
        area = PaidArea(batch, agent_id, days)
        per_h = per_h + price * area.least_load_mw()
        losses = losses + np.minimum(price, 0.0) * area.loss_limit_mw()
        for device in plate.loads.values():
            per_h = per_h + _load_usd_per_h(device, days)
        for device in plate.generators.values():
            per_h = per_h + _generator_usd_per_h(device, price)
        for device in plate.renewables.values():
            per_h = per_h - np.maximum(price, 0.0) * float(device.p_rated_mw) * days.series(device.availability)
        batteries += [storage_limits(device) for device in plate.storages.values()]
    settle = batch.env.plant.options.settle_storage
    stored = _batteries_usd(batteries, price, step_h=step_h, settle=settle, progress=progress)
    losses_usd = losses.sum(axis=1) * step_h
    return ForesightBound(cost_usd=per_h.sum(axis=1) * step_h + stored + losses_usd, losses_usd=losses_usd)


def _generator_usd_per_h(device: Any, price: FloatArray) -> FloatArray:
    unit = _unit(device)
    power = cheapest_power_mw(price, unit)
    return unit.running_cost_usd_per_h(power) - price * power


def _load_usd_per_h(device: Any, days: KnownDays) -> FloatArray:
    """A device that consumes, shed where that is cheaper."""
    price = days.price_usd_per_mwh
    profile = np.ones_like(price) if device.profile is None else days.series(device.profile)
    value = np.minimum(price, float(device.shed_cost_usd_per_mwh)) if device.sheddable else price
    return value * float(device.p_mw) * profile


def _batteries_usd(
    batteries: list[StorageLimits], price: FloatArray, *, step_h: float, settle: bool, progress: Progress | None
) -> FloatArray:
    costs = {limits: np.zeros(len(price)) for limits in batteries}  # batteries of one sort cost the same
    for number, (limits, day) in enumerate((limits, day) for limits in costs for day in range(len(price))):
        power = storage_schedule(price[day], limits, step_h=step_h, settle=settle)
        costs[limits][day] = schedule_cost_usd(power, price[day], limits, step_h=step_h, settle=settle)
        if progress is not None:
            progress(number + 1, len(costs) * len(price))
    total = np.zeros(len(price))
    for limits in batteries:
        total = total + costs[limits]
    return total


def _check(batch: DayBatch) -> None:
    core, plant = batch.core, batch.env.plant
    problems = []
    for agent_id in core.learners:
        agent = core.agents[agent_id]
        if not isinstance(agent, PowerGridAgent):
            problems.append(f"{agent_id!r} is {type(agent).__name__}, not a microgrid")
            continue
        unknown = read_nameplate(agent, plant, batch.env.net).others
        problems += [f"device {name!r} of {agent_id!r} is of a kind that it does not know" for name in unknown]
    if core.options.terminate_on_failure:
        problems.append("a power flow that fails ends the day early, which nothing charges for")
    if batch.env.config.variability is not None:
        problems.append("sun and load change within seconds, of which it knows nothing")
    if problems:
        raise ConfigError(f"There is no perfect-foresight bound here: {'; '.join(problems)}.")


def _unit(device: Any) -> UnitLimits:
    p_min = float(device.p_min_mw)
    a, b, c = (float(value) for value in device.cost_curve_coefs)
    return UnitLimits(
        p_min_mw=p_min,
        p_max_mw=float(device.p_max_mw),
        cost_curve_coefs=(a, b, c),
        can_stop=p_min <= 0.0 or bool(getattr(device, "switchable", False)),
    )


def storage_limits(device: Any) -> StorageLimits:
    """Nameplate of a battery, read from the parameters of its kind."""
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

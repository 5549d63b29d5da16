"""A rule-based controller as an engineer would write it: local, and without measuring voltage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from heron.core.observation import Observation
from heron.core.policy import Policy
from heron.types import BoolArray, FloatArray
from powergrid_rl.baselines.action_layout import ActionLayout
from powergrid_rl.baselines.nameplate import Nameplate
from powergrid_rl.baselines.rule_settings import RuleSettings

_PRICE = "market.exogenous.price_usd_per_mwh"
_FORECAST = "market.forecast.price_usd_per_mwh_"


class RuleBasedPolicy(Policy):
    """Generator by marginal cost, battery by time of day, reactive power by expected import.

    Feed-forward only: with hour-old measurements of voltage, several controllers together oscillate. What a microgrid
    does not have is left out; devices of unknown kinds stay at their neutral setpoint.

    Parameters
    ----------
    nameplate
        What the controller knows of its microgrid.
    layout
        Where setpoints sit in the action.
    settings
        Constants.

    Source
    ------
    docs/rl/baselines.md, "The rule".
    """

    def __init__(self, nameplate: Nameplate, layout: ActionLayout, settings: RuleSettings | None = None) -> None:
        self._plate = nameplate
        self._layout = layout
        self._settings = settings or RuleSettings()
        nominal_mw = nameplate.nominal_load_mw + sum(float(load.p_mw) for load in nameplate.loads.values())
        self._nominal_mw = nominal_mw if nominal_mw > 0.0 else np.inf  # without load there is no limit to go by
        self._rating_mva = self._settings.transformer_share * nameplate.transformer_mva

    def act(self, observation: Observation) -> FloatArray:
        """Action ``(n_env, dim)``."""
        price = observation[_PRICE]
        generation = {name: merit_order(device, price) for name, device in self._plate.generators.items()}
        storage = {name: self._battery(observation, name) for name in self._plate.storages}
        sun_wind = _total([self._plate.available_mw(observation, name) for name in self._plate.renewables], price)
        curtailed = np.where(price < 0.0, 1.0, 0.0)
        load = self._plate.load_mw(observation)
        net = load - sun_wind * (1.0 - curtailed)
        self._limit_import(net, generation, storage)
        excess = self._limit_export(net, generation, storage)
        share = np.divide(excess, sun_wind, out=np.zeros_like(excess), where=sun_wind > 1e-9)
        curtailed = np.clip(curtailed + share, 0.0, 1.0)
        fed_in = sun_wind * (1.0 - curtailed)
        imported = load - fed_in - _total((*generation.values(), *storage.values()), price)
        reactive = self._reactive_share(observation, imported, generation)
        physical = {f"{name}.p_mw": power for name, power in {**generation, **storage}.items()}
        return self._layout.action(physical, {"q_mvar": reactive, "curtailment": 2.0 * curtailed - 1.0}, len(price))

    def _battery(self, observation: Observation, name: str) -> FloatArray:
        """Full power in the cheap hours and in the dear ones, as far as the stored energy goes. [MW]"""
        device, soc = self._plate.storages[name], self._plate.soc(observation, name)
        cheap, dear = self._by_forecast(observation) if self._settings.use_forecast else self._by_hour(observation)
        # Energy headroom over one hour; in shorter steps the device itself limits what is asked for.
        room = (device.soc_max - soc) * device.capacity_mwh / device.eta_charge
        stored = (soc - device.soc_min) * device.capacity_mwh * device.eta_discharge
        charge = np.minimum(np.maximum(-room, float(device.p_min_mw)), 0.0)
        discharge = np.maximum(np.minimum(stored, float(device.p_max_mw)), 0.0)
        return np.where(cheap, charge, np.where(dear, discharge, 0.0))

    def _by_hour(self, observation: Observation) -> tuple[BoolArray, BoolArray]:
        angle = np.arctan2(observation["clock.exogenous.hour_sin"], observation["clock.exogenous.hour_cos"])
        # Half a minute of tolerance: the hour has been through a sine and a cosine.
        hour = np.mod(angle * 12.0 / np.pi + 0.01, 24.0)
        (charge, until), (discharge, last) = self._settings.charge_hours, self._settings.discharge_hours
        return (hour >= charge) & (hour < until), (hour >= discharge) & (hour < last)

    def _by_forecast(self, observation: Observation) -> tuple[BoolArray, BoolArray]:
        present = observation[_PRICE]
        prices = np.array([present, *(observation[name] for name in known_prices(observation.names))])
        low, high = np.quantile(prices, [self._settings.cheap_share, 1.0 - self._settings.cheap_share], axis=0)
        return (present <= low) & (low < high), (present >= high) & (low < high)

    def _limit_import(self, net: FloatArray, generation: dict[str, FloatArray], storage: dict[str, FloatArray]) -> None:
        limit = min(self._settings.import_limit * self._nominal_mw, self._rating_mva)
        excess = np.maximum(net - _total((*generation.values(), *storage.values()), net) - limit, 0.0)
        for name, power in storage.items():
            relief = np.minimum(excess, np.maximum(-power, 0.0))
            storage[name] = power + relief
            excess = excess - relief
        for name, power in generation.items():
            relief = np.minimum(excess, self._plate.generators[name].p_max_mw - power)
            generation[name] = power + relief
            excess = excess - relief

    def _limit_export(
        self, net: FloatArray, generation: dict[str, FloatArray], storage: dict[str, FloatArray]
    ) -> FloatArray:
        """Take back battery, then generator; what is left must be curtailed. [MW]"""
        limit = min(self._settings.export_limit * self._nominal_mw, self._rating_mva)
        excess = np.maximum(_total((*generation.values(), *storage.values()), net) - net - limit, 0.0)
        for name, power in storage.items():
            relief = np.minimum(excess, np.maximum(power, 0.0))
            storage[name] = power - relief
            excess = excess - relief
        for name, power in generation.items():
            relief = np.minimum(excess, power - self._plate.generators[name].p_min_mw)
            generation[name] = power - relief
            excess = excess - relief
        return excess

    def _reactive_share(
        self, observation: Observation, imported: FloatArray, generation: dict[str, FloatArray]
    ) -> FloatArray:
        """Share of all reactive power there is: against the import, and within the transformer's rating. [1]"""
        settings = self._settings
        share = np.clip(settings.reactive_gain * (imported / self._nominal_mw - settings.reactive_offset), -1.0, 1.0)
        if np.isinf(self._rating_mva):
            return share
        most = self._reactive_power(generation, share)
        room = np.sqrt(np.maximum(self._rating_mva**2 - imported**2, 0.0))
        load = self._plate.load_mvar(observation)
        wanted = np.clip(share * most, load - room, load + room)
        return np.divide(wanted, most, out=np.zeros_like(share), where=most > 1e-9)

    def _reactive_power(self, generation: dict[str, FloatArray], like: FloatArray) -> FloatArray:
        """Greatest reactive power of all devices together. [Mvar]"""
        most = np.zeros_like(like)
        for name, power in generation.items():
            device = self._plate.generators[name]
            full_from_mw = getattr(device, "q_ramp_in_fraction", 0.0) * device.p_max_mw
            share = np.minimum(power / full_from_mw, 1.0) if full_from_mw > 0.0 else (power > 0.0).astype(np.float64)
            most = most + _reactive_rating(device) * share
        for device in (*self._plate.renewables.values(), *self._plate.storages.values()):
            most = most + _reactive_rating(device)
        return most


def known_prices(names: Sequence[str]) -> list[str]:
    """Rows of the known prices to come, the nearest first."""
    found = [name for name in names if name.startswith(_FORECAST)]
    return sorted(found, key=lambda name: int(name.removeprefix(_FORECAST)))


def merit_order(device: Any, price: FloatArray) -> FloatArray:
    """Power at which marginal cost equals the price: ``(price - b) / (2 a)`` within the limits. [MW]"""
    a, b = (float(value) for value in device.cost_curve_coefs[:2])
    low, high = float(device.p_min_mw), float(device.p_max_mw)
    if a <= 0.0:
        return np.where(price > b, high, low)
    return np.clip((price - b) / (2.0 * a), low, high)


def _reactive_rating(device: Any) -> float:
    return float(getattr(device, "q_max_mvar", 0.0))


def _total(parts: Iterable[FloatArray], like: FloatArray) -> FloatArray:
    total = np.zeros_like(like)
    for part in parts:
        total = total + part
    return total

"""A rule-based controller as an engineer would write it: local, and without measuring voltage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from heron.core.observation import Observation
from heron.core.policy import Policy
from heron.types import BoolArray, FloatArray
from powergrid_rl.baselines.action_layout import ActionLayout
from powergrid_rl.baselines.nameplate import Nameplate

_PRICE = "market.exogenous.price_usd_per_mwh"
_FORECAST = "market.forecast.price_usd_per_mwh_{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSettings:
    """Constants of the rule, as fractions of the microgrid's nominal load where powers are meant.

    Parameters
    ----------
    charge_hours, discharge_hours
        Hours of the local day, first included and last excluded. [h]
    forecast_hours, cheap_share
        Known prices to look ahead instead: the battery then charges in this share of the hours to come, the
        cheapest, and discharges in as many, the dearest. 0 goes by the hours of the day.
    import_limit, export_limit
        Net power beyond which battery, then generator, then curtailment are changed. [1 of nominal load]
    reactive_gain, reactive_offset
        Reactive share = gain × (import / nominal load - offset). [1]
    transformer_share
        Share of the transformer's rating that active power may use. [1]
    """

    charge_hours: tuple[float, float] = (9.0, 15.0)
    discharge_hours: tuple[float, float] = (17.0, 22.0)
    forecast_hours: int = 0
    cheap_share: float = 0.2
    import_limit: float = 0.74
    export_limit: float = 0.69
    reactive_gain: float = 1.6
    reactive_offset: float = 0.05
    transformer_share: float = 0.9


class RuleBasedPolicy(Policy):
    """Generator by marginal cost, battery by time of day, reactive power by expected import.

    Feed-forward only: with hour-old measurements of voltage, several controllers together oscillate.

    Parameters
    ----------
    nameplate
        What the controller knows of its microgrid.
    layout
        Where setpoints sit in the action.
    settings
        Constants.
    """

    def __init__(self, nameplate: Nameplate, layout: ActionLayout, settings: RuleSettings | None = None) -> None:
        self._plate = nameplate
        self._layout = layout
        self._settings = settings or RuleSettings()

    def act(self, observation: Observation) -> FloatArray:
        """Action ``(n_env, dim)``."""
        price = observation[_PRICE]
        generation = {name: merit_order(device, price) for name, device in self._plate.generators.items()}
        storage = {name: self._battery(observation, name) for name in self._plate.storages}
        available = {name: self._plate.available_mw(observation, name) for name in self._plate.renewables}
        sun_wind = _total(available.values(), price)
        curtailed = np.where(price < 0.0, 1.0, 0.0)
        load = self._plate.load_mw(observation)
        renewable = sun_wind * (1.0 - curtailed)
        self._limit_import(load - renewable, generation, storage)
        excess = self._limit_export(load - renewable, generation, storage)
        share = np.divide(excess, sun_wind, out=np.zeros_like(excess), where=sun_wind > 1e-9)
        curtailed = np.clip(curtailed + share, 0.0, 1.0)
        imported = load - sun_wind * (1.0 - curtailed) - _total((*generation.values(), *storage.values()), price)
        reactive = self._settings.reactive_gain * (
            imported / self._plate.nominal_load_mw - self._settings.reactive_offset
        )
        physical = {f"{name}.p_mw": power for name, power in {**generation, **storage}.items()}
        return self._layout.action(physical, {"q_mvar": reactive, "curtailment": 2.0 * curtailed - 1.0}, len(price))

    def _battery(self, observation: Observation, name: str) -> FloatArray:
        """Full power in the cheap hours and in the dear ones, as far as the stored energy goes. [MW]"""
        device, soc = self._plate.storages[name], self._plate.soc(observation, name)
        cheap, dear = self._by_forecast(observation) if self._settings.forecast_hours else self._by_hour(observation)
        room = (device.soc_max - soc) * device.capacity_mwh / device.eta_charge
        stored = (soc - device.soc_min) * device.capacity_mwh * device.eta_discharge
        charge = np.maximum(-room, float(device.p_min_mw))
        discharge = np.minimum(stored, float(device.p_max_mw))
        return np.where(cheap, charge, np.where(dear, discharge, 0.0))

    def _by_hour(self, observation: Observation) -> tuple[BoolArray, BoolArray]:
        angle = np.arctan2(observation["clock.exogenous.hour_sin"], observation["clock.exogenous.hour_cos"])
        # Half a minute of tolerance: the hour has been through a sine and a cosine.
        hour = np.mod(angle * 12.0 / np.pi + 0.01, 24.0)
        (charge, until), (discharge, last) = self._settings.charge_hours, self._settings.discharge_hours
        return (hour >= charge) & (hour < until), (hour >= discharge) & (hour < last)

    def _by_forecast(self, observation: Observation) -> tuple[BoolArray, BoolArray]:
        present = observation[_PRICE]
        following = [observation[_FORECAST.format(k)] for k in np.arange(1, self._settings.forecast_hours + 1)]
        prices = np.array([present, *following])
        low, high = np.quantile(prices, [self._settings.cheap_share, 1.0 - self._settings.cheap_share], axis=0)
        return present <= low, present >= high

    def _limit_import(self, net: FloatArray, generation: dict[str, FloatArray], storage: dict[str, FloatArray]) -> None:
        limit = self._limit(self._settings.import_limit)
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
        limit = self._limit(self._settings.export_limit)
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

    def _limit(self, share: float) -> float:
        own = share * self._plate.nominal_load_mw
        return min(own, self._settings.transformer_share * self._plate.transformer_mva)


def merit_order(device: Any, price: FloatArray) -> FloatArray:
    """Power at which marginal cost equals the price: ``(price - b) / (2 a)`` within the limits. [MW]"""
    a, b = (float(value) for value in device.cost_curve_coefs[:2])
    low, high = float(device.p_min_mw), float(device.p_max_mw)
    if a <= 0.0:
        return np.where(price > b, high, low)
    return np.clip((price - b) / (2.0 * a), low, high)


def _total(parts: Iterable[FloatArray], like: FloatArray) -> FloatArray:
    total = np.zeros_like(like)
    for part in parts:
        total = total + part
    return total

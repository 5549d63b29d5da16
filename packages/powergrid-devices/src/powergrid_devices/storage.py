"""Batteries."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from heron.core.feature import FeatureProvider
from heron.plant.interface import SetpointField
from heron.types import BoolArray, FloatArray
from powergrid.config.checks import between, finite, not_negative, positive
from powergrid.config.finding import Finding
from powergrid.config.record import Record, Rule, checked
from powergrid.core.features.electrical import ElectricalBasePh
from powergrid.core.features.storage import StorageBlock
from powergrid.plant.device import Block, Device, DeviceInputs, DeviceOutputs
from powergrid_devices.parameter import dependent, efficiency, fill, not_positive
from powergrid_devices.physics.apparent_power import reactive_room_mvar
from powergrid_devices.physics.limiting import was_limited
from powergrid_devices.physics.price_response import threshold_power_mw
from powergrid_devices.physics.state_of_charge import next_soc, outside_window
from powergrid_devices.physics.storage_power import power_range_mw
from powergrid_devices.physics.storage_value import degradation_usd, terminal_energy_mwh


@dataclass(frozen=True, slots=True, kw_only=True)
class ESS(Record, Device):
    """Nameplate of a battery with its converter.

    Discharging is positive. Self-discharge and auxiliary power are not modelled.

    Parameters
    ----------
    capacity_mwh
        Energy between a state of charge of 0 and of 1. [MWh]
    p_max_mw, p_min_mw
        Discharging power, and charging power (negative), ``-p_max_mw`` if left out. [MW]
    q_max_mvar
        Reactive power, injected or absorbed; with 0 there is no setpoint ``q_mvar``. [Mvar]
    s_rated_mva
        Apparent power of the converter; just enough for both if left out. [MVA]
    soc_initial, soc_min, soc_max
        State of charge at the start, and its window. [1]
    eta_charge, eta_discharge
        One-way efficiencies. [1]
    degradation_usd_per_mwh
        Wear per MWh that the stored energy changes, in either direction. [USD/MWh]
    charge_below_usd_per_mwh, discharge_above_usd_per_mwh
        Prices beyond which it charges or discharges at full power when it is given a price. The defaults are the
        rounded quartiles of CAISO's day-ahead prices of 2023 and 2024, 25.6 and 57.7. [USD/MWh]

    Raises
    ------
    InvalidConfigError
        A window, power, efficiency or threshold that makes no sense.
    """

    family: ClassVar[str] = "storage"
    carries: ClassVar[tuple[type[FeatureProvider], ...]] = (ElectricalBasePh, StorageBlock)

    capacity_mwh: float = field(metadata=checked(positive))
    p_max_mw: float = field(metadata=checked(not_negative))
    p_min_mw: float = dependent(not_positive)
    q_max_mvar: float = field(default=0.0, metadata=checked(not_negative))
    s_rated_mva: float = dependent(not_negative)
    soc_initial: float = field(default=0.5, metadata=checked(between(0.0, 1.0)))
    soc_min: float = field(default=0.1, metadata=checked(between(0.0, 1.0)))
    soc_max: float = field(default=0.9, metadata=checked(between(0.0, 1.0)))
    eta_charge: float = field(default=0.95, metadata=checked(efficiency))
    eta_discharge: float = field(default=0.95, metadata=checked(efficiency))
    degradation_usd_per_mwh: float = field(default=0.0, metadata=checked(not_negative))
    charge_below_usd_per_mwh: float = field(default=25.0, metadata=checked(finite))
    discharge_above_usd_per_mwh: float = field(default=60.0, metadata=checked(finite))

    def __post_init__(self) -> None:
        fill(self, p_min_mw=-self.p_max_mw)
        fill(self, s_rated_mva=math.hypot(self._largest_mw, self.q_max_mvar))
        Record.__post_init__(self)

    @classmethod
    def rules(cls) -> tuple[Rule, ...]:
        """A window with the start in it, a rating that carries the power, thresholds in order."""
        return (
            Rule(fields=("soc_min", "soc_max", "soc_initial"), check=_check_window),
            Rule(fields=("s_rated_mva", "p_min_mw", "p_max_mw"), check=_check_rating),
            Rule(fields=("charge_below_usd_per_mwh", "discharge_above_usd_per_mwh"), check=_check_thresholds),
        )

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        """Active power, and reactive power where there is any."""
        p_mw = SetpointField(name="p_mw", unit="MW", low=self.p_min_mw, high=self.p_max_mw)
        q_mvar = SetpointField(name="q_mvar", unit="Mvar", low=-self.q_max_mvar, high=self.q_max_mvar)
        return (p_mw, q_mvar) if self.q_max_mvar > 0.0 else (p_mw,)

    def initial_state(self) -> Mapping[str, float]:
        """The initial state of charge."""
        return {"soc": self.soc_initial}

    def display_scales(self) -> Mapping[str, tuple[float, float]]:
        """Power by rating; the state of charge has the feature's own scale."""
        return {
            "p_mw": (0.0, self._largest_mw or 1.0),
            "q_mvar": (0.0, self.q_max_mvar or self.s_rated_mva or 1.0),
        }

    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        """Power limited by the headroom first, then the energy it moves."""
        soc, asked_mw, step_h = inputs.state.soc, inputs.setpoint.p_mw, inputs.step_h
        low_mw, high_mw = power_range_mw(
            soc,
            soc_min=self.soc_min,
            soc_max=self.soc_max,
            capacity_mwh=self.capacity_mwh,
            eta_charge=self.eta_charge,
            eta_discharge=self.eta_discharge,
            p_min_mw=self.p_min_mw,
            p_max_mw=self.p_max_mw,
            step_h=step_h,
        )
        p_mw = np.minimum(np.maximum(asked_mw, low_mw), high_mw)
        after = next_soc(
            soc,
            p_mw,
            capacity_mwh=self.capacity_mwh,
            eta_charge=self.eta_charge,
            eta_discharge=self.eta_discharge,
            step_h=step_h,
        )
        change_mwh = (after - soc) * self.capacity_mwh
        limited = {"p_mw": was_limited(asked_mw, p_mw)}
        return DeviceOutputs(
            p_mw=p_mw,
            q_mvar=self._reactive_power(inputs.setpoint, p_mw, limited),
            state={"soc": after},
            cost_usd=degradation_usd(change_mwh, degradation_usd_per_mwh=self.degradation_usd_per_mwh),
            # power is limited so that nothing gets further out: the start is the worst of the interval
            violation=outside_window(soc, soc_min=self.soc_min, soc_max=self.soc_max),
            limited=limited,
        )

    def stored_mwh(self, state: Block) -> FloatArray:
        """State of charge times capacity, ``(n_dev, n_env)``. [MWh]"""
        stored: FloatArray = state.soc * self.capacity_mwh
        return stored

    def settlement_mwh(self, change_mwh: FloatArray) -> FloatArray:
        """What a surplus would yield at the terminals, minus what would have to be bought for a deficit. [MWh]"""
        return terminal_energy_mwh(change_mwh, eta_charge=self.eta_charge, eta_discharge=self.eta_discharge)

    def respond_to_price(
        self, price_usd_per_mwh: FloatArray, state: Block, exogenous: Block
    ) -> Mapping[str, FloatArray]:
        """Full power beyond the two thresholds, zero between them. [USD/MWh]"""
        p_mw = threshold_power_mw(
            price_usd_per_mwh,
            charge_below_usd_per_mwh=self.charge_below_usd_per_mwh,
            discharge_above_usd_per_mwh=self.discharge_above_usd_per_mwh,
            p_min_mw=self.p_min_mw,
            p_max_mw=self.p_max_mw,
        )
        return {"p_mw": p_mw}

    @property
    def _largest_mw(self) -> float:
        return max(self.p_max_mw, -self.p_min_mw)

    def _reactive_power(self, setpoint: Block, p_mw: FloatArray, limited: dict[str, BoolArray]) -> FloatArray:
        if "q_mvar" not in setpoint:
            return np.zeros(p_mw.shape)
        most_mvar = np.minimum(reactive_room_mvar(p_mw, s_rated_mva=self.s_rated_mva), self.q_max_mvar)
        q_mvar = np.minimum(np.maximum(setpoint.q_mvar, -most_mvar), most_mvar)
        limited["q_mvar"] = was_limited(setpoint.q_mvar, q_mvar)
        return q_mvar


def _check_window(soc_min: float, soc_max: float, soc_initial: float) -> Iterator[Finding]:
    if soc_min >= soc_max:
        message = f"soc_min = {soc_min:g} is not below soc_max = {soc_max:g}."
        yield Finding(path="soc_min", message=message, remedy="Fractions are 0 to 1, 0.1 for ten percent.")
    elif not soc_min <= soc_initial <= soc_max:
        message = f"soc_initial = {soc_initial:g} is outside soc_min = {soc_min:g} to soc_max = {soc_max:g}."
        yield Finding(path="soc_initial", message=message, remedy="Start inside the window.")


def _check_rating(s_rated_mva: float, p_min_mw: float, p_max_mw: float) -> Iterator[Finding]:
    if s_rated_mva < max(p_max_mw, -p_min_mw):
        message = f"s_rated_mva = {s_rated_mva:g} cannot carry p_min_mw = {p_min_mw:g} or p_max_mw = {p_max_mw:g}."
        yield Finding(path="s_rated_mva", message=message, remedy="Raise it, or leave it out.")


def _check_thresholds(charge_below_usd_per_mwh: float, discharge_above_usd_per_mwh: float) -> Iterator[Finding]:
    if charge_below_usd_per_mwh > discharge_above_usd_per_mwh:
        message = (
            f"{charge_below_usd_per_mwh:g} is above discharge_above_usd_per_mwh = {discharge_above_usd_per_mwh:g}."
        )
        remedy = "Charge at the lower price: exchange the two."
        yield Finding(path="charge_below_usd_per_mwh", message=message, remedy=remedy)

"""A world without powergrid-devices: kinds with the parameters that the baselines read, and a few days of data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from heron.core.quantity import Quantity
from heron.plant.interface import SetpointField
from powergrid.core.features import ElectricalBasePh, StorageBlock
from powergrid.plant.device import Device, DeviceInputs, DeviceOutputs, ExogenousField
from powergrid.plant.series import TimeSeriesTable
from powergrid.plugins import register_device


def limited(value: Any, low: Any, high: Any) -> Any:
    return np.minimum(np.maximum(value, low), high)


@register_device
@dataclass(frozen=True, slots=True, kw_only=True)
class SmallGenerator(Device):
    """Runs between its limits; reactive power at any power."""

    p_max_mw: float = 0.3
    p_min_mw: float = 0.0
    q_max_mvar: float = 0.1
    cost_curve_coefs: tuple[float, float, float] = (40.0, 30.0, 0.0)

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        p_mw = SetpointField(name="p_mw", unit="MW", low=self.p_min_mw, high=self.p_max_mw, neutral=self.p_min_mw)
        return p_mw, SetpointField(name="q_mvar", unit="Mvar", low=-self.q_max_mvar, high=self.q_max_mvar)

    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        p = limited(inputs.setpoint.p_mw, self.p_min_mw, self.p_max_mw)
        a, b, c = self.cost_curve_coefs
        fuel = (a * p * p + b * p + c * (p > 0.0)) * inputs.step_h
        q = limited(inputs.setpoint.q_mvar, -self.q_max_mvar, self.q_max_mvar)
        return DeviceOutputs(p_mw=p, q_mvar=q, cost_usd=fuel)


@register_device
@dataclass(frozen=True, slots=True, kw_only=True)
class SmallBattery(Device):
    """Moves energy between hours, with losses and wear."""

    family: ClassVar[str] = "storage"
    carries: ClassVar[tuple[Any, ...]] = (ElectricalBasePh, StorageBlock)

    capacity_mwh: float = 1.0
    p_max_mw: float = 0.25
    p_min_mw: float = -0.25
    soc_initial: float = 0.5
    soc_min: float = 0.1
    soc_max: float = 0.9
    eta_charge: float = 0.95
    eta_discharge: float = 0.95
    degradation_usd_per_mwh: float = 5.0

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        return (SetpointField(name="p_mw", unit="MW", low=self.p_min_mw, high=self.p_max_mw),)

    def initial_state(self) -> Mapping[str, float]:
        return {"soc": self.soc_initial}

    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        soc = inputs.state.soc
        most = np.maximum(soc - self.soc_min, 0.0) * self.capacity_mwh * self.eta_discharge / inputs.step_h
        least = -np.maximum(self.soc_max - soc, 0.0) * self.capacity_mwh / self.eta_charge / inputs.step_h
        p = limited(limited(inputs.setpoint.p_mw, self.p_min_mw, self.p_max_mw), least, most)
        drawn = np.where(p > 0.0, p / self.eta_discharge, p * self.eta_charge) * inputs.step_h
        wear = np.abs(drawn) * self.degradation_usd_per_mwh
        state = {"soc": soc - drawn / self.capacity_mwh}
        return DeviceOutputs(p_mw=p, q_mvar=np.zeros_like(p), state=state, cost_usd=wear)

    def stored_mwh(self, state: Any) -> Any:
        return state.soc * self.capacity_mwh

    def settlement_mwh(self, change_mwh: Any) -> Any:
        return np.where(change_mwh > 0.0, change_mwh * self.eta_discharge, change_mwh / self.eta_charge)


@register_device
@dataclass(frozen=True, slots=True, kw_only=True)
class SmallSource(Device):
    """Sun or wind behind an inverter."""

    p_rated_mw: float = 0.2
    q_max_mvar: float = 0.1
    availability: str = "solar"

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        curtailment = SetpointField(name="curtailment", low=0.0, high=1.0)
        return curtailment, SetpointField(name="q_mvar", unit="Mvar", low=-self.q_max_mvar, high=self.q_max_mvar)

    def exogenous_fields(self) -> tuple[ExogenousField, ...]:
        return (ExogenousField(quantity=Quantity(name="availability", initial=1.0), column=self.availability),)

    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        p = inputs.exogenous.availability * self.p_rated_mw * (1.0 - limited(inputs.setpoint.curtailment, 0.0, 1.0))
        return DeviceOutputs(p_mw=p, q_mvar=limited(inputs.setpoint.q_mvar, -self.q_max_mvar, self.q_max_mvar))


@register_device
@dataclass(frozen=True, slots=True, kw_only=True)
class SmallLoad(Device):
    """A consumer that can be shed."""

    family: ClassVar[str] = "load"

    p_mw: float = 0.1
    q_mvar: float = 0.02
    profile: str | None = None
    sheddable: bool = True
    shed_cost_usd_per_mwh: float = 80.0

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        return (SetpointField(name="shed", low=0.0, high=1.0),) if self.sheddable else ()

    def exogenous_fields(self) -> tuple[ExogenousField, ...]:
        if self.profile is None:
            return ()
        return (ExogenousField(quantity=Quantity(name="profile", initial=1.0), column=self.profile),)

    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        profile = inputs.exogenous.profile if "profile" in inputs.exogenous else np.ones_like(inputs.state.p_mw)
        shed = limited(inputs.setpoint.shed, 0.0, 1.0) if "shed" in inputs.setpoint else 0.0 * profile
        cost = self.p_mw * profile * shed * self.shed_cost_usd_per_mwh * inputs.step_h
        used = profile * (1.0 - shed)
        return DeviceOutputs(p_mw=-self.p_mw * used, q_mvar=-self.q_mvar * used, cost_usd=cost)


@register_device
@dataclass(frozen=True, slots=True, kw_only=True)
class Mystery(Device):
    """A kind that no baseline knows."""

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        return (SetpointField(name="p_mw", unit="MW", low=-0.1, high=0.1),)

    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        return DeviceOutputs(p_mw=inputs.setpoint.p_mw, q_mvar=np.zeros_like(inputs.setpoint.p_mw))


def device(kind: str, name: str, bus: str = "Bus 671", **parameters: Any) -> dict[str, Any]:
    return {"type": kind, "name": name, "device_state_config": {"bus": bus, **parameters}}


GENERATOR = device("SmallGenerator", "gen1")
BATTERY = device("SmallBattery", "ess1", "Bus 675")
SUN = device("SmallSource", "pv1", "Bus 680")


def days(price: Sequence[float] = (), *, n_day: int = 4, load: float = 1.0, solar: float = 0.5) -> TimeSeriesTable:
    """Days of 24 hours, alike but for a small spread; the second half is for testing. Midnight is at 8:00 UTC."""
    hours = np.arange(24)
    shape = np.array(price) if len(price) else 40.0 + 30.0 * np.sin(2 * np.pi * (hours - 12) / 24.0)
    prices = np.concatenate([shape + day for day in range(n_day)])
    starts = 24 * np.arange(n_day)
    return TimeSeriesTable.from_arrays(
        {"load": np.full(24 * n_day, load), "solar": np.full(24 * n_day, solar), "price": prices},
        splits={"train": starts[: n_day // 2], "test": starts[n_day // 2 :]},
        synthetic=True,
        source="made for these tests",
    )


def alone(*devices: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """One microgrid on its own feeder with its slack."""
    microgrid = {
        "name": "MG1",
        "network": "ieee13",
        "load_scale": 0.15,
        "capacitor_scale": 0.15,
        "regulator_taps": {"reg1": 0},
        "devices": list(devices),
    }
    config = {"env_id": "small", "microgrid_configs": [microgrid], "dataset": days(), "settle_storage": True}
    return {**config, "penalty": 300.0, **changes}


def attached(*devices: dict[str, Any], n_microgrid: int = 1, **changes: Any) -> dict[str, Any]:
    """Microgrids behind transformers on the feeder of an operator."""
    config = alone(*devices, **changes)
    (microgrid,) = config["microgrid_configs"]
    microgrids = [
        {**microgrid, "name": f"MG{number + 1}", "connection_bus": bus}
        for number, bus in enumerate(("Bus 850", "Bus 860")[:n_microgrid])
    ]
    feeder = {
        "name": "DSO",
        "network": "ieee34",
        "load_scale": 0.3,
        "capacitor_scale": 0.3,
        "slack_vm_pu": 1.03,
        "regulator_taps": {"reg1": 2, "reg2": 2},
    }
    return {**config, "microgrid_configs": microgrids, "dso_config": feeder}

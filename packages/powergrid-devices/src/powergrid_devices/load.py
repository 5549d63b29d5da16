"""Consumers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from heron.core.quantity import Quantity
from heron.plant.interface import SetpointField
from heron.types import FloatArray
from powergrid.config.checks import finite, not_empty, not_negative
from powergrid.config.finding import Finding
from powergrid.config.record import Record, Rule, checked
from powergrid.plant.device import Block, Device, DeviceInputs, DeviceOutputs, ExogenousField, variant
from powergrid_devices.physics.consumption import shed_cost_usd, supplied
from powergrid_devices.physics.limiting import was_limited

_PROFILE = Quantity(name="profile", initial=1.0, low=0.0, offset=0.5, scale=0.5)


def _consumption(value: float) -> str:
    if 0.0 <= value < math.inf:
        return ""
    return f"must not be negative, not {value!r}: the nameplate of a load counts consumption as positive."


@dataclass(frozen=True, slots=True, kw_only=True)
class Load(Record, Device):
    """Nameplate of a consumer.

    Its parameters count consumption as positive, as every nameplate does; its power in the plant is negative, like
    everything that flows out of the grid.

    Parameters
    ----------
    p_mw, q_mvar
        Nominal consumption; negative ``q_mvar`` is a capacitive consumer. [MW], [Mvar]
    profile
        Column of the series that scales it, such as ``"load/BANC"``; constant if left out.
    sheddable
        Adds a setpoint ``shed``: the fraction that is not supplied.
    shed_cost_usd_per_mwh
        What energy that is not supplied costs; needed by a sheddable load. [USD/MWh]

    Raises
    ------
    InvalidConfigError
        Negative consumption, or a sheddable load without a cost.
    """

    family: ClassVar[str] = "load"

    p_mw: float = field(metadata=checked(_consumption))
    q_mvar: float = field(default=0.0, metadata=checked(finite))
    profile: str | None = field(default=None, metadata=checked(not_empty))
    sheddable: bool = variant(default=False)
    shed_cost_usd_per_mwh: float = field(default=0.0, metadata=checked(not_negative))

    def __post_init__(self) -> None:
        Record.__post_init__(self)

    @classmethod
    def rules(cls) -> tuple[Rule, ...]:
        """Energy that is not supplied has a cost."""
        return (Rule(fields=("sheddable", "shed_cost_usd_per_mwh"), check=_check_shed_cost),)

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        """The fraction that is not supplied, where the load can be shed."""
        return (SetpointField(name="shed", low=0.0, high=1.0),) if self.sheddable else ()

    def exogenous_fields(self) -> tuple[ExogenousField, ...]:
        """The series, where there is one."""
        return () if self.profile is None else (ExogenousField(quantity=_PROFILE, column=self.profile),)

    def initial_state(self) -> Mapping[str, float]:
        """Nominal consumption."""
        return {"p_mw": -self.p_mw, "q_mvar": -self.q_mvar}

    def display_scales(self) -> Mapping[str, tuple[float, float]]:
        """Power by nominal consumption."""
        return {"p_mw": (0.0, self.p_mw or 1.0), "q_mvar": (0.0, abs(self.q_mvar) or 1.0)}

    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        """Nominal consumption times the series, less what is shed; negative into the grid."""
        profile = inputs.exogenous.profile if "profile" in inputs.exogenous else np.ones(inputs.state.p_mw.shape)
        if not self.sheddable:
            return DeviceOutputs(p_mw=-supplied(self.p_mw, profile, 0.0), q_mvar=-supplied(self.q_mvar, profile, 0.0))
        asked = inputs.setpoint.shed
        shed = np.minimum(np.maximum(asked, 0.0), 1.0)
        cost_usd = shed_cost_usd(
            self.p_mw, profile, shed, shed_cost_usd_per_mwh=self.shed_cost_usd_per_mwh, step_h=inputs.step_h
        )
        return DeviceOutputs(
            p_mw=-supplied(self.p_mw, profile, shed),
            q_mvar=-supplied(self.q_mvar, profile, shed),
            cost_usd=cost_usd,
            limited={"shed": was_limited(asked, shed)},
        )

    def respond_to_price(
        self, price_usd_per_mwh: FloatArray, state: Block, exogenous: Block
    ) -> Mapping[str, FloatArray]:
        """Shed where energy costs more than it is worth to the consumer; a load that cannot be shed does nothing."""
        if not self.sheddable:
            return {}
        return {"shed": np.where(price_usd_per_mwh > self.shed_cost_usd_per_mwh, 1.0, 0.0)}


def _check_shed_cost(sheddable: bool, shed_cost_usd_per_mwh: float) -> Iterator[Finding]:
    if sheddable and shed_cost_usd_per_mwh == 0.0:
        message = "is 0 for a sheddable load, so that not supplying it would be free."
        yield Finding(path="shed_cost_usd_per_mwh", message=message, remedy="Give the value of lost load in USD/MWh.")

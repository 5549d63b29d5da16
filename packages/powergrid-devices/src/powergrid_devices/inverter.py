"""Sources behind an inverter that give what the weather allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from heron.core.quantity import Quantity
from heron.plant.interface import SetpointField
from heron.types import FloatArray
from powergrid.config.checks import not_empty, not_negative
from powergrid.config.finding import Finding
from powergrid.config.record import Record, Rule, checked
from powergrid.plant.device import Block, Device, DeviceInputs, DeviceOutputs, ExogenousField
from powergrid_devices.parameter import dependent, fill
from powergrid_devices.physics.apparent_power import reactive_room_mvar
from powergrid_devices.physics.availability import fed_in_mw
from powergrid_devices.physics.limiting import was_limited

_AVAILABILITY = Quantity(name="availability", initial=1.0, low=0.0, high=1.0, offset=0.5, scale=0.5)
_OVERSIZE = 1.1
# IEEE Std 1547-2018, table 7: what category B has to inject and absorb, in parts of the apparent power.
_REACTIVE_SHARE = 0.44


@dataclass(frozen=True, slots=True, kw_only=True)
class Inverter(Record, Device):
    """Nameplate of a source whose power follows a series, such as sun or wind.

    Parameters
    ----------
    p_rated_mw
        Power at full availability; 0 is allowed. [MW]
    availability
        Column of the series of available power as a fraction of the rated power.
    s_rated_mva
        Apparent power of the inverter; 1.1 times ``p_rated_mw`` if left out. [MVA]
    q_max_mvar
        Reactive power, injected or absorbed, also without any sun or wind; 0.44 times ``s_rated_mva`` if left out.
        [Mvar]

    Raises
    ------
    InvalidConfigError
        A negative rating, or one of the inverter below the source's.
    """

    p_rated_mw: float = field(metadata=checked(not_negative))
    availability: str = field(metadata=checked(not_empty))
    s_rated_mva: float = dependent(not_negative)
    q_max_mvar: float = dependent(not_negative)

    def __post_init__(self) -> None:
        fill(self, s_rated_mva=_OVERSIZE * self.p_rated_mw)
        fill(self, q_max_mvar=_REACTIVE_SHARE * self.s_rated_mva)
        Record.__post_init__(self)

    @classmethod
    def rules(cls) -> tuple[Rule, ...]:
        """The inverter carries the source."""
        return (Rule(fields=("s_rated_mva", "p_rated_mw"), check=_check_rating),)

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        """Fraction of the available power that is not used, and reactive power."""
        return (
            SetpointField(name="curtailment", low=0.0, high=1.0),
            SetpointField(name="q_mvar", unit="Mvar", low=-self.q_max_mvar, high=self.q_max_mvar),
        )

    def exogenous_fields(self) -> tuple[ExogenousField, ...]:
        """The available power."""
        return (ExogenousField(quantity=_AVAILABILITY, column=self.availability),)

    def display_scales(self) -> Mapping[str, tuple[float, float]]:
        """Power by rating."""
        return {"p_mw": (0.0, self.p_rated_mw or 1.0), "q_mvar": (0.0, self.q_max_mvar or 1.0)}

    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        """Available power less what is curtailed, and reactive power within the rating."""
        asked, asked_mvar = inputs.setpoint.curtailment, inputs.setpoint.q_mvar
        curtailment = np.minimum(np.maximum(asked, 0.0), 1.0)
        p_mw = fed_in_mw(inputs.exogenous.availability, curtailment, p_rated_mw=self.p_rated_mw)
        most_mvar = np.minimum(reactive_room_mvar(p_mw, s_rated_mva=self.s_rated_mva), self.q_max_mvar)
        q_mvar = np.minimum(np.maximum(asked_mvar, -most_mvar), most_mvar)
        limited = {"curtailment": was_limited(asked, curtailment), "q_mvar": was_limited(asked_mvar, q_mvar)}
        return DeviceOutputs(p_mw=p_mw, q_mvar=q_mvar, limited=limited)

    def respond_to_price(
        self, price_usd_per_mwh: FloatArray, state: Block, exogenous: Block
    ) -> Mapping[str, FloatArray]:
        """Nothing is fed in while the price is negative. [USD/MWh]"""
        return {"curtailment": np.where(price_usd_per_mwh < 0.0, 1.0, 0.0)}


def _check_rating(s_rated_mva: float, p_rated_mw: float) -> Iterator[Finding]:
    if s_rated_mva < p_rated_mw:
        message = f"s_rated_mva = {s_rated_mva:g} cannot carry p_rated_mw = {p_rated_mw:g}."
        remedy = f"Raise it, or leave it out for {_OVERSIZE * p_rated_mw:g}."
        yield Finding(path="s_rated_mva", message=message, remedy=remedy)

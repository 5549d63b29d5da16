"""An electrolyser that turns electricity into hydrogen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from heron.core.feature import FeatureProvider, quantity
from heron.plant import SetpointField
from heron.types import FloatArray
from powergrid.core.features import ElectricalBasePh
from powergrid.plant.device import Block, Device, DeviceInputs, DeviceOutputs


class HydrogenOutput(FeatureProvider):
    """Hydrogen that left an electrolyser since the episode began, as lower heating value."""

    row_name = "hydrogen"
    hydrogen_mwh: float = quantity(0.0, unit="MWh", low=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Electrolyser(Device):
    """An electrolyser whose hydrogen is sold at a fixed price.

    Parameters
    ----------
    p_rated_mw
        Largest electrical power it takes. [MW]
    efficiency
        Lower heating value of the hydrogen per electrical energy. [1]
    hydrogen_value_usd_per_mwh
        What hydrogen is sold for, per lower heating value. [USD/MWh]

    Raises
    ------
    ValueError
        A rating or value is negative, or the efficiency is outside 0 to 1.
    """

    carries: ClassVar[tuple[type[FeatureProvider], ...]] = (ElectricalBasePh, HydrogenOutput)

    p_rated_mw: float
    efficiency: float = 0.65
    hydrogen_value_usd_per_mwh: float = 90.0

    def __post_init__(self) -> None:
        if not self.p_rated_mw >= 0.0:
            raise ValueError(f"p_rated_mw must not be negative, not {self.p_rated_mw}.")
        if not 0.0 < self.efficiency <= 1.0:
            raise ValueError(f"efficiency must be above 0 and at most 1, not {self.efficiency}.")
        if not self.hydrogen_value_usd_per_mwh >= 0.0:
            raise ValueError(f"hydrogen_value_usd_per_mwh must not be negative, not {self.hydrogen_value_usd_per_mwh}.")

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        """Power, from full consumption to none; doing nothing is none."""
        return (SetpointField(name="p_mw", unit="MW", low=-self.p_rated_mw, high=0.0, neutral=0.0),)

    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        """Consume what was asked for, within the rating, and sell the hydrogen."""
        p_mw = np.clip(inputs.setpoint.p_mw, -self.p_rated_mw, 0.0)
        made_mwh = -p_mw * inputs.step_h * self.efficiency
        return DeviceOutputs(
            p_mw=p_mw,
            q_mvar=np.zeros_like(p_mw),
            state={"hydrogen_mwh": inputs.state.hydrogen_mwh + made_mwh},
            cost_usd=-made_mwh * self.hydrogen_value_usd_per_mwh,
            limited={"p_mw": p_mw != inputs.setpoint.p_mw},
        )

    def respond_to_price(
        self, price_usd_per_mwh: FloatArray, state: Block, exogenous: Block
    ) -> Mapping[str, FloatArray]:
        """Run fully while electricity costs less than the hydrogen it becomes is sold for."""
        pays = price_usd_per_mwh < self.efficiency * self.hydrogen_value_usd_per_mwh
        return {"p_mw": np.where(pays, -self.p_rated_mw, 0.0)}

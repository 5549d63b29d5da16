"""On-load tap changers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from heron.core.feature import FeatureProvider
from heron.plant.interface import SetpointField
from heron.types import FloatArray
from powergrid.config.checks import not_empty, not_negative
from powergrid.config.finding import Finding
from powergrid.config.record import Record, Rule, checked
from powergrid.core.features.electrical import ElectricalBasePh
from powergrid.plant.device import Block, Device, DeviceInputs, DeviceOutputs
from powergrid_devices.physics.limiting import was_limited
from powergrid_devices.physics.tap_changing import stepped_position, tap_changes
from powergrid_devices.tap_position import TapPosition


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformer(Record, Device):
    """The tap changer of one of the network's transformers or regulators.

    It gives no power of its own: it moves the tap, which is in force in the interval the setpoint is given for.

    Parameters
    ----------
    transformer
        Name of the transformer in the network, with the area's name before it or without: ``"Regulator 1"``.
    tap_min, tap_max
        Lowest and highest position that may be asked for; within those of the network's tap changer.
    tap_initial
        Position when an episode begins, and the neutral setpoint.
    tap_change_cost_usd
        Wear of moving by one step. [USD]

    Raises
    ------
    InvalidConfigError
        Positions that are not in order, or a negative cost.
    """

    carries: ClassVar[tuple[type[FeatureProvider], ...]] = (ElectricalBasePh, TapPosition)

    transformer: str = field(metadata=checked(not_empty))
    tap_min: int = -16
    tap_max: int = 16
    tap_initial: int = 0
    tap_change_cost_usd: float = field(default=0.0, metadata=checked(not_negative))

    def __post_init__(self) -> None:
        Record.__post_init__(self)

    @classmethod
    def rules(cls) -> tuple[Rule, ...]:
        """Positions in order."""
        return (Rule(fields=("tap_min", "tap_max", "tap_initial"), check=_check_positions),)

    def tap_changer(self) -> str:
        """Name of the transformer."""
        return self.transformer

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        """The position, rounded to whole steps."""
        tap = SetpointField(
            name="tap", low=float(self.tap_min), high=float(self.tap_max), neutral=float(self.tap_initial)
        )
        return (tap,)

    def initial_state(self) -> Mapping[str, float]:
        """At ``tap_initial``."""
        return {"tap_position": float(self.tap_initial)}

    def display_scales(self) -> Mapping[str, tuple[float, float]]:
        """Position by its range."""
        middle, half = 0.5 * (self.tap_min + self.tap_max), 0.5 * (self.tap_max - self.tap_min)
        return {"tap_position": (middle, half or 1.0)}

    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        """The nearest position, and the wear of moving there."""
        asked = inputs.setpoint.tap
        position = stepped_position(asked, tap_min=self.tap_min, tap_max=self.tap_max)
        nothing = np.zeros(position.shape)
        # half a step is rounding, what the setpoint's unit is; more was out of range
        reached = np.minimum(np.maximum(asked, self.tap_min), self.tap_max)
        return DeviceOutputs(
            p_mw=nothing,
            q_mvar=nothing,
            state={"tap_position": position},
            cost_usd=tap_changes(inputs.state.tap_position, position) * self.tap_change_cost_usd,
            limited={"tap": was_limited(asked, reached)},
        )

    def respond_to_price(
        self, price_usd_per_mwh: FloatArray, state: Block, exogenous: Block
    ) -> Mapping[str, FloatArray]:
        """Nothing: a price says nothing about a tap, which stands at ``tap_initial`` then."""
        return {}


def _check_positions(tap_min: int, tap_max: int, tap_initial: int) -> Iterator[Finding]:
    if not tap_min <= tap_initial <= tap_max:
        message = f"tap_initial = {tap_initial} is not between tap_min = {tap_min} and tap_max = {tap_max}."
        yield Finding(path="tap_initial", message=message, remedy="Give positions in order.")

"""On-load tap changers, which this version cannot control yet."""

from __future__ import annotations

from dataclasses import dataclass

from heron.errors import ConfigError
from heron.plant.interface import SetpointField
from powergrid.plant.device import Device, DeviceInputs, DeviceOutputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformer(Device):
    """A transformer whose tap an agent would set. It cannot be built yet.

    The power flow of this version holds taps fixed for all environments, so a tap setpoint would do nothing. The
    name is kept so that configurations that use it are told so.

    Parameters
    ----------
    tap_min, tap_max, tap_initial
        Positions of the tap changer.

    Raises
    ------
    ConfigError
        Always.
    """

    tap_min: int = -16
    tap_max: int = 16
    tap_initial: int = 0

    def __post_init__(self) -> None:
        raise ConfigError(
            f"A Transformer with taps {self.tap_min} to {self.tap_max} was asked for, but tap changers cannot be "
            "controlled yet: the power flow holds taps fixed.",
            remedy="Remove the device; fixed positions are set with the network's 'regulator_taps'.",
        )

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        """Not available yet."""
        raise NotImplementedError

    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        """Not available yet."""
        raise NotImplementedError

"""Device agents: one device each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, TypeAlias, cast

import numpy as np

from heron.agents.field_agent import FieldAgent
from heron.core.policy import Policy
from heron.errors import ConfigError
from heron.plant.interface import SetpointField
from heron.types import FloatArray
from powergrid.plant.device import Device

DeviceFamily: TypeAlias = Literal["sgen", "storage", "load"]
PriceResponse: TypeAlias = Callable[[str, FloatArray], FloatArray]


class DeviceAgent(FieldAgent):
    """A device on a bus, with its controller.

    For an array kind the agent holds the nameplate and the plant does the physics. As an object kind a
    subclass describes the device itself: `set_state` (with an `ElectricalBasePh` among the features),
    `set_action`, `apply_action`, `update_state`, `update_cost_safety`.

    Parameters
    ----------
    agent_id
        Unique name.
    policy
        How it decides when nobody directs it; the neutral setpoint without one.
    protocol, tick_config
        As in `FieldAgent`.
    device_state_config
        What the configuration says of the device, ``bus`` among it; an object kind reads its
        parameters from here.
    device
        Nameplate of an array kind.
    upstream_id
        The agent it belongs to.

    Attributes
    ----------
    family
        pandapower element that stands for a device of an object kind in ``env.net``: ``"sgen"``, ``"storage"`` or
        ``"load"``.
    """

    family: ClassVar[DeviceFamily] = "sgen"

    def __init__(
        self,
        agent_id: str,
        policy: Policy | None = None,
        protocol: Any = None,
        device_state_config: Mapping[str, Any] | None = None,
        tick_config: Any = None,
        *,
        device: Device | None = None,
        upstream_id: str | None = None,
    ) -> None:
        self.device_state_config = dict(device_state_config or {})
        self.device = device
        self._nameplate_fields = None if device is None else device.setpoint_fields()
        self._respond: PriceResponse | None = None
        super().__init__(agent_id, policy=policy, protocol=protocol, tick_config=tick_config, upstream_id=upstream_id)

    @property
    def bus(self) -> str:
        """Name of the bus it is connected to."""
        return str(self.device_state_config.get("bus", ""))

    @property
    def is_array_kind(self) -> bool:
        """Whether the plant does this device's physics on arrays."""
        return self.device is not None

    @property
    def element_family(self) -> DeviceFamily:
        """pandapower element that stands for the device."""
        return self.family if self.device is None else cast("DeviceFamily", type(self.device).family)

    def set_state(self) -> None:
        """Features of an array kind; an object kind overrides this."""
        if self.device is not None:
            self.state.features = [feature() for feature in type(self.device).carries]
            for feature in self.state.features:
                own = set(feature.names())
                values = {name: value for name, value in self.device.initial_state().items() if name in own}
                feature.set_values(**values)

    def set_action(self) -> None:
        """Action of an array kind; an object kind overrides this."""
        if self._nameplate_fields is not None:
            fields = self._nameplate_fields
            self.action.set_specs(
                dim_c=len(fields),
                range=np.array([[f.low for f in fields], [f.high for f in fields]]),
                names=[f.name for f in fields],
                neutral=[f.neutral for f in fields],
            )

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        """What can be asked of the device."""
        return super().setpoint_fields() if self._nameplate_fields is None else self._nameplate_fields

    def responds_to_price(self) -> bool:
        """Whether the kind declares what it does at a price."""
        if self.device is not None:
            return type(self.device).responds_to_price()
        return type(self).respond_to_price is not DeviceAgent.respond_to_price

    def respond_to_price(self, price: FloatArray) -> FloatArray:
        """Setpoints ``(n_field, n_env)`` for a price ``(n_env,)``, by the kind's own rule. [USD/MWh]"""
        if self._respond is None:
            raise ConfigError(
                f"Device {self.agent_id!r} declares no response to a price, or is not part of an environment.",
                remedy="Implement respond_to_price on its kind, or use SetpointProtocol.",
            )
        return self._respond(self.agent_id, price)

    def follow_plant(self, respond: PriceResponse) -> None:
        """Take the plant's answer to prices; called when an environment is built."""
        self._respond = respond

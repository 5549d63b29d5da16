"""The agent of a microgrid: directs the devices of its area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from heron.agents.agent import Agent
from heron.agents.coordinator import CoordinatorAgent
from heron.core.policy import Policy
from heron.errors import ConfigError
from heron.protocols.base import Protocol
from heron.protocols.vertical import SetpointProtocol
from powergrid.agents.device_agent import DeviceAgent
from powergrid.config.parameters import build_parameters
from powergrid.config.read import read_microgrid_config
from powergrid.config.schema import DeviceConfig, MicrogridConfig
from powergrid.core.features.network import BusVoltages, LineFlows
from powergrid.errors import UnknownBusError
from powergrid.networks.bus_lookup import find_bus
from powergrid.networks.device_element import add_device_element
from powergrid.networks.zone import bus_zones
from powergrid.plant.device import Device
from powergrid.plugins.registries import device_registry


class PowerGridAgent(CoordinatorAgent):
    """Coordinator of a microgrid.

    Resolves the kinds of its devices, checks their buses against its net and adds one element of zero
    power per device to the net, so that the net alone is a complete pandapower model.

    Parameters
    ----------
    net
        pandapower net of the area; elements are added to it.
    grid_config
        ``name``, ``base_power``, ``devices`` and so on, a mapping or a `MicrogridConfig`.
    protocol
        How its action becomes its devices' setpoints; `SetpointProtocol` when not given.
    policy, tick_config
        As in `CoordinatorAgent`.

    Raises
    ------
    ConfigError
        With every finding in ``grid_config``, or if ``protocol`` contradicts its ``shared_action_fields``.
    UnknownDeviceTypeError
        If no installed package has a kind of that name.
    UnknownBusError
        If a device names a bus the net does not have.
    """

    def __init__(
        self,
        net: Any,
        grid_config: Mapping[str, Any] | MicrogridConfig,
        protocol: Protocol | None = None,
        policy: Policy | None = None,
        tick_config: Any = None,
        **keywords: Any,
    ) -> None:
        self.config = grid_config if isinstance(grid_config, MicrogridConfig) else read_microgrid_config(grid_config)
        self.net = net
        directs = self._default_protocol() if protocol is None else self._given_protocol(protocol)
        super().__init__(self.config.name, policy=policy, protocol=directs, tick_config=tick_config, **keywords)
        self.zones = _zones(net, self.config.name)
        self.state.features = [BusVoltages(), LineFlows()]
        for name, agent in self._build_subordinates(self.config.devices).items():
            self.add_subordinate(agent, name=name)

    def _default_protocol(self) -> Protocol:
        return SetpointProtocol(shared=self.config.shared_action_fields or ())

    def _given_protocol(self, protocol: Protocol) -> Protocol:
        shared = self.config.shared_action_fields
        if shared and tuple(getattr(protocol, "shared", ())) != tuple(shared):
            raise ConfigError(
                f"{self.config.name!r} has shared_action_fields {list(shared)}, which its "
                f"{type(protocol).__name__} does not share.",
                remedy=f"Give it SetpointProtocol(shared={list(shared)}), or leave shared_action_fields out.",
            )
        return protocol

    def _build_subordinates(
        self, configs: Sequence[Any], env_id: str | None = None, upstream_id: str | None = None
    ) -> dict[str, Agent]:
        registry = device_registry()
        agents: dict[str, Agent] = {}
        for position, config in enumerate(configs):
            where = f"{self.agent_id}.devices[{position}].device_state_config"
            agent = self._build_device(registry[config.type], config, where)
            if not agent.bus:
                raise ConfigError(
                    f"Device {config.name!r} of {self.agent_id!r} names no bus.", remedy=f"Add 'bus' to {where}."
                )
            self._add_element(agent)
            agents[config.name] = agent
        return agents

    def _add_element(self, agent: DeviceAgent) -> None:
        try:
            bus = find_bus(self.net, agent.bus, zone=self.zones[0] if len(self.zones) == 1 else None)
        except UnknownBusError as cause:
            raise UnknownBusError(f"Device {agent.agent_id!r}: {cause.message}", remedy=cause.remedy) from cause
        add_device_element(self.net, device_name=agent.agent_id, bus=bus, family=agent.element_family)

    def _build_device(self, kind: type[Device] | type[DeviceAgent], config: DeviceConfig, where: str) -> DeviceAgent:
        agent_id = f"{self.agent_id}.{config.name}"
        if issubclass(kind, DeviceAgent):
            return kind(agent_id=agent_id, device_state_config=config.device_state_config)
        if vars(kind).get("__annotations__") and "__dataclass_fields__" not in vars(kind):
            raise ConfigError(
                f"Device kind {kind.__name__} is not a dataclass of its own: its parameters would not be known.",
                remedy="Write @dataclass(frozen=True, slots=True, kw_only=True) above the class.",
            )
        parameters = {name: value for name, value in config.device_state_config.items() if name != "bus"}
        device = build_parameters(kind, parameters, where)
        return DeviceAgent(agent_id, device_state_config=config.device_state_config, device=device)


def _zones(net: Any, name: str) -> tuple[str, ...]:
    """Zones of an area: the one named like its agent if the net has it, else all zones of its net."""
    present = [zone for zone in dict.fromkeys(bus_zones(net).values()) if zone is not None]
    return (name,) if name in present else tuple(present)

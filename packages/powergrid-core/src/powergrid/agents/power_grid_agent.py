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
from powergrid.networks.bus_lookup import find_bus
from powergrid.networks.device_element import add_device_element
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
        With every finding in ``grid_config``.
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
        directs = protocol or SetpointProtocol(shared=self.config.shared_action_fields or ())
        super().__init__(self.config.name, policy=policy, protocol=directs, tick_config=tick_config, **keywords)
        self.zones = _zones(net, self.config.name)
        for name, agent in self._build_subordinates(self.config.devices).items():
            self.add_subordinate(agent, name=name)

    def _build_subordinates(
        self, configs: Sequence[Any], env_id: str | None = None, upstream_id: str | None = None
    ) -> dict[str, Agent]:
        registry = device_registry()
        agents: dict[str, Agent] = {}
        for position, config in enumerate(configs):
            kind = registry[config.type]
            where = f"{self.agent_id}.devices[{position}].device_state_config"
            agent = self._build_device(kind, config, where)
            if not agent.bus:
                raise ConfigError(
                    f"Device {config.name!r} of {self.agent_id!r} names no bus.", remedy=f"Add 'bus' to {where}."
                )
            bus = find_bus(self.net, agent.bus, zone=self.zones[0] if self.zones else None)
            family = type(agent.device).family if agent.device is not None else "sgen"
            add_device_element(self.net, device_name=agent.agent_id, bus=bus, family=family)
            agents[config.name] = agent
        return agents

    def _build_device(self, kind: type, config: DeviceConfig, where: str) -> DeviceAgent:
        agent_id = f"{self.agent_id}.{config.name}"
        if not issubclass(kind, Device):
            agent: DeviceAgent = kind(agent_id=agent_id, device_state_config=config.device_state_config)
            return agent
        parameters = {name: value for name, value in config.device_state_config.items() if name != "bus"}
        device = build_parameters(kind, parameters, where)
        return DeviceAgent(agent_id, device_state_config=config.device_state_config, device=device)


def _zones(net: Any, name: str) -> tuple[str, ...]:
    """Zones of an area: the one named like its agent if the net has it, else all zones of its net."""
    present = [zone for zone in dict.fromkeys(net.bus.zone.tolist()) if zone is not None and zone == zone]
    return (name,) if name in present else tuple(str(zone) for zone in present)

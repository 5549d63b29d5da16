"""Assembly: from a net and its agents to a plant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from heron.agents.agent import Agent
from powergrid.agents.device_agent import DeviceAgent
from powergrid.agents.power_grid_agent import PowerGridAgent
from powergrid.config.schema import EnvConfig
from powergrid.envs.area_map import locate_areas
from powergrid.envs.series_source import follow_series
from powergrid.envs.solver_choice import choose_solver
from powergrid.envs.user_warning import warn_user
from powergrid.errors import NetworkError
from powergrid.plant.area import Area, GridAreas
from powergrid.plant.fleet import Fleet
from powergrid.plant.grid import Grid
from powergrid.plant.grid_plant import GridPlant, PlantOptions
from powergrid.plant.placement import Placement
from powergrid.plant.safety import SafetyLimits
from powergrid.plant.series import TimeSeriesTable
from powergrid.powerflow.compilation import compile_network
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.nominal_loads import NominalLoads, fixed_injections, nominal_loads

_FAMILIES = ("sgen", "storage", "load")


def build_plant(
    net: Any,
    agents: Sequence[Agent],
    config: EnvConfig,
    *,
    areas: Sequence[Area],
    series: TimeSeriesTable | None,
) -> GridPlant:
    """Plant of a net with its agents' devices.

    Parameters
    ----------
    net
        pandapower net with one element per device.
    agents
        Every agent.
    config
        The environment's configuration.
    areas
        Who is responsible for which zones.
    series
        Load, sun, wind and price; None for nominal loads and energy for nothing.

    Raises
    ------
    NetworkError
        If the net cannot be compiled, or a device has no element in it or stands on a bus that nothing supplies.
    """
    network = compile_network(net)
    located = locate_areas(net, network, areas)
    elements, area_of = _elements(net), {area.name: i for i, area in reversed(list(enumerate(located.areas)))}
    placements = [
        _place(network, elements.get(device.agent_id, []), agent, device, located, area_of)
        for agent in agents
        if isinstance(agent, PowerGridAgent)
        for device in agent.devices.values()
        if isinstance(device, DeviceAgent)
    ]
    devices = [placement.name for placement in placements]
    chosen = choose_solver(config.solver, net, network)
    grid = Grid(
        network,
        chosen.solver,
        _loads(net, network, devices),
        located,
        SafetyLimits(),
        fixed_mva=fixed_injections(net, network, exclude=devices),
    )
    grid.solver_name, grid.solver_reason = chosen.name, chosen.reason
    public = () if config.dso_config is None else (config.dso_config.name,)
    options = PlantOptions(settle_storage=config.settle_storage, public_loads=public)
    return GridPlant(Fleet(placements), grid, follow_series(config, series), options)


def answer_prices(plant: GridPlant, agents: Mapping[str, Agent]) -> None:
    """Give device agents of array kinds the plant's answer to prices."""
    for agent in agents.values():
        if isinstance(agent, DeviceAgent) and agent.is_array_kind and agent.responds_to_price():
            agent.follow_plant(plant.respond_to_price)


def _loads(net: Any, network: CompiledNetwork, devices: Sequence[str]) -> NominalLoads:
    loads = nominal_loads(net, network, exclude=devices)
    if loads.unsupplied:
        warn_user(f"No source supplies the loads {', '.join(loads.unsupplied)}: they draw nothing.")
    return loads


def _elements(net: Any) -> dict[str, list[int]]:
    """Buses of the elements of each name that may stand for a device."""
    buses: dict[str, list[int]] = {}
    for family in _FAMILIES:
        for name, bus in zip(net[family].name.tolist(), net[family].bus.tolist(), strict=True):
            buses.setdefault(name, []).append(int(bus))
    return buses


def _place(
    network: CompiledNetwork,
    buses: Sequence[int],
    owner: PowerGridAgent,
    agent: DeviceAgent,
    areas: GridAreas,
    area_of: Mapping[str, int],
) -> Placement:
    if len(buses) != 1:
        raise NetworkError(
            f"Device {agent.agent_id!r} has {len(buses)} elements in the environment's net, not one.",
            remedy=f"Build {owner.agent_id!r} on this net, or join its net to this one with attach_feeder.",
        )
    node = network.node_of_bus.get(buses[0])
    if node is None:
        raise NetworkError(
            f"Device {agent.agent_id!r} stands on bus {agent.bus!r}, which nothing supplies.",
            remedy="Close the switches that lead to it, or put the device elsewhere.",
        )
    area = area_of.get(owner.agent_id, int(areas.of_node[node]))
    return Placement(name=agent.agent_id, node=node, area=area, agent=agent, device=agent.device)

"""Assembly: from a net and its agents to a plant."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from heron.agents.agent import Agent
from heron.types import IndexArray
from powergrid.agents.device_agent import DeviceAgent
from powergrid.agents.power_grid_agent import PowerGridAgent
from powergrid.config.schema import EnvConfig
from powergrid.core.features.network import BusVoltages, LineFlows
from powergrid.errors import NetworkError
from powergrid.networks.bus_lookup import find_bus
from powergrid.plant.area import Area
from powergrid.plant.exogenous import Exogenous, SeriesOptions, nominal_series
from powergrid.plant.fleet import Fleet
from powergrid.plant.grid import Grid, GridAreas
from powergrid.plant.grid_plant import GridPlant, PlantOptions
from powergrid.plant.placement import Placement
from powergrid.plant.safety import SafetyLimits
from powergrid.plant.series import TimeSeriesTable
from powergrid.plugins.registries import solver_registry
from powergrid.powerflow.compilation import compile_network
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.nominal_loads import nominal_loads
from powergrid.setups.loader import load_dataset

REST = "grid"


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
        Agents at the top of the hierarchy.
    config
        The environment's configuration.
    areas
        Who is responsible for which zones.
    series
        Load, sun, wind and price; None for nominal loads and energy for nothing.

    Raises
    ------
    NetworkError
        If the net cannot be compiled, or a device's bus is not in it.
    """
    compiled = compile_network(net)
    grid_areas = locate_areas(net, compiled, areas)
    placements = [
        _place(net, compiled, grid_areas, agent, device)
        for agent in agents
        if isinstance(agent, PowerGridAgent)
        for device in agent.devices.values()
        if isinstance(device, DeviceAgent)
    ]
    solver_name = "fixed_point" if config.solver == "auto" else config.solver
    grid = Grid(
        compiled,
        solver_registry()[solver_name](net, compiled),
        nominal_loads(net, compiled, exclude=[placement.name for placement in placements]),
        grid_areas,
        SafetyLimits(),
    )
    options = SeriesOptions(
        split="train" if config.train else "test",
        start=config.start,
        step_s=config.step_s,
        episode_steps=config.max_episode_steps,
        forecast_steps=config.forecast_steps,
    )
    exogenous = Exogenous(series if series is not None else nominal_series(), options)
    public = () if config.dso_config is None else (config.dso_config.name,)
    books = PlantOptions(settle_storage=config.settle_storage, public_loads=public)
    return GridPlant(Fleet(placements), placements, grid, exogenous, books)


def find_series(config: EnvConfig) -> TimeSeriesTable | None:
    """Time series a configuration asks for; None, with a warning, where it asks for none."""
    source = config.dataset if config.dataset is not None else config.dataset_path
    if isinstance(source, TimeSeriesTable):
        return source
    if isinstance(source, Mapping):
        whole = set(source) >= {"train", "test"}
        return TimeSeriesTable.from_splits(source) if whole else TimeSeriesTable.from_arrays(source)
    if source is not None:
        return load_dataset(source)
    warnings.warn(
        "The configuration names no dataset: loads are nominal, sun and wind full, and the energy price is 0.",
        stacklevel=2,
    )
    return None


def locate_areas(net: Any, compiled: CompiledNetwork, areas: Sequence[Area]) -> GridAreas:
    """Area of every node and branch; what belongs to nobody is an area of its own."""
    zone_of = {zone: position for position, area in enumerate(areas) for zone in area.zones}
    whole = next((position for position, area in enumerate(areas) if not area.zones), None)
    fallback = len(areas) if whole is None else whole
    of_node = np.full(compiled.n_node, fallback, dtype=np.intp)
    for bus, node in compiled.node_of_bus.items():
        of_node[node] = zone_of.get(net.bus.zone.at[bus], fallback)
    named = list(areas)
    if whole is None and np.any(of_node == fallback):
        named.append(Area(name=REST))
    of_branch = of_node[compiled.to_node].copy()
    feeding = np.full(len(named), -1, dtype=np.intp)
    for position, area in enumerate(named):
        if area.transformer is not None:
            feeding[position] = _branch_of_transformer(compiled, area)
            of_branch[feeding[position]] = position
    return GridAreas(
        areas=tuple(named),
        of_node=of_node,
        of_branch=of_branch,
        feeding_branch=feeding,
        slack_area=int(of_node[compiled.slack_nodes[0]]),
    )


def bind_agents(plant: GridPlant, agents: Mapping[str, Agent]) -> None:
    """Give grid agents their area's summary and device agents the plant's answer to prices."""
    for position, area in enumerate(plant.grid.areas.areas):
        agent = agents.get(area.name)
        if agent is not None:
            for feature in (BusVoltages(), LineFlows()):
                feature.bind(plant.table, plant.grid.summary_rows(position, type(feature)))
                agent.state.features.append(feature)
    for agent in agents.values():
        if isinstance(agent, DeviceAgent) and agent.is_array_kind and agent.responds_to_price():
            agent.follow_plant(plant.respond_to_price)


def _place(
    net: Any, compiled: CompiledNetwork, areas: GridAreas, owner: PowerGridAgent, agent: DeviceAgent
) -> Placement:
    bus = find_bus(net, agent.bus, zone=owner.zones[0] if owner.zones else None)
    if bus not in compiled.node_of_bus:
        raise NetworkError(
            f"Device {agent.agent_id!r} stands on bus {agent.bus!r}, which nothing supplies.",
            remedy="Close the switches that lead to it, or put the device elsewhere.",
        )
    node = compiled.node_of_bus[bus]
    area = next((i for i, area in enumerate(areas.areas) if area.name == owner.agent_id), int(areas.of_node[node]))
    return Placement(
        name=agent.agent_id,
        node=node,
        area=area,
        owner=agent.agent_id,
        parent=owner.agent_id,
        agent=agent,
        device=agent.device,
    )


def _branch_of_transformer(compiled: CompiledNetwork, area: Area) -> int:
    found: IndexArray = np.array(
        [
            branch
            for branch, (kind, element) in enumerate(
                zip(compiled.branch_kind, compiled.branch_element, strict=True)
            )
            if kind == "trafo" and element == area.transformer
        ],
        dtype=np.intp,
    )
    if len(found) != 1:
        raise NetworkError(f"Area {area.name!r} is fed by transformer {area.transformer}, which is not in the net.")
    return int(found[0])

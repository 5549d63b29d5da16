"""What a local controller knows of its own microgrid: nameplates and nominal load."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from heron.core.observation import Observation
from heron.types import FloatArray
from powergrid.agents.device_agent import DeviceAgent
from powergrid.agents.power_grid_agent import PowerGridAgent
from powergrid.plant.device import Device
from powergrid.plant.grid_plant import GridPlant


@dataclass(frozen=True, slots=True, kw_only=True)
class Nameplate:
    """Devices of one microgrid by what they do, and its nominal load.

    Devices are told apart by their parameters, not by their class, so that a kind of your own counts as a generator,
    a battery or a source when it has the parameters of one.

    Parameters
    ----------
    agent_id
        The microgrid.
    generators
        Devices with ``cost_curve_coefs``, by short name.
    storages
        Devices with ``capacity_mwh``.
    renewables
        Devices with ``p_rated_mw`` and a series ``availability``.
    loads
        Devices that consume: those with ``shed_cost_usd_per_mwh``.
    others
        All the rest; a controller leaves them at their neutral setpoint.
    nominal_load_mw, nominal_load_mvar
        Load of the network at load fraction 1 and nominal voltage. [MW], [Mvar]
    capacitors_mvar
        What its capacitors supply at nominal voltage. [Mvar]
    transformer_mva
        Rating of the transformer it is fed by; infinite where there is none. [MVA]
    """

    agent_id: str
    generators: dict[str, Any]
    storages: dict[str, Any]
    renewables: dict[str, Any]
    loads: dict[str, Any]
    others: dict[str, Any]
    nominal_load_mw: float
    nominal_load_mvar: float
    capacitors_mvar: float
    transformer_mva: float

    def load_mw(self, seen: Observation) -> FloatArray:
        """Load of the interval that starts now, ``(n_env,)``. [MW]"""
        load = self.nominal_load_mw * seen[f"{self.agent_id}.exogenous.load"]
        for name, device in self.loads.items():
            load = load + float(device.p_mw) * self._profile(seen, name, device)
        return load

    def load_mvar(self, seen: Observation) -> FloatArray:
        """Reactive load of the interval that starts now less what capacitors supply, ``(n_env,)``. [Mvar]"""
        load = self.nominal_load_mvar * seen[f"{self.agent_id}.exogenous.load"] - self.capacitors_mvar
        for name, device in self.loads.items():
            load = load + float(device.q_mvar) * self._profile(seen, name, device)
        return load

    def available_mw(self, seen: Observation, name: str) -> FloatArray:
        """What sun or wind allow a device now, ``(n_env,)``. [MW]"""
        rated = float(self.renewables[name].p_rated_mw)
        return rated * seen[f"{self.agent_id}.{name}.exogenous.availability"]

    def soc(self, seen: Observation, name: str) -> FloatArray:
        """State of charge of a battery, ``(n_env,)``. [1]"""
        return seen[f"{self.agent_id}.{name}.storage.soc"]

    def _profile(self, seen: Observation, name: str, device: Any) -> FloatArray:
        if getattr(device, "profile", None) is None:
            return np.ones(len(seen.values))
        return seen[f"{self.agent_id}.{name}.exogenous.profile"]


def read_nameplate(agent: PowerGridAgent, plant: GridPlant, net: Any) -> Nameplate:
    """Nameplate of an agent's microgrid.

    Parameters
    ----------
    agent
        The microgrid's agent.
    plant
        The plant it is part of.
    net
        pandapower net of the environment.
    """
    devices = {name: a.device for name, a in agent.devices.items() if isinstance(a, DeviceAgent)}
    grid = plant.grid
    position = next(i for i, area in enumerate(grid.areas.areas) if area.name == agent.agent_id)
    mine = grid.load_area == position
    loads = grid.loads
    transformer = grid.areas.areas[position].transformer
    groups = _group(devices)
    return Nameplate(
        agent_id=agent.agent_id,
        **groups,
        nominal_load_mw=_sum((loads.p_mw, loads.p_current_mw, loads.p_impedance_mw), mine),
        nominal_load_mvar=_sum((loads.q_mvar, loads.q_current_mvar, loads.q_impedance_mvar), mine),
        capacitors_mvar=_capacitors_mvar(plant, position),
        transformer_mva=np.inf if transformer is None else float(net.trafo.sn_mva.at[transformer]),
    )


def _group(devices: dict[str, Device | None]) -> dict[str, dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {key: {} for key in ("generators", "storages", "renewables", "loads", "others")}
    for name, device in devices.items():
        groups[_group_of(device)][name] = device
    return groups


def _group_of(device: Device | None) -> str:
    marks = (
        ("generators", ("cost_curve_coefs", "p_max_mw")),
        ("storages", ("capacity_mwh", "p_max_mw")),
        ("renewables", ("p_rated_mw", "availability")),
        ("loads", ("p_mw", "shed_cost_usd_per_mwh")),
    )
    for group, names in marks:
        if all(hasattr(device, name) for name in names):
            return group
    return "others"


def _sum(parts: Iterable[FloatArray], mine: Any) -> float:
    return sum(float(part[mine].sum()) for part in parts)


def _capacitors_mvar(plant: GridPlant, area: int) -> float:
    """Reactive power that shunts of an area supply at nominal voltage, line charging left out. [Mvar]"""
    network = plant.grid.network
    own = network.y.diagonal().copy()
    np.subtract.at(own, network.from_node, network.yff)
    np.subtract.at(own, network.to_node, network.ytt)
    inside = plant.grid.areas.of_node == area
    return float(own[inside].imag.sum()) * network.base_mva

"""What a local controller knows of its own microgrid: nameplates and nominal load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from heron.core.observation import Observation
from heron.types import FloatArray
from powergrid.agents.device_agent import DeviceAgent
from powergrid.agents.power_grid_agent import PowerGridAgent
from powergrid.plant.grid_plant import GridPlant


@dataclass(frozen=True, slots=True, kw_only=True)
class Nameplate:
    """Devices of one microgrid by what they do, and its nominal load.

    Parameters
    ----------
    agent_id
        The microgrid.
    generators, storages, renewables
        Short names and nameplates.
    nominal_load_mw
        Load at load fraction 1. [MW]
    transformer_mva
        Rating of the transformer it is fed by; infinite where there is none. [MVA]
    """

    agent_id: str
    generators: dict[str, Any]
    storages: dict[str, Any]
    renewables: dict[str, Any]
    nominal_load_mw: float
    transformer_mva: float

    def load_mw(self, seen: Observation) -> FloatArray:
        """Load of the interval that starts now, ``(n_env,)``. [MW]"""
        return self.nominal_load_mw * seen[f"{self.agent_id}.exogenous.load"]

    def available_mw(self, seen: Observation, name: str) -> FloatArray:
        """What sun or wind allow a device now, ``(n_env,)``. [MW]"""
        rated = float(self.renewables[name].p_rated_mw)
        return rated * seen[f"{self.agent_id}.{name}.exogenous.availability"]

    def soc(self, seen: Observation, name: str) -> FloatArray:
        """State of charge of a battery, ``(n_env,)``. [1]"""
        return seen[f"{self.agent_id}.{name}.storage.soc"]


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
    devices = {name: a.device for name, a in agent.devices.items() if isinstance(a, DeviceAgent) and a.device}
    grid = plant.grid
    position = next(i for i, area in enumerate(grid.areas.areas) if area.name == agent.agent_id)
    load = grid.loads.p_mw + grid.loads.p_current_mw + grid.loads.p_impedance_mw
    transformer = grid.areas.areas[position].transformer
    return Nameplate(
        agent_id=agent.agent_id,
        generators={name: device for name, device in devices.items() if hasattr(device, "cost_curve_coefs")},
        storages={name: device for name, device in devices.items() if hasattr(device, "capacity_mwh")},
        renewables={name: device for name, device in devices.items() if hasattr(device, "p_rated_mw")},
        nominal_load_mw=float(np.add.reduce(load[grid.load_area == position])),
        transformer_mva=np.inf if transformer is None else float(net.trafo.sn_mva.at[transformer]),
    )

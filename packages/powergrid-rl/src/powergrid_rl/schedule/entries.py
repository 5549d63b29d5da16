"""Entries of all agents' actions, by what they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from heron.errors import ConfigError
from heron.types import FloatArray
from powergrid.agents.power_grid_agent import PowerGridAgent
from powergrid.optimization import StorageLimits
from powergrid_rl.baselines.nameplate import read_nameplate
from powergrid_rl.evaluation.foresight_bound import storage_limits
from powergrid_rl.evaluation.rollout import DayBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One number that an agent decides in each step, from -1 to 1.

    Parameters
    ----------
    agent, place
        Whose action, and where in it.
    half_mw, middle_mw
        Power that one unit of it means, and power that 0 means, where it is the power of a generator or battery; 0
        elsewhere. [MW]
    curvature
        Coefficient of the square in the running cost of a generator. [USD/(MW² h)]
    storage
        Nameplate of a battery whose power it is.
    capacity_mwh
        Of that battery. [MWh]
    power_row, soc_row
        Rows of the battery's power and state of charge.
    """

    agent: str
    place: int
    half_mw: float = 0.0
    middle_mw: float = 0.0
    curvature: float = 0.0
    storage: StorageLimits | None = None
    capacity_mwh: float = 0.0
    power_row: str = ""
    soc_row: str = ""

    def power_mw(self, action: FloatArray) -> FloatArray:
        """Power that an action asks for. [MW]"""
        return self.middle_mw + self.half_mw * action

    def action(self, power_mw: FloatArray) -> FloatArray:
        """Action that asks for a power, ``-1`` to 1; 0 where there is none to ask for."""
        return (power_mw - self.middle_mw) / self.half_mw if self.half_mw > 0.0 else np.zeros_like(power_mw)


def entries_of(batch: DayBatch) -> Sequence[Entry]:
    """Every entry of every learner's action, in order.

    Raises
    ------
    ConfigError
        If a learner is no microgrid.
    """
    found: list[Entry] = []
    for agent_id in batch.core.learners:
        agent = batch.core.agents[agent_id]
        if not isinstance(agent, PowerGridAgent):
            raise ConfigError(f"A schedule is for microgrids; {agent_id!r} is {type(agent).__name__}.")
        plate = read_nameplate(agent, batch.env.plant, batch.env.net)
        for place, name in enumerate(batch.core.control.action_names[agent_id]):
            device, _, field = name.partition(".")
            if field == "p_mw" and device in plate.generators:
                unit = plate.generators[device]
                half = (float(unit.p_max_mw) - float(unit.p_min_mw)) / 2.0
                curvature = float(unit.cost_curve_coefs[0])
                found.append(Entry(agent=agent_id, place=place, half_mw=half, curvature=curvature))
            elif field == "p_mw" and device in plate.storages:
                found.append(_battery(agent_id, place, device, plate.storages[device]))
            else:
                found.append(Entry(agent=agent_id, place=place))
    return found


def _battery(agent_id: str, place: int, name: str, device: Any) -> Entry:
    limits = storage_limits(device)
    return Entry(
        agent=agent_id,
        place=place,
        half_mw=(limits.charge_max_mw + limits.discharge_max_mw) / 2.0,
        middle_mw=(limits.discharge_max_mw - limits.charge_max_mw) / 2.0,
        storage=limits,
        capacity_mwh=float(device.capacity_mwh),
        power_row=f"{agent_id}.{name}.electrical.p_mw",
        soc_row=f"{agent_id}.{name}.storage.soc",
    )

"""The part of the network that a microgrid pays for: its loads, and the losses behind its boundary."""

from __future__ import annotations

from typing import Any

import numpy as np

from heron.types import FloatArray, IndexArray
from powergrid.optimization import LossIncentive, branches_behind, loss_limit_mw
from powergrid_rl.evaluation.known_day import KnownDays
from powergrid_rl.evaluation.rollout import DayBatch

_ACTIVE = ("p_max_mw", "p_min_mw", "p_rated_mw", "p_mw")
_REACTIVE = ("q_max_mvar", "q_min_mvar", "q_mvar")


class PaidArea:
    """Loads and losses of one microgrid's area.

    Parameters
    ----------
    batch
        Begun days.
    agent_id
        The microgrid.
    days
        Their series.
    """

    def __init__(self, batch: DayBatch, agent_id: str, days: KnownDays) -> None:
        self._batch, self._days = batch, days
        self._grid = batch.env.plant.grid
        areas = self._grid.areas
        self._position = next(i for i, area in enumerate(areas.areas) if area.name == agent_id)
        self._column = areas.areas[self._position].load_column
        self._fixed_mw = self._fixed_consumption_mw()

    def least_load_mw(self) -> FloatArray:
        """Consumption of the network's own elements, ``(n_day, n_step)``. [MW]

        Where loads depend on voltage it is what any voltage of the band makes most worthwhile: the lower end, and the
        upper one at negative prices.
        """
        limits = self._grid.limits
        price = self._days.price_usd_per_mwh
        vm = np.where(price < 0.0, limits.v_max_pu, limits.v_min_pu)
        scale = np.ones_like(price) if self._column is None else self._days.series(self._column)
        constant, current, impedance = (float(part.sum()) for part in self._own_loads())
        load: FloatArray = scale * (constant + current * vm + impedance * vm**2) + self._fixed_mw
        return load

    def loss_limit_mw(self) -> float:
        """Losses that could be worth their penalties at the lowest price of these days. [MW]"""
        options, limits = self._batch.core.options, self._grid.limits
        branches = self._paid_branches()
        penalty = options.penalty if self._watches(branches) else 0.0
        incentive = LossIncentive(
            loss_usd_per_mw=max(0.0, -float(self._days.price_usd_per_mwh.min())) * self._days.step_h,
            voltage_usd_per_pu=penalty * limits.weights.get("voltage", 0.0),
            overload_usd=penalty * min(limits.weights.get("line", 0.0), limits.weights.get("transformer", 0.0)),
            v_min_pu=limits.v_min_pu,
            v_max_pu=limits.v_max_pu,
        )
        return loss_limit_mw(self._grid.network, branches, self._greatest_mva(), incentive)

    def _own_loads(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        loads, mine = self._grid.loads, self._grid.load_area == self._position
        return loads.p_mw[mine], loads.p_current_mw[mine], loads.p_impedance_mw[mine]

    def _fixed_consumption_mw(self) -> float:
        """What elements that are neither loads nor devices draw, found from what is drawn as the days begin."""
        grid = self._grid
        vm = grid.vm_pu[grid.loads.node[grid.load_area == self._position], 0]
        constant, current, impedance = self._own_loads()
        scaled = grid.load_scale[self._position, 0] * float((constant + current * vm + impedance * vm**2).sum())
        return float(grid.drawn_mva[self._position, 0].real) - scaled

    def _paid_branches(self) -> IndexArray:
        """Behind its transformer; with the slack, all that are behind nobody's."""
        areas, network = self._grid.areas, self._grid.network
        feeding = areas.feeding_branch
        if feeding[self._position] >= 0:
            return branches_behind(network, int(feeding[self._position]))
        if self._position != areas.slack_area:
            return np.zeros(0, dtype=np.intp)
        others = [branches_behind(network, int(branch)) for branch in feeding[feeding >= 0]]
        taken = np.concatenate([np.zeros(0, dtype=np.intp), *others])
        left: IndexArray = np.setdiff1d(np.arange(network.n_branch), taken)
        return left

    def _watches(self, branches: IndexArray) -> bool:
        """Whether what happens on these branches is a violation of this very area."""
        areas, network = self._grid.areas, self._grid.network
        own = np.isin(branches, areas.branches.of(self._position))
        lower = np.isin(network.to_node[branches], areas.nodes.of(self._position))
        return bool(own.all() and lower.all())

    def _greatest_mva(self) -> FloatArray:
        """Greatest apparent power of loads and devices at each node. [MVA]"""
        plant, grid = self._batch.env.plant, self._grid
        power = np.zeros(grid.network.n_node)
        loads = grid.loads
        p = np.abs(loads.p_mw) + np.abs(loads.p_current_mw) + np.abs(loads.p_impedance_mw)
        q = np.abs(loads.q_mvar) + np.abs(loads.q_current_mvar) + np.abs(loads.q_impedance_mvar)
        greatest = np.array([self._days.greatest(area.load_column) for area in grid.areas.areas])
        np.add.at(power, loads.node, np.hypot(p, q) * greatest[grid.load_area])
        agents = self._batch.core.agents
        for name in plant.fleet.names:
            power[plant.fleet.node_of(name)] += _greatest_mva(getattr(agents[name], "device", None))
        return power


def _greatest_mva(device: Any) -> float:
    active = max(abs(float(getattr(device, name, 0.0))) for name in _ACTIVE)
    reactive = max(abs(float(getattr(device, name, 0.0))) for name in _REACTIVE)
    return float(np.hypot(active, reactive))

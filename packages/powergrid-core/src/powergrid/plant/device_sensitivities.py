"""How the network answers to a little more power of a device, in its present state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heron.errors import suggest
from heron.types import BoolArray, FloatArray, IndexArray
from powergrid.errors import PowerFlowError
from powergrid.plant.fleet import Fleet
from powergrid.plant.grid import Grid
from powergrid.plant.reduce import scatter_add
from powergrid.powerflow.sensitivities import Sensitivities, sensitivities


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DeviceSensitivities:
    """Derivatives with respect to the power of devices, positive into the grid.

    Parameters
    ----------
    devices : (n_source,)
        Names of the devices: the sources of `values`.
    node_names : (n_node,)
        Names of the nodes whose voltage is watched, all of the network.
    branch_names : (n_branch,)
        Names of the branches whose loading is watched, all of the network.
    values
        The derivatives, in these orders.
    """

    devices: tuple[str, ...]
    node_names: tuple[str, ...]
    branch_names: tuple[str, ...]
    values: Sensitivities

    @property
    def found(self) -> BoolArray:
        """Which environments have sensitivities; where not, all are 0. Shape (n_env,)."""
        return self.values.found

    def dv_dp_pu_per_mw(self, device: str) -> FloatArray:
        """Change of all voltages with the active power of a device, ``(n_node, n_env)``. [pu/MW]"""
        return self.values.dv_dp_pu_per_mw[:, self._place(device)]

    def dv_dq_pu_per_mvar(self, device: str) -> FloatArray:
        """Change of all voltages with the reactive power of a device, ``(n_node, n_env)``. [pu/Mvar]"""
        return self.values.dv_dq_pu_per_mvar[:, self._place(device)]

    def dloss_dp_mw_per_mw(self, device: str) -> FloatArray:
        """Change of the network's losses with the active power of a device, ``(n_env,)``. [MW/MW]"""
        change: FloatArray = self.values.dloss_dp_mw_per_mw[self._place(device)]
        return change

    def dloss_dq_mw_per_mvar(self, device: str) -> FloatArray:
        """Change of the network's losses with the reactive power of a device, ``(n_env,)``. [MW/Mvar]"""
        change: FloatArray = self.values.dloss_dq_mw_per_mvar[self._place(device)]
        return change

    def dloading_dp_per_mw(self, device: str) -> FloatArray:
        """Change of all branches' loading with the active power of a device, ``(n_branch, n_env)``. [1/MW]"""
        return self.values.dloading_dp_per_mw[:, self._place(device)]

    def dloading_dq_per_mvar(self, device: str) -> FloatArray:
        """Change of all branches' loading with the reactive power of a device, ``(n_branch, n_env)``. [1/Mvar]"""
        return self.values.dloading_dq_per_mvar[:, self._place(device)]

    def _place(self, device: str) -> int:
        if device not in self.devices:
            raise _unknown(device, self.devices)
        return self.devices.index(device)


def device_sensitivities(fleet: Fleet, grid: Grid, devices: Sequence[str] | None) -> DeviceSensitivities:
    """Sensitivities of a grid as it was last solved; see `GridPlant.sensitivities`."""
    if isinstance(devices, str):
        raise PowerFlowError(f"'devices' is {devices!r}, one name.", remedy=f"Give a list: [{devices!r}].")
    chosen = fleet.names if devices is None else tuple(devices)
    network, loads = grid.network, grid.loads
    return DeviceSensitivities(
        devices=chosen,
        node_names=network.node_names,
        branch_names=network.branch_names,
        values=sensitivities(
            network,
            grid.v,
            grid.injection_mva,
            s_current=_drawn(grid, loads.p_current_mw + 1j * loads.q_current_mvar),
            s_impedance=_drawn(grid, loads.p_impedance_mw + 1j * loads.q_impedance_mvar),
            sources=_nodes(fleet, chosen),
            branches=np.arange(network.n_branch),
            variation=grid.variation,
        ),
    )


def _drawn(grid: Grid, power_mva: NDArray[np.complex128]) -> NDArray[np.complex128] | None:
    """What loads of one sort inject at 1 pu, ``(n_node, n_env)``; None without any. [MVA]"""
    if not power_mva.any():
        return None
    drawn = power_mva[:, np.newaxis] * grid.load_factor()
    return scatter_add(np.zeros_like(grid.v), grid.loads.node, -drawn)


def _nodes(fleet: Fleet, devices: Sequence[str]) -> IndexArray:
    for name in devices:
        if name not in fleet.names:
            raise _unknown(name, fleet.names)
    return np.array([fleet.node_of(name) for name in devices], dtype=np.intp)


def _unknown(name: str, known: Sequence[str]) -> PowerFlowError:
    return PowerFlowError(f"There is no device {name!r} among {len(known)}.", remedy=suggest(name, known))

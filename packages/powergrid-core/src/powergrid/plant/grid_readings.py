"""Readings: the rows of the state table that say how the network is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from heron.core.quantity import Quantity
from heron.core.table import StateTable, TableBuilder
from heron.core.visibility import Visibility
from heron.types import FloatArray, IndexArray
from powergrid.core.features.network import BusVoltages, LineFlows
from powergrid.plant.area import GridAreas
from powergrid.powerflow.compiled_network import CompiledNetwork

Columns: TypeAlias = "slice | IndexArray"
ComplexArray: TypeAlias = NDArray[np.complex128]

_SYSTEM = frozenset({Visibility.SYSTEM})
_VOLTAGE = Quantity(name="vm_pu", unit="pu", initial=1.0, low=0.0, offset=1.0, scale=0.05, visibility=_SYSTEM)
_LOADING = Quantity(name="loading", low=0.0, offset=0.5, scale=0.5, visibility=_SYSTEM)
_POWER = ("import_p_mw", "import_q_mvar")
SLACK = "slack"


class GridReadings:
    """Voltages, loadings and the slack's power for the system level, and a summary of each area for its agent.

    Parameters
    ----------
    network
        Compiled network.
    areas
        Who is responsible for what.
    nominal_mw
        Sum of all nominal loads, which the slack's power is scaled by. [MW]

    Attributes
    ----------
    vm_pu : (n_node, n_env)
        Voltage magnitudes. [pu]
    loading : (n_branch, n_env)
        Current over rating, 0 without a rating. [1]
    """

    vm_pu: FloatArray
    loading: FloatArray

    def __init__(self, network: CompiledNetwork, areas: GridAreas, *, nominal_mw: float) -> None:
        self._network, self._areas = network, areas
        self._slack_scale = max(1.0, nominal_mw)

    def declare(self, builder: TableBuilder) -> None:
        """Add the rows; those of an area's summary are the features of its agent."""
        network = self._network
        self._vm_rows = builder.add_block(_distinct(network.node_names, "node"), _VOLTAGE, feature="voltage")
        self._loading_rows = builder.add_block(_distinct(network.branch_names, "branch"), _LOADING, feature="loading")
        for name, unit in (("p_mw", "MW"), ("q_mvar", "Mvar")):
            power = Quantity(name=name, unit=unit, scale=self._slack_scale, visibility=_SYSTEM)
            rows = builder.add_block([SLACK], power, feature="power")
            self._slack_rows = slice(rows.stop - 2, rows.stop)
        names = [area.name for area in self._areas.areas]
        self._summary_rows = {
            declared.name: builder.add_block(names, self._scaled(declared), feature=feature.row_name)
            for feature in (BusVoltages, LineFlows)
            for declared in feature().declarations()
        }

    def connect(self, table: StateTable) -> None:
        """Take views of the table."""
        self.vm_pu = table.block(self._vm_rows)
        self.loading = table.block(self._loading_rows)
        self._slack = table.block(self._slack_rows)
        self._summary = {name: table.block(rows) for name, rows in self._summary_rows.items()}

    def write(self, columns: Columns, vm_pu: FloatArray, loading: FloatArray) -> None:
        """Write voltages and loadings, and their extremes by area.

        Parameters
        ----------
        columns
            Environments that are written.
        vm_pu : (n_node, n_column)
            Voltage magnitudes. [pu]
        loading : (n_branch, n_column)
            Current over rating. [1]
        """
        areas, summary = self._areas, self._summary
        self.vm_pu[:, columns] = vm_pu
        self.loading[:, columns] = loading
        lowest, highest = areas.nodes.extremes(vm_pu, empty=1.0)
        summary["vm_min_pu"][:, columns] = lowest
        summary["vm_max_pu"][:, columns] = highest
        summary["loading_max"][:, columns] = areas.branches.extremes(loading, empty=0.0)[1]

    def write_exchange(self, columns: Columns, slack_mva: ComplexArray, taken_mva: ComplexArray) -> None:
        """Write the slack's power, and what each area takes from the network above it.

        Parameters
        ----------
        columns
            Environments that are written.
        slack_mva : (n_column,)
            Power that the slack feeds in. [MVA]
        taken_mva : (n_area, n_column)
            Power that each area takes. [MVA]
        """
        self._slack[0, columns] = slack_mva.real
        self._slack[1, columns] = slack_mva.imag
        self._summary["import_p_mw"][:, columns] = taken_mva.real
        self._summary["import_q_mvar"][:, columns] = taken_mva.imag

    def _scaled(self, declared: Quantity) -> list[Quantity]:
        if declared.name not in _POWER:
            return [declared] * len(self._areas.areas)
        return [_with_scale(declared, area.base_power_mva) for area in self._areas.areas]


def _with_scale(declared: Quantity, scale: float) -> Quantity:
    return Quantity(name=declared.name, unit=declared.unit, scale=scale, visibility=declared.visibility)


def _distinct(names: Sequence[str], what: str) -> list[str]:
    """Names that can be row names: repeated ones get their number."""
    used: dict[str, int] = {}
    for name in names:
        used[name] = used.get(name, 0) + 1
    return [name if name and used[name] == 1 else f"{what} {number}" for number, name in enumerate(names)]

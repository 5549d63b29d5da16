"""Readings: the rows of the state table that say how the network is."""

from __future__ import annotations

from collections.abc import Sequence

from heron.core.quantity import Quantity
from heron.core.table import StateTable, TableBuilder
from heron.core.visibility import Visibility
from heron.types import FloatArray
from powergrid.core.features.network import BusVoltages, LineFlows
from powergrid.plant.area import GridAreas
from powergrid.powerflow.compiled_network import CompiledNetwork

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
    slack : (2, n_env)
        Active and reactive power of the slack. [MW, Mvar]
    vm_min_pu, vm_max_pu, loading_max, import_p_mw, import_q_mvar : (n_area, n_env)
        Summary of each area. [pu, 1, MW, Mvar]
    """

    vm_pu: FloatArray
    loading: FloatArray
    slack: FloatArray
    vm_min_pu: FloatArray
    vm_max_pu: FloatArray
    loading_max: FloatArray
    import_p_mw: FloatArray
    import_q_mvar: FloatArray

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
        self.slack = table.block(self._slack_rows)
        summary = {name: table.block(rows) for name, rows in self._summary_rows.items()}
        self.vm_min_pu, self.vm_max_pu = summary["vm_min_pu"], summary["vm_max_pu"]
        self.loading_max = summary["loading_max"]
        self.import_p_mw, self.import_q_mvar = summary["import_p_mw"], summary["import_q_mvar"]

    def shown(self) -> dict[str, FloatArray]:
        """The rows by name, to be written into."""
        return {
            "vm_pu": self.vm_pu,
            "loading": self.loading,
            "slack": self.slack,
            "vm_min_pu": self.vm_min_pu,
            "vm_max_pu": self.vm_max_pu,
            "loading_max": self.loading_max,
            "import_p_mw": self.import_p_mw,
            "import_q_mvar": self.import_q_mvar,
        }

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

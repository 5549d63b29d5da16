"""The wires: injections in, voltages, loadings and exchanges out."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from heron.core.table import StateTable, TableBuilder
from heron.types import BoolArray, FloatArray, IndexArray
from powergrid.plant.area import GridAreas
from powergrid.plant.demand import Demand, ScaledLoads
from powergrid.plant.grid_readings import Columns, GridReadings
from powergrid.plant.membership import Membership
from powergrid.plant.reduce import sum_rows
from powergrid.plant.safety import GRID_TERMS, SafetyLimits, overload, voltage_violation_pu
from powergrid.powerflow.branch_flows import BranchFlows, FlowMeter
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.nominal_loads import NominalLoads
from powergrid.powerflow.result import PowerFlowResult
from powergrid.powerflow.solver import PowerFlowSolver

ComplexArray: TypeAlias = NDArray[np.complex128]
ScalarT = TypeVar("ScalarT", np.float64, np.complex128)
ALL = slice(None)
"""Every environment; compared by identity, since results are then computed in place."""
_KEPT = ("v", "injection_mva", "load_scale", "drawn_mva", "import_mw", "slack_mva", "status", "iterations")


@dataclass(slots=True)
class DevicePower:
    """Power of all devices in an interval, positive into the grid.

    Parameters
    ----------
    at_nodes_mva : (n_node, n_env)
        Sum at each node; the grid adds its loads to this very array. [MVA]
    in_areas_mva : (n_area, n_env)
        Sum in each area. [MVA]
    """

    at_nodes_mva: ComplexArray
    in_areas_mva: ComplexArray


@dataclass(slots=True)
class _Solved:
    """Voltages, and what they were found for."""

    v: ComplexArray
    injected: ComplexArray
    load_scale: FloatArray
    loads: ScaledLoads
    device: ComplexArray

    def of(self, columns: IndexArray) -> _Solved:
        """The same of some of the environments."""
        return _Solved(
            part(self.v, columns),
            part(self.injected, columns),
            part(self.load_scale, columns),
            self.loads.of(columns),
            part(self.device, columns),
        )


def part(values: NDArray[ScalarT], columns: Columns) -> NDArray[ScalarT]:
    """Some environments of an array ``(n, n_env)``, laid out as the kernels expect it: they are compiled for that."""
    return values if isinstance(columns, slice) else values.take(columns, axis=1)


class Grid:
    """The network with its loads, solved for all environments at once.

    Where a power flow does not converge the last one that did is kept, in everything but `status`.

    Parameters
    ----------
    network, solver
        Compiled network and power-flow solver.
    loads
        Nominal loads of the network's own load elements.
    areas
        Who is responsible for what.
    limits
        Voltage band and the like.
    fixed_mva : (n_node,)
        What elements of the network inject that are neither loads nor devices; nothing when not given. [MVA]

    Attributes
    ----------
    v : (n_node, n_env)
        Complex voltages. [pu]
    flows
        Powers, currents and loadings of the branches.
    status, iterations : (n_env,)
        `PowerFlowStatus` and number of iterations of the last power flow.
    injection_mva : (n_node, n_env)
        What was injected whatever the voltage, positive into the grid. [MVA]
    drawn_mva : (n_area, n_env)
        What the network's own elements drew in each area. [MVA]
    slack_mva : (n_env,)
        Power that the slack fed in, positive into the grid. [MVA]
    import_mw : (n_area, n_env)
        Power that each area took from the others and from the slack. An area with a feeding transformer takes what
        flows into it on the upper side. One without a boundary of its own takes what its loads draw less what its
        devices give, and leaves its losses to the area with the slack, which takes what is left: the sum over areas is
        the slack's power. [MW]
    load_scale : (n_area, n_env)
        Factor that the loads had. [1]
    """

    def __init__(
        self,
        network: CompiledNetwork,
        solver: PowerFlowSolver,
        loads: NominalLoads,
        areas: GridAreas,
        limits: SafetyLimits,
        *,
        fixed_mva: ComplexArray | None = None,
    ) -> None:
        self.network, self.solver, self.areas, self.limits, self.loads = network, solver, areas, limits, loads
        fixed = np.zeros(network.n_node, dtype=np.complex128) if fixed_mva is None else fixed_mva
        self._demand = Demand(loads, areas.of_node, len(areas.areas), fixed)
        self._meter = FlowMeter(network)
        nominal = loads.p_mw + loads.p_current_mw + loads.p_impedance_mw
        self._readings = GridReadings(network, areas, nominal_mw=float(np.abs(nominal).sum()))
        self._fed = np.flatnonzero(areas.feeding_branch >= 0)
        self._feeding = areas.feeding_branch[self._fed]
        self._not_slack = np.flatnonzero(np.arange(len(areas.areas)) != areas.slack_area)
        self._watched = self._watch_all()

    @property
    def load_area(self) -> IndexArray:
        """Area of each load, ``(n_load,)``."""
        return self._demand.area

    @property
    def vm_pu(self) -> FloatArray:
        """Voltage magnitudes, ``(n_node, n_env)``. [pu]"""
        return self._readings.vm_pu

    @property
    def loading(self) -> FloatArray:
        """Current over rating of each branch, ``(n_branch, n_env)``; 0 without a rating. [1]"""
        return self._readings.loading

    def declare(self, builder: TableBuilder) -> None:
        """Add rows of voltages, loadings, the slack and each area's summary."""
        self._readings.declare(builder)

    def connect(self, table: StateTable) -> None:
        """Take views of the table."""
        self._readings.connect(table)
        n_node, n_env, n_area = self.network.n_node, table.n_env, len(self.areas.areas)
        self.v = np.ones((n_node, n_env), dtype=np.complex128)
        self.injection_mva = np.zeros((n_node, n_env), dtype=np.complex128)
        self.load_scale = np.ones((n_area, n_env))
        self.drawn_mva = np.zeros((n_area, n_env), dtype=np.complex128)
        self.import_mw = np.zeros((n_area, n_env))
        self.slack_mva = np.zeros(n_env, dtype=np.complex128)
        self.status = np.zeros(n_env, dtype=np.int8)
        self.iterations = np.zeros(n_env, dtype=np.int32)
        self.flows = BranchFlows.allocate(self.network.n_branch, n_env)
        self._result = PowerFlowResult.allocate(n_node, n_env)

    def begin(self, columns: Columns, load_scale: FloatArray, devices: DevicePower) -> None:
        """Solve at the beginning of episodes: nothing is kept of what was before.

        A network that cannot be solved then shows the voltages it has without any load.

        Parameters
        ----------
        columns
            Environments that begin.
        load_scale : (n_area, n_column)
            Factor on the nominal loads of each area. [1]
        devices
            Power of the devices in these environments.
        """
        self._write(columns, self._solve(columns, load_scale, devices))

    def solve(self, load_scale: FloatArray, devices: DevicePower) -> None:
        """Solve for an interval, in all environments; parameters as in `begin`."""
        solved = self._solve(ALL, load_scale, devices)
        if not self.status.any():
            self._write(ALL, solved)
            return
        found = np.flatnonzero(self.status == 0)
        self._write(found, solved.of(found))

    def failed(self) -> BoolArray:
        """Where the last power flow did not converge, ``(n_env,)``."""
        failed: BoolArray = self.status != 0
        return failed

    def violations(self) -> FloatArray:
        """Violations of `GRID_TERMS` in each area, ``(n_term, n_area, n_env)``. [pu for voltages, else 1]"""
        limits = self.limits
        outside_pu = voltage_violation_pu(self.vm_pu, v_min_pu=limits.v_min_pu, v_max_pu=limits.v_max_pu)
        found = self._watched.total(np.concatenate([outside_pu, overload(self.loading)]))
        return found.reshape(len(GRID_TERMS), len(self.areas.areas), -1)

    def losses_mw(self) -> FloatArray:
        """What all branches lose, ``(n_env,)``. [MW]"""
        return sum_rows(self.flows.s_from + self.flows.s_to).real

    def save_state(self) -> dict[str, Any]:
        """What is not in the table."""
        return {name: getattr(self, name).copy() for name in _KEPT}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take back what `save_state` gave."""
        for name in _KEPT:
            getattr(self, name)[...] = state[name]
        self._meter.flows(self.v, out=self.flows)

    def _watch_all(self) -> Membership:
        """Nodes, lines and transformers of all areas among nodes and branches, one after the other, in one pass."""
        areas, n_node = self.areas, self.network.n_node
        numbers = range(len(areas.areas))
        nodes = [areas.nodes.of(area) for area in numbers]
        branches = [n_node + kind.of(area) for kind in (areas.lines, areas.transformers) for area in numbers]
        return Membership([*nodes, *branches])

    def _solve(self, columns: Columns, load_scale: FloatArray, devices: DevicePower) -> _Solved:
        loads = self._demand.scaled(load_scale)
        injected = devices.at_nodes_mva
        s_current, s_impedance = self._demand.inject(loads, injected)
        out = self._result if columns is ALL else None
        result = self.solver.solve(injected, s_current=s_current, s_impedance=s_impedance, out=out)
        self.status[columns] = result.status
        self.iterations[columns] = result.iterations
        return _Solved(result.v, injected, load_scale, loads, devices.in_areas_mva)

    def _write(self, columns: Columns, solved: _Solved) -> None:
        self.v[:, columns] = solved.v
        self.injection_mva[:, columns] = solved.injected
        self.load_scale[:, columns] = solved.load_scale
        flows = self._flow(columns, solved.v)
        vm_pu = np.abs(solved.v)
        self._readings.write(columns, vm_pu, flows.loading)
        self.drawn_mva[:, columns] = drawn = self._demand.drawn_mva(solved.loads, vm_pu)
        slack = sum_rows(self._meter.source_power(solved.v) - solved.injected[self.network.slack_nodes])
        taken = drawn - solved.device
        taken[self._fed] = flows.s_from[self._feeding]
        import_mw = taken.real.copy()
        import_mw[self.areas.slack_area] = slack.real - sum_rows(import_mw[self._not_slack])
        self.import_mw[:, columns] = import_mw
        self.slack_mva[columns] = slack
        taken[self.areas.slack_area] = slack
        self._readings.write_exchange(columns, slack, taken)

    def _flow(self, columns: Columns, v: ComplexArray) -> BranchFlows:
        if columns is ALL:
            return self._meter.flows(v, out=self.flows)
        part = self._meter.flows(v)
        for entry in fields(BranchFlows):
            getattr(self.flows, entry.name)[:, columns] = getattr(part, entry.name)
        return part

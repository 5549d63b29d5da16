"""The wires: injections in, voltages, loadings and exchanges out."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from heron.core.table import StateTable, TableBuilder
from heron.types import BoolArray, FloatArray, IndexArray
from powergrid.plant.area import GridAreas
from powergrid.plant.demand import Demand, DevicePower
from powergrid.plant.grid_kernel import share_out, square, watch_branches, watch_nodes
from powergrid.plant.grid_readings import GridReadings
from powergrid.plant.held_power import DependentLoads, HeldPower
from powergrid.plant.reduce import segment_sum, sum_rows
from powergrid.plant.safety import GRID_TERMS, SafetyLimits
from powergrid.plant.switchgear import Stand, Switchgear
from powergrid.powerflow.branch_flows import BranchFlows, FlowMeter
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.nominal_loads import NominalLoads
from powergrid.powerflow.result import PowerFlowResult
from powergrid.powerflow.solver import PowerFlowSolver, varying
from powergrid.powerflow.threads import in_blocks
from powergrid.powerflow.topology import Topology
from powergrid.powerflow.variation import Variation
from powergrid.powerflow.varied_flows import VariedFlows

ComplexArray: TypeAlias = NDArray[np.complex128]
_KEPT = ("v", "injection_mva", "device_mva", "load_scale", "topology", "taps", "status", "iterations")
_SORTS = ("line", "trafo")
"""Branches whose loading is a violation above one; the kernel's sort 2 is all others."""


class _Solved:
    """Voltages, and what they were found for: all that the readings follow from."""

    def __init__(self, network: CompiledNetwork, n_area: int, n_env: int) -> None:
        n_node = network.n_node
        self.result = PowerFlowResult.allocate(n_node, n_env)
        self.stand = Stand(network, n_env)
        self.injected = np.zeros((n_node, n_env), dtype=np.complex128)
        self.devices = np.zeros((n_area, n_env), dtype=np.complex128)
        self.load_scale = np.ones((n_area, n_env))
        self.result.v[...] = 1.0

    @property
    def v(self) -> ComplexArray:
        """Complex voltages. [pu]"""
        return self.result.v

    def take(self, envs: IndexArray, other: _Solved, others_envs: IndexArray) -> None:
        """Copy some environments of another one."""
        for own, source in zip(self._arrays(), other._arrays(), strict=True):
            own[:, envs] = source[:, others_envs]

    def _arrays(self) -> tuple[NDArray[Any], ...]:
        return self.v, self.injected, self.devices, self.load_scale, *self.stand.arrays


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
    status, iterations : (n_env,)
        `PowerFlowStatus` and number of iterations of the last power flow.
    injection_mva : (n_node, n_env)
        What was injected whatever the voltage, positive into the grid. [MVA]
    device_mva : (n_area, n_env)
        What devices gave in each area, positive into the grid. [MVA]
    drawn_mva : (n_area, n_env)
        What the network's own elements drew in each area, less what its generators gave. [MVA]
    held_mvar : (n_pv, n_env)
        Reactive power that generators gave at the nodes whose voltage they hold, in order of ``network.pv_nodes``;
        their active power is in `injection_mva`. [Mvar]
    slack_mva : (n_env,)
        Power that the slack fed in, positive into the grid. [MVA]
    solver_name, solver_reason
        What the solver is called, and why it was chosen; empty where nobody said so.
    import_mw : (n_area, n_env)
        Power that each area took from the others and from the slack. An area with a feeding transformer takes what
        flows into it on the upper side. One without a boundary of its own takes what its loads draw less what its
        devices give, and leaves its losses to the area with the slack, which takes what is left: the sum over areas is
        the slack's power. [MW]
    load_scale : (n_area, n_env)
        Factor that the loads had. [1]
    topology, taps : (1, n_env), (n_changer, n_env)
        How switches and taps stood: see `Switchgear`.
    switchgear
        What is commanded of them for the next power flow.
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
        self._fixed = fixed
        self._demand = Demand(loads, areas.of_node, len(areas.areas), fixed)
        self._meter, self._varied = FlowMeter(network), VariedFlows(network)
        self.switchgear = Switchgear(network)
        self._held = HeldPower(loads, areas.of_node, network.pv_nodes)
        self._at_slack = DependentLoads(loads, areas.of_node, network.slack_nodes)
        self.solver_name = self.solver_reason = ""
        nominal = loads.p_mw + loads.p_current_mw + loads.p_impedance_mw
        self._readings = GridReadings(network, areas, nominal_mw=float(np.abs(nominal).sum()))
        fed = np.flatnonzero(areas.feeding_branch >= 0)
        self._feeding = areas.feeding_branch[fed].astype(np.int64)
        self._fed = np.full(len(areas.areas), -1, dtype=np.intp)
        self._fed[fed] = np.arange(len(fed))
        self._slack_nodes = network.slack_nodes.astype(np.intp)
        self._watched_nodes = np.column_stack([areas.nodes.rows, areas.nodes.area])
        self._no_nodes = np.bincount(areas.nodes.area, minlength=len(areas.areas)) == 0
        self._watched_branches = self._sort_branches()

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
        n_env, n_area = table.n_env, len(self.areas.areas)
        self._n_env = n_env
        self._present, self._spare = _Solved(self.network, n_area, n_env), _Solved(self.network, n_area, n_env)
        self.switchgear.connect(n_env, [self._present.stand, self._spare.stand])
        self.drawn_mva = np.zeros((n_area, n_env), dtype=np.complex128)
        self.import_mw = np.zeros((n_area, n_env))
        self.slack_mva = np.zeros(n_env, dtype=np.complex128)
        self.status = np.zeros(n_env, dtype=np.int8)
        self.iterations = np.zeros(n_env, dtype=np.int32)
        self._source = np.zeros((len(self._slack_nodes), n_env), dtype=np.complex128)
        self.held_mvar = np.zeros((len(self._held), n_env))
        self._held_flow = np.zeros((len(self._held), n_env), dtype=np.complex128)
        self._fed_mva = np.zeros((len(self._feeding), n_env), dtype=np.complex128)
        self._terms = np.zeros((len(GRID_TERMS) + 1, n_area, n_env))

    @property
    def v(self) -> ComplexArray:
        """Complex voltages, ``(n_node, n_env)``. [pu]"""
        return self._present.v

    @property
    def injection_mva(self) -> ComplexArray:
        """What was injected whatever the voltage, positive into the grid, ``(n_node, n_env)``. [MVA]"""
        return self._present.injected

    @property
    def device_mva(self) -> ComplexArray:
        """What devices gave in each area, positive into the grid, ``(n_area, n_env)``. [MVA]"""
        return self._present.devices

    @property
    def load_scale(self) -> FloatArray:
        """Factor that the loads had, ``(n_area, n_env)``. [1]"""
        return self._present.load_scale

    @property
    def topology(self) -> IndexArray:
        """Number of the topology that was solved, ``(1, n_env)``."""
        return self._present.stand.topology

    @property
    def taps(self) -> FloatArray:
        """Positions of the network's tap changers that were solved, ``(n_changer, n_env)``."""
        return self._present.stand.taps

    @property
    def variation(self) -> Variation | None:
        """Topologies and taps that were solved; None where everything always stood as compiled."""
        return self._variation(self._present, 0, self._n_env)

    def topology_of(self, env: int) -> Topology:
        """Topology of one environment that was solved."""
        return self.switchgear.topology_of(self._present.stand, env)

    def taps_of(self, env: int) -> list[float] | None:
        """Positions of the tap changers in one environment that was solved; None if all always stood as compiled."""
        return self.taps[:, env].tolist() if self.switchgear.is_used else None

    @property
    def source_mva(self) -> ComplexArray:
        """Power that each slack node fed in, positive into the grid, ``(n_slack, n_env)``. [MVA]"""
        fed: ComplexArray = self._source - self.injection_mva[self._slack_nodes]
        return fed

    @property
    def flows(self) -> BranchFlows:
        """Powers, currents and loadings of all branches, computed when they are asked for."""
        flows = self._meter.flows(self.v)
        variation = self.variation
        if variation is not None:
            self._varied.correct_flows(self.v, variation, flows)
        return flows

    def begin(self, envs: IndexArray, load_scale: FloatArray, devices: DevicePower) -> None:
        """Solve at the beginning of episodes: nothing is kept of what was before.

        A network that cannot be solved then shows the voltages it has without any load.

        Parameters
        ----------
        envs
            Environments that begin.
        load_scale : (n_area, n_env)
            Factor on the nominal loads of each area, in all environments. [1]
        devices
            Power of the devices, in all environments.
        """
        if len(envs) == self._n_env:
            self._solve(self._spare, load_scale, devices, slice(None))
            self._present, self._spare = self._spare, self._present
        else:
            begun = _Solved(self.network, len(self.areas.areas), len(envs))
            self._solve(begun, load_scale.take(envs, axis=1), devices.of(envs), envs)
            self._present.take(envs, begun, np.arange(len(envs)))
        self._read()

    def solve(self, load_scale: FloatArray, devices: DevicePower) -> None:
        """Solve for an interval, in all environments; parameters as in `begin`."""
        self._solve(self._spare, load_scale, devices, slice(None))
        if self.status.any():
            failed = np.flatnonzero(self.status)
            self._spare.take(failed, self._present, failed)
        self._present, self._spare = self._spare, self._present
        self._read()

    def failed(self) -> BoolArray:
        """Where the last power flow did not converge, ``(n_env,)``."""
        failed: BoolArray = self.status != 0
        return failed

    def violations(self) -> FloatArray:
        """Violations of `GRID_TERMS` in each area, ``(n_term, n_area, n_env)``. [pu for voltages, else 1]"""
        return self._terms[: len(GRID_TERMS)]

    def losses_mw(self) -> FloatArray:
        """What all branches lose, ``(n_env,)``. [MW]"""
        flows = self.flows
        return sum_rows(flows.s_from + flows.s_to).real

    def save_state(self) -> dict[str, Any]:
        """What is not in the table, but for `switchgear`, which must be restored before."""
        return {name: getattr(self, name).copy() for name in _KEPT}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take back what `save_state` gave."""
        for name in _KEPT:
            getattr(self, name)[...] = state[name]
        self._read()

    def _sort_branches(self) -> IndexArray:
        """Branch, area and sort of every branch that an area watches, ``(n_member, 3)``."""
        watched = self.areas.branches
        sorts = [_SORTS.index(kind) if kind in _SORTS else len(_SORTS) for kind in self.network.branch_kind]
        sort = np.array(sorts, dtype=np.intp)[watched.rows]
        return np.column_stack([watched.rows, watched.area, sort]).astype(np.intp)

    def _solve(self, solved: _Solved, load_scale: FloatArray, devices: DevicePower, envs: slice | IndexArray) -> None:
        """Solve what is injected by these loads and devices, and note how it ended."""
        solved.load_scale[...] = load_scale
        for stands, commanded in zip(solved.stand.arrays, self.switchgear.commanded.arrays, strict=True):
            stands[...] = commanded[:, envs]
        self.switchgear.look_again()
        variation = self._variation(solved, 0, solved.v.shape[1])
        if variation is not None:
            devices = self._supplied_devices(solved, devices)
        s_current, s_impedance = self._demand.inject(solved.load_scale, devices, solved.injected, solved.devices)
        if variation is None:
            result = self.solver.solve(solved.injected, s_current=s_current, s_impedance=s_impedance, out=solved.result)
        else:
            solved.injected[~self.switchgear.supplied(solved.stand)] = 0.0
            result = varying(self.solver).solve(
                solved.injected, s_current=s_current, s_impedance=s_impedance, variation=variation, out=solved.result
            )
        self.status[envs] = result.status
        self.iterations[envs] = result.iterations

    def _variation(self, solved: _Solved, first: int, stop: int) -> Variation | None:
        gear = self.switchgear
        return gear.variation(solved.stand, first, stop) if gear.is_used else None

    def _supplied_devices(self, solved: _Solved, devices: DevicePower) -> DevicePower:
        """The same, without what a node without supply cannot take."""
        live = self.switchgear.supplied(solved.stand)[devices.place[:, 0]]
        return DevicePower(devices.place, np.where(live, devices.p_mw, 0.0), np.where(live, devices.q_mvar, 0.0))

    def _leave_out_unsupplied(self, first: int, stop: int) -> None:
        """Take generators of the network itself that have no supply out of what its elements draw."""
        unsupplied = self._present.v[:, first:stop] == 0.0
        given = np.where(unsupplied, self._fixed[:, np.newaxis], 0.0)
        self.drawn_mva[:, first:stop] += segment_sum(given, self.areas.of_node, len(self.areas.areas))

    def _read(self) -> None:
        """Write everything that follows from the present voltages."""
        if self.switchgear.is_used:
            self._varied.prepare(self.variation)
        in_blocks(self._read_block, self._n_env)

    def _hold(self, first: int, stop: int) -> None:
        solved = self._present
        self._meter.fill_held_power(first, stop, solved.v, self._held_flow)
        self._held.fill(
            first,
            stop,
            solved.load_scale,
            self._readings.vm_pu,
            solved.injected,
            self._held_flow,
            self.held_mvar,
            self.drawn_mva,
        )

    def _read_block(self, first: int, stop: int) -> None:
        solved, readings, limits = self._present, self._readings, self.limits
        v, vm_pu = solved.v, readings.vm_pu[:, first:stop]
        square(first, stop, v, readings.vm_pu)
        np.sqrt(vm_pu, out=vm_pu)  # numpy's root takes half as long as a compiled loop's, with the same bits
        watch_nodes(
            first,
            stop,
            self._watched_nodes,
            self._no_nodes,
            limits.v_min_pu,
            limits.v_max_pu,
            readings.vm_pu,
            readings.vm_min_pu,
            readings.vm_max_pu,
            self._terms[0],
        )
        self._meter.fill_loading(first, stop, v, readings.loading)
        variation = self._variation(solved, first, stop)
        if variation is not None:
            found = self._varied.look_up(variation, stop - first)
            self._varied.correct_loading(v[:, first:stop], found, readings.loading[:, first:stop])
        watch_branches(first, stop, self._watched_branches, readings.loading, readings.loading_max, self._terms[1:])
        self._demand.fill_drawn(first, stop, solved.load_scale, readings.vm_pu, self.drawn_mva)
        if variation is not None and self._fixed.any():
            self._leave_out_unsupplied(first, stop)
        if len(self._held):
            self._hold(first, stop)
        self._meter.fill_source_power(first, stop, v, self._source)
        self._meter.fill_power_from(first, stop, self._feeding, v, self._fed_mva)
        if variation is not None:
            part = v[:, first:stop]
            self._varied.correct_source_power(part, found, self._source[:, first:stop])
            self._varied.correct_power_from(self._feeding, part, found, self._fed_mva[:, first:stop])
        self._at_slack.add(first, stop, solved.load_scale, readings.vm_pu, self._source)
        share_out(
            first,
            stop,
            self._slack_nodes,
            self.areas.slack_area,
            self._fed,
            self._source,
            solved.injected,
            solved.devices,
            self._fed_mva,
            self.drawn_mva,
            self.slack_mva,
            self.import_mw,
            readings.slack,
            readings.import_p_mw,
            readings.import_q_mvar,
        )

"""The wires: injections in, voltages, loadings and exchanges out."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from heron.core.table import StateTable, TableBuilder
from heron.types import BoolArray, FloatArray, IndexArray
from powergrid.plant.area import GridAreas
from powergrid.plant.demand import Demand, DevicePower
from powergrid.plant.grid_reader import GridReader
from powergrid.plant.grid_readings import GridReadings
from powergrid.plant.reduce import sum_rows
from powergrid.plant.safety import GRID_TERMS, SafetyLimits
from powergrid.plant.solved import Solved
from powergrid.plant.switchgear import Switchgear
from powergrid.powerflow.branch_flows import BranchFlows
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.nominal_loads import NominalLoads
from powergrid.powerflow.solver import PowerFlowSolver, varying
from powergrid.powerflow.topology import Topology
from powergrid.powerflow.variation import Variation

ComplexArray: TypeAlias = NDArray[np.complex128]
_KEPT = ("v", "injection_mva", "device_mva", "load_scale", "topology", "taps", "status", "iterations")


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
        self._demand = Demand(loads, areas.of_node, len(areas.areas), fixed)
        self.switchgear = Switchgear(network)
        self._reader = GridReader(network, self._demand, loads, areas, limits, fixed_mva=fixed)
        self.solver_name = self.solver_reason = ""
        nominal = loads.p_mw + loads.p_current_mw + loads.p_impedance_mw
        self._readings = GridReadings(network, areas, nominal_mw=float(np.abs(nominal).sum()))

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
        self._present, self._spare = Solved(self.network, n_area, n_env), Solved(self.network, n_area, n_env)
        self.switchgear.connect(n_env, [self._present.stand, self._spare.stand])
        self.status = np.zeros(n_env, dtype=np.int8)
        self.iterations = np.zeros(n_env, dtype=np.int32)
        self._readout = self._reader.allocate(n_env, **self._readings.shown())
        self.drawn_mva, self.import_mw = self._readout.drawn_mva, self._readout.import_mw
        self.slack_mva, self.held_mvar = self._readout.slack_mva, self._readout.held_mvar

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
        """Factor that the loads of each area had, ``(n_area, n_env)``. [1]"""
        return self._present.load_scale

    def load_factor(self) -> FloatArray:
        """Factor that each load had, steps of single loads among it, ``(n_load, n_env)``. [1]"""
        factor, steps = self.load_scale[self.load_area], self._present.load_steps
        return factor if steps is None else factor + steps

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
        return self._variation(self._present)

    def topology_of(self, env: int) -> Topology:
        """Topology of one environment that was solved."""
        return self.switchgear.topology_of(self._present.stand, env)

    def taps_of(self, env: int) -> list[float] | None:
        """Positions of the tap changers in one environment that was solved; None if all always stood as compiled."""
        return self.taps[:, env].tolist() if self.switchgear.is_used else None

    @property
    def source_mva(self) -> ComplexArray:
        """Power that each slack node fed in, positive into the grid, ``(n_slack, n_env)``. [MVA]"""
        fed: ComplexArray = self._readout.source_mva - self.injection_mva[self.network.slack_nodes]
        return fed

    @property
    def flows(self) -> BranchFlows:
        """Powers, currents and loadings of all branches, computed when they are asked for."""
        return self._reader.flows(self._present, self.variation)

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
            self._read()
        else:
            begun, read = Solved(self.network, len(self.areas.areas), len(envs)), self._reader.allocate(len(envs))
            self._solve(begun, load_scale.take(envs, axis=1), devices.of(envs), envs)
            self._present.take(envs, begun, np.arange(len(envs)))
            self._reader.read(begun, self._variation(begun), read)
            self._readout.put(envs, read)

    def solve(self, load_scale: FloatArray, devices: DevicePower, load_steps: FloatArray | None = None) -> None:
        """Solve for an interval, in all environments.

        Parameters
        ----------
        load_scale, devices
            As in `begin`.
        load_steps : (n_load, n_env)
            What is added to the factor of single loads; nothing when not given. [1]
        """
        self._solve(self._spare, load_scale, devices, slice(None), load_steps)
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
        return self._readout.terms[: len(GRID_TERMS)]

    def losses_mw(self) -> FloatArray:
        """What all branches lose, ``(n_env,)``. [MW]"""
        flows = self.flows
        return sum_rows(flows.s_from + flows.s_to).real

    def save_state(self) -> dict[str, Any]:
        """What is not in the table, but for `switchgear`, which must be restored before."""
        steps = self._present.load_steps
        kept = {name: getattr(self, name).copy() for name in _KEPT}
        return kept if steps is None else {**kept, "load_steps": steps.copy()}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take back what `save_state` gave."""
        for name in _KEPT:
            getattr(self, name)[...] = state[name]
        steps = state.get("load_steps")
        self._present.load_steps = None if steps is None else np.array(steps)
        self._read()

    def _solve(
        self,
        solved: Solved,
        load_scale: FloatArray,
        devices: DevicePower,
        envs: slice | IndexArray,
        load_steps: FloatArray | None = None,
    ) -> None:
        """Solve what is injected by these loads and devices, and note how it ended."""
        solved.load_scale[...], solved.load_steps = load_scale, load_steps
        for stands, commanded in zip(solved.stand.arrays, self.switchgear.commanded.arrays, strict=True):
            stands[...] = commanded[:, envs]
        self.switchgear.look_again()
        variation = self._variation(solved)
        if variation is not None:
            devices = self._supplied_devices(solved, devices)
        s_current, s_impedance = self._demand.inject(
            solved.load_scale, devices, solved.injected, solved.devices, load_steps
        )
        if variation is None:
            result = self.solver.solve(solved.injected, s_current=s_current, s_impedance=s_impedance, out=solved.result)
        else:
            solved.injected[~self.switchgear.supplied(solved.stand)] = 0.0
            result = varying(self.solver).solve(
                solved.injected, s_current=s_current, s_impedance=s_impedance, variation=variation, out=solved.result
            )
        self.status[envs] = result.status
        self.iterations[envs] = result.iterations

    def _variation(self, solved: Solved) -> Variation | None:
        gear = self.switchgear
        return gear.variation(solved.stand) if gear.is_used else None

    def _supplied_devices(self, solved: Solved, devices: DevicePower) -> DevicePower:
        """The same, without what a node without supply cannot take."""
        live = self.switchgear.supplied(solved.stand)[devices.place[:, 0]]
        return DevicePower(devices.place, np.where(live, devices.p_mw, 0.0), np.where(live, devices.q_mvar, 0.0))

    def _read(self) -> None:
        """Write everything that follows from the present voltages."""
        self._reader.read(self._present, self.variation, self._readout)

"""What follows from a network's voltages: loadings, extremes, exchanges, violations."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from heron.types import FloatArray, IndexArray
from powergrid.plant.area import GridAreas
from powergrid.plant.demand import Demand
from powergrid.plant.grid_kernel import share_out, square, watch_branches, watch_nodes
from powergrid.plant.held_power import DependentLoads, HeldPower
from powergrid.plant.reduce import segment_sum
from powergrid.plant.safety import GRID_TERMS, SafetyLimits
from powergrid.plant.solved import Solved
from powergrid.powerflow.branch_flows import BranchFlows, FlowMeter
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.nominal_loads import NominalLoads
from powergrid.powerflow.threads import in_blocks
from powergrid.powerflow.variation import Variation
from powergrid.powerflow.varied_flows import FoundBranches, VariedFlows

ComplexArray: TypeAlias = NDArray[np.complex128]
_SORTS = ("line", "trafo")
"""Branches whose loading is a violation above one; the kernel's sort 2 is all others."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Readout:
    """What was read off a network, an environment in each column.

    Parameters
    ----------
    vm_pu, loading
        Voltage magnitudes ``(n_node, n_env)`` [pu], and currents over ratings ``(n_branch, n_env)`` [1].
    slack : (2, n_env)
        Active and reactive power of the slack. [MW, Mvar]
    vm_min_pu, vm_max_pu, loading_max, import_p_mw, import_q_mvar : (n_area, n_env)
        Summary of each area. [pu, 1, MW, Mvar]
    terms : (n_term + 1, n_area, n_env)
        Violations of `GRID_TERMS`, and the kernel's layer for branches of no term. [pu for voltages, else 1]
    drawn_mva, import_mw : (n_area, n_env)
        What the network's own elements drew [MVA], and what each area took from the others and the slack [MW].
    slack_mva : (n_env,)
        Power that the slack fed in. [MVA]
    source_mva : (n_slack, n_env)
        What flowed from the slack nodes into the network. [MVA]
    held_mvar, held_flow_mva : (n_pv, n_env)
        What generators gave where they hold the voltage [Mvar], and what flowed from there into the network [MVA].
    feeding_mva : (n_fed, n_env)
        What flowed into the transformers that feed areas. [MVA]
    """

    vm_pu: FloatArray
    loading: FloatArray
    slack: FloatArray
    vm_min_pu: FloatArray
    vm_max_pu: FloatArray
    loading_max: FloatArray
    import_p_mw: FloatArray
    import_q_mvar: FloatArray
    terms: FloatArray
    drawn_mva: ComplexArray
    import_mw: FloatArray
    slack_mva: ComplexArray
    source_mva: ComplexArray
    held_mvar: FloatArray
    held_flow_mva: ComplexArray
    feeding_mva: ComplexArray

    def put(self, envs: IndexArray, part: Readout) -> None:
        """Write what was read of some environments."""
        for entry in fields(self):
            getattr(self, entry.name)[..., envs] = getattr(part, entry.name)


class GridReader:
    """Reads a solved network.

    Parameters
    ----------
    network
        Compiled network.
    demand, loads
        What its own elements draw.
    areas
        Who is responsible for what.
    limits
        Voltage band and the like.
    fixed_mva : (n_node,)
        What elements of the network inject that are neither loads nor devices. [MVA]
    """

    def __init__(
        self,
        network: CompiledNetwork,
        demand: Demand,
        loads: NominalLoads,
        areas: GridAreas,
        limits: SafetyLimits,
        *,
        fixed_mva: ComplexArray,
    ) -> None:
        self._network, self._demand, self._areas, self._limits = network, demand, areas, limits
        self._fixed = fixed_mva
        self._meter, self._varied = FlowMeter(network), VariedFlows(network)
        self._held = HeldPower(loads, areas.of_node, network.pv_nodes)
        self._at_slack = DependentLoads(loads, areas.of_node, network.slack_nodes)
        fed = np.flatnonzero(areas.feeding_branch >= 0)
        self._feeding = areas.feeding_branch[fed].astype(np.int64)
        self._fed = np.full(len(areas.areas), -1, dtype=np.intp)
        self._fed[fed] = np.arange(len(fed))
        self._slack_nodes = network.slack_nodes.astype(np.intp)
        self._watched_nodes = np.column_stack([areas.nodes.rows, areas.nodes.area])
        self._no_nodes = np.bincount(areas.nodes.area, minlength=len(areas.areas)) == 0
        self._watched_branches = self._sort_branches()

    def allocate(self, n_env: int, **shown: FloatArray) -> Readout:
        """Room for what is read of this many environments.

        Parameters
        ----------
        n_env
            Number of environments.
        **shown
            Arrays to be used for some of it, such as views of the state table.
        """
        network, n_area = self._network, len(self._areas.areas)
        summaries = ("vm_min_pu", "vm_max_pu", "loading_max", "import_p_mw", "import_q_mvar")
        rows = {"vm_pu": network.n_node, "loading": network.n_branch, "slack": 2} | dict.fromkeys(summaries, n_area)
        missing = {name: np.zeros((count, n_env)) for name, count in rows.items() if name not in shown}
        return Readout(
            **shown,
            **missing,
            terms=np.zeros((len(GRID_TERMS) + 1, n_area, n_env)),
            drawn_mva=np.zeros((n_area, n_env), dtype=np.complex128),
            import_mw=np.zeros((n_area, n_env)),
            slack_mva=np.zeros(n_env, dtype=np.complex128),
            source_mva=np.zeros((len(self._slack_nodes), n_env), dtype=np.complex128),
            held_mvar=np.zeros((len(self._held), n_env)),
            held_flow_mva=np.zeros((len(self._held), n_env), dtype=np.complex128),
            feeding_mva=np.zeros((len(self._feeding), n_env), dtype=np.complex128),
        )

    def read(self, solved: Solved, variation: Variation | None, into: Readout) -> None:
        """Write everything that follows from solved voltages.

        Parameters
        ----------
        solved
            Voltages, and what they were found for.
        variation
            Topologies and taps among that; None where everything stands as compiled.
        into
            Written.
        """
        self._varied.prepare(variation)
        in_blocks(lambda first, stop: self._read_block(solved, variation, into, first, stop), solved.n_env)

    def flows(self, solved: Solved, variation: Variation | None) -> BranchFlows:
        """Powers, currents and loadings of all branches; parameters as in `read`."""
        flows = self._meter.flows(solved.v)
        if variation is not None:
            self._varied.correct_flows(solved.v, variation, flows)
        return flows

    def _sort_branches(self) -> IndexArray:
        """Branch, area and sort of every branch that an area watches, ``(n_member, 3)``."""
        watched = self._areas.branches
        sorts = [_SORTS.index(kind) if kind in _SORTS else len(_SORTS) for kind in self._network.branch_kind]
        sort = np.array(sorts, dtype=np.intp)[watched.rows]
        return np.column_stack([watched.rows, watched.area, sort]).astype(np.intp)

    def _read_block(self, solved: Solved, variation: Variation | None, into: Readout, first: int, stop: int) -> None:
        part = None if variation is None else self._varied.look_up(_some(variation, first, stop), stop - first)
        self._watch(solved, part, into, first, stop)
        self._balance(solved, part, into, first, stop)
        share_out(
            first,
            stop,
            self._slack_nodes,
            self._areas.slack_area,
            self._fed,
            into.source_mva,
            solved.injected,
            solved.devices,
            into.feeding_mva,
            into.drawn_mva,
            into.slack_mva,
            into.import_mw,
            into.slack,
            into.import_p_mw,
            into.import_q_mvar,
        )

    def _watch(self, solved: Solved, part: FoundBranches | None, into: Readout, first: int, stop: int) -> None:
        """Voltages and loadings, and what of them lies beyond the limits."""
        envs, limits = slice(first, stop), self._limits
        vm_pu = into.vm_pu[:, envs]
        square(first, stop, solved.v, into.vm_pu)
        np.sqrt(vm_pu, out=vm_pu)  # numpy's root takes half as long as a compiled loop's, with the same bits
        watch_nodes(
            first,
            stop,
            self._watched_nodes,
            self._no_nodes,
            limits.v_min_pu,
            limits.v_max_pu,
            into.vm_pu,
            into.vm_min_pu,
            into.vm_max_pu,
            into.terms[0],
        )
        self._meter.fill_loading(first, stop, solved.v, into.loading)
        if part is not None:
            self._varied.correct_loading(solved.v[:, envs], part, into.loading[:, envs])
        watch_branches(first, stop, self._watched_branches, into.loading, into.loading_max, into.terms[1:])

    def _balance(self, solved: Solved, part: FoundBranches | None, into: Readout, first: int, stop: int) -> None:
        """What is drawn, and what generators, sources and feeding transformers give for it."""
        envs, v, steps = slice(first, stop), solved.v, solved.load_steps
        self._demand.fill_drawn(first, stop, solved.load_scale, into.vm_pu, into.drawn_mva, steps)
        if part is not None and self._fixed.any():
            self._leave_out_unsupplied(v, into, envs)
        if len(self._held):
            self._meter.fill_held_power(first, stop, v, into.held_flow_mva)
            given = (solved.load_scale, into.vm_pu, solved.injected, into.held_flow_mva)
            self._held.fill(first, stop, *given, into.held_mvar, into.drawn_mva, steps)
        self._meter.fill_source_power(first, stop, v, into.source_mva)
        self._meter.fill_power_from(first, stop, self._feeding, v, into.feeding_mva)
        if part is not None:
            self._varied.correct_source_power(v[:, envs], part, into.source_mva[:, envs])
            self._varied.correct_power_from(self._feeding, v[:, envs], part, into.feeding_mva[:, envs])
        self._at_slack.add(first, stop, solved.load_scale, into.vm_pu, into.source_mva, steps)

    def _leave_out_unsupplied(self, v: ComplexArray, into: Readout, envs: slice) -> None:
        """Take generators of the network itself that have no supply out of what its elements draw."""
        given = np.where(v[:, envs] == 0.0, self._fixed[:, np.newaxis], 0.0)
        into.drawn_mva[:, envs] += segment_sum(given, self._areas.of_node, len(self._areas.areas))


def _some(variation: Variation, first: int, stop: int) -> Variation:
    """What a variation says of the environments from `first` up to but not including `stop`."""
    topology, taps = variation.topology, variation.taps
    return replace(
        variation,
        topology=None if topology is None else topology[first:stop],
        taps=None if taps is None else taps[:, first:stop],
    )

"""What flows through branches and sources where environments have taps and topologies of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from heron.types import BoolArray, FloatArray, IndexArray
from powergrid.powerflow.branch_flows import BranchFlows
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.topology import Topology, switched_network
from powergrid.powerflow.variation import Variation
from powergrid.powerflow.varied_flows_kernel import VariedBranches, add_varied_source_power, fill_varied_flows

_SQRT3 = float(np.sqrt(3.0))


class _Tables(NamedTuple):
    """Admittances of the branches that differ, for one sequence of topologies."""

    topologies: Sequence[Topology]
    rows: IndexArray
    admittances: NDArray[np.complex128]
    differs: BoolArray


class FoundBranches(NamedTuple):
    """What a variation changes: rows of branches, what they are, and where they are not as compiled."""

    rows: IndexArray
    varied: VariedBranches
    changed: BoolArray


class VariedFlows:
    """Puts right what was computed for a network as compiled, where environments vary it.

    Everything else keeps its bits.

    Parameters
    ----------
    network
        Compiled network.
    """

    def __init__(self, network: CompiledNetwork) -> None:
        self._network = network
        self._compiled = _admittances(network)
        self._ends = np.column_stack([network.from_node, network.to_node]).astype(np.int64)
        unit_ka = network.base_mva / (_SQRT3 * network.vn_kv)
        ratings_ka = np.column_stack([network.rating_from_ka, network.rating_to_ka])
        inverse = np.divide(1.0, ratings_ka, out=np.zeros_like(ratings_ka), where=ratings_ka > 0.0)
        self._scales = np.column_stack([unit_ka[network.from_node], unit_ka[network.to_node], inverse])
        self._slack_nodes = network.slack_nodes.astype(np.int64)
        self._changer = np.full((network.n_branch, 2), -1, dtype=np.int64)
        self._changer[network.tap_changers.branch, 0] = np.arange(len(network.tap_changers))
        self._changer[network.tap_changers.branch, 1] = network.tap_changers.end
        self._tables = self._tables_of(())

    def prepare(self, variation: Variation | None) -> None:
        """Look topologies up ahead, so that several threads may then ask for parts of the same variation."""
        if variation is not None and variation.topologies is not self._tables.topologies:
            self._tables = self._tables_of(variation.topologies)

    def correct_flows(
        self, v: NDArray[np.complex128], variation: Variation | FoundBranches, flows: BranchFlows
    ) -> None:
        """Write the flows of branches that are not as compiled.

        Parameters
        ----------
        v : (n_node, n_env)
            Complex voltages. [pu]
        variation
            Topologies and taps they were found for, or what `look_up` gave for them.
        flows
            Those of the network as compiled at these voltages.

        Raises
        ------
        PowerFlowError
            The variation does not fit.
        """
        rows, changed, part = self._varied_flows(v, variation)
        for entry in fields(BranchFlows):
            values, new = getattr(flows, entry.name), getattr(part, entry.name)
            values[rows] = np.where(changed, new, values[rows])

    def correct_loading(
        self, v: NDArray[np.complex128], variation: Variation | FoundBranches, loading: FloatArray
    ) -> None:
        """As `correct_flows`, for the loadings ``(n_branch, n_env)`` alone. [1]"""
        rows, changed, part = self._varied_flows(v, variation)
        loading[rows] = np.where(changed, part.loading, loading[rows])

    def correct_power_from(
        self,
        branches: IndexArray,
        v: NDArray[np.complex128],
        variation: Variation | FoundBranches,
        s_from: NDArray[np.complex128],
    ) -> None:
        """As `correct_flows`, for the power into some branches at their from end, ``(len(branches), n_env)``. [MVA]"""
        rows, changed, part = self._varied_flows(v, variation)
        place = {int(branch): k for k, branch in enumerate(rows)}
        for row, branch in enumerate(branches.tolist()):
            if branch in place:
                k = place[branch]
                s_from[row] = np.where(changed[k], part.s_from[k], s_from[row])

    def correct_source_power(
        self, v: NDArray[np.complex128], variation: Variation | FoundBranches, power: NDArray[np.complex128]
    ) -> None:
        """As `correct_flows`, for the power out of the slack nodes, ``(n_slack, n_env)``. [MVA]"""
        _, varied, changed = self._found(variation, v.shape[1])
        fed = np.array(power)  # the kernel is compiled for one layout
        add_varied_source_power(
            varied, changed, self._slack_nodes, self._network.base_mva, np.ascontiguousarray(v), fed
        )
        power[...] = fed

    def _varied_flows(
        self, v: NDArray[np.complex128], variation: Variation | FoundBranches
    ) -> tuple[IndexArray, BoolArray, BranchFlows]:
        rows, varied, changed = self._found(variation, v.shape[1])
        part = BranchFlows.allocate(len(rows), v.shape[1])
        fill_varied_flows(
            varied,
            self._scales[rows],
            self._network.base_mva,
            np.ascontiguousarray(v),
            part.s_from,
            part.s_to,
            part.i_from_ka,
            part.i_to_ka,
            part.loading,
        )
        return rows, changed, part

    def look_up(self, variation: Variation, n_env: int) -> FoundBranches:
        """Branches that a variation changes, to be given instead of it where it is asked for several times.

        Raises
        ------
        PowerFlowError
            The variation does not fit.
        """
        self.prepare(variation)
        _, rows, admittances, differs = self._tables
        topology = variation.topology_of_each(n_env)
        changed = differs[topology].T
        deviation = variation.deviation(self._network, n_env)
        changer = self._changer[rows]
        if deviation is None:
            changer[:, 0] = -1
            deviation = np.zeros((0, n_env), dtype=np.complex128)
        tapped = changer[:, 0] >= 0
        changed[tapped] |= deviation[changer[tapped, 0]] != 0.0
        varied = VariedBranches(
            ends=self._ends[rows],
            admittances=admittances,
            compiled=self._compiled[rows],
            topology=topology.astype(np.int64),
            changer=changer,
            deviation=deviation,
        )
        return FoundBranches(rows, varied, np.ascontiguousarray(changed))

    def _found(self, variation: Variation | FoundBranches, n_env: int) -> FoundBranches:
        return variation if isinstance(variation, FoundBranches) else self.look_up(variation, n_env)

    def _tables_of(self, topologies: Sequence[Topology]) -> _Tables:
        switched = [_admittances(switched_network(self._network, topology)) for topology in topologies]
        tables = np.array(switched, dtype=np.complex128).reshape(len(switched), *self._compiled.shape)
        differs = (tables != self._compiled).any(axis=2)
        rows = np.flatnonzero(differs.any(axis=0) | (self._changer[:, 0] >= 0))
        return _Tables(topologies, rows, np.ascontiguousarray(tables[:, rows]), differs[:, rows])


def _admittances(network: CompiledNetwork) -> NDArray[np.complex128]:
    return np.column_stack([network.yff, network.yft, network.ytf, network.ytt])

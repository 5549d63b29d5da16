"""Factors of a network in every topology that was asked for, and the environments that share them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.factorisation import factorise
from powergrid.powerflow.fixed_point_plan import Plan, VariedPlan
from powergrid.powerflow.topology import Topology, switched_network
from powergrid.powerflow.variation import Variation

_LARGEST_CACHE = 1024


class Group(NamedTuple):
    """Environments of one topology: from `first` up to but not including `stop`, in the order of `taps` if given."""

    plan: Plan
    taps: VariedPlan | None
    first: int
    stop: int


@dataclass(frozen=True, kw_only=True, eq=False)
class _Factorised:
    """One topology of a network."""

    network: CompiledNetwork
    plan: Plan

    @cached_property
    def taps(self) -> VariedPlan:
        """Its tap changers, without positions and environments."""
        return _tap_plan(self.network, self.plan)


class TopologyPlans:
    """Factors of each topology, computed when it is first asked for.

    Parameters
    ----------
    network
        Compiled network.

    Raises
    ------
    PowerFlowError
        Its matrix is singular.
    """

    def __init__(self, network: CompiledNetwork) -> None:
        self._network = network
        self._compiled = factorise(network)
        self._plain = (Group(self._compiled, None, 0, sys.maxsize),)
        self._known = {Topology(): _Factorised(network=network, plan=self._compiled)}

    @property
    def compiled(self) -> Plan:
        """Factors of the network as it was compiled."""
        return self._compiled

    def grouped(self, variation: Variation | None, n_env: int) -> Sequence[Group]:
        """Environments by topology.

        Parameters
        ----------
        variation
            Topologies and taps; None where every environment has the network as compiled.
        n_env
            Number of environments.

        Returns
        -------
        sequence of Group
            With the factors of each; one group without end for the network as compiled.

        Raises
        ------
        PowerFlowError
            The variation does not fit, or a topology's matrix is singular.
        NetworkError
            A topology names a branch that does not exist.
        """
        if variation is None:
            return self._plain
        chosen = variation.topology_of_each(n_env)
        deviation = variation.deviation(self._network, n_env)
        order = np.argsort(chosen, kind="stable").astype(np.int64)
        used, first = np.unique(chosen[order], return_index=True)
        groups = []
        for topology, start, stop in zip(used.tolist(), first.tolist(), [*first.tolist()[1:], n_env], strict=True):
            known = self._factorised(variation.topologies[topology])
            if deviation is None:
                taps = known.taps._replace(rows=known.taps.rows[:0], order=order)
            else:
                taps = known.taps._replace(deviation=deviation, order=order)
            groups.append(Group(known.plan, taps, start, stop))
        return groups

    def _factorised(self, topology: Topology) -> _Factorised:
        known = self._known.get(topology)
        if known is None:
            network = switched_network(self._network, topology)
            known = _Factorised(network=network, plan=factorise(network))
            if len(self._known) > _LARGEST_CACHE:
                del self._known[list(self._known)[1]]  # the oldest but the network as compiled
            self._known[topology] = known
        return known


def _tap_plan(network: CompiledNetwork, plan: Plan) -> VariedPlan:
    changers = network.tap_changers
    row_of_node = np.full(network.n_node, -1, dtype=np.int64)
    row_of_node[plan.rows[:, 0]] = np.arange(len(plan.rows))
    given = np.zeros(network.n_node, dtype=np.complex128)
    given[plan.given_nodes] = plan.given_voltage
    at_from = changers.end == 0
    ends = np.column_stack([network.from_node, network.to_node])[changers.branch]
    nodes = np.where(at_from[:, np.newaxis], ends, ends[:, ::-1])
    yff, yft, ytf, ytt = (y[changers.branch] for y in (network.yff, network.yft, network.ytf, network.ytt))
    own, across, back = np.where(at_from, yff, ytt), np.where(at_from, yft, ytf), np.where(at_from, ytf, yft)
    stand_in = np.full(network.n_node, -1, dtype=np.int64)
    injected = []
    for changer, (tapped, other) in enumerate(nodes.tolist()):
        branch = {tapped: own[changer], other: back[changer]}
        rest = _rest_of_column(network, tapped, branch)
        # The softer side makes up for the tap: what is injected then is small, and so is its rounding.
        if row_of_node[tapped] >= 0 and stand_in[tapped] < 0 and _size(rest) < _size(branch):
            stand_in[tapped] = changer
            injected.append(rest)
        else:
            injected.append({node: -value for node, value in branch.items()})
    free = [[(node, value) for node, value in column.items() if row_of_node[node] >= 0] for column in injected]
    entries = [(row_of_node[node], stand_in[node]) for column in free for node, _ in column]
    values = np.array([value for column in free for _, value in column], dtype=np.complex128)
    return VariedPlan(
        rows=np.column_stack([row_of_node[nodes], stand_in[nodes]]),
        given=given[nodes].view(np.float64).reshape(-1, 4),
        admittances=np.column_stack([own, across]).view(np.float64).reshape(-1, 4),
        starts=np.cumsum([0, *(len(column) for column in free)], dtype=np.int64),
        entries=np.array(entries, dtype=np.int64).reshape(-1, 2),
        values=np.column_stack([values.real, values.imag, np.abs(values)]),
        deviation=np.zeros((len(changers), 0), dtype=np.complex128),
        order=np.zeros(0, dtype=np.int64),
    )


def _rest_of_column(network: CompiledNetwork, node: int, branch: dict[int, complex]) -> dict[int, complex]:
    """Currents by the voltage of a node, apart from those of one branch. [pu]"""
    y = network.y
    entries = range(y.indptr[node], y.indptr[node + 1])
    rest = {int(y.indices[entry]): y.data[entry] - branch.get(int(y.indices[entry]), 0.0) for entry in entries}
    return {other: value for other, value in sorted(rest.items()) if value != 0.0}


def _size(currents: dict[int, complex]) -> float:
    return float(np.sum(np.abs(list(currents.values()))))

"""Jacobians of a network with every topology and every setting of taps that was asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.jacobian import plan_jacobian, with_admittances
from powergrid.powerflow.sensitivities_kernel import JacobianPlan
from powergrid.powerflow.topology import Topology, changed_matrix, switched_network
from powergrid.powerflow.variation import Variation

_LARGEST_CACHE = 512
_NO_TAPS = np.zeros(0, dtype=np.complex128)

_Key = TypeVar("_Key")


class JacobianGroup(NamedTuple):
    """Environments that have the same network: from `first` up to but not including `stop` of an order."""

    network: CompiledNetwork
    plan: JacobianPlan
    first: int
    stop: int


class JacobianPlans:
    """Jacobians of one network, prepared when a topology or a setting of all taps is first met.

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
        self._compiled = plan_jacobian(network)
        self._switched = {Topology(): (network, self._compiled)}
        self._tapped: dict[tuple[Topology, bytes], tuple[CompiledNetwork, JacobianPlan]] = {}

    def grouped(self, variation: Variation | None, n_env: int) -> tuple[NDArray[np.int64], list[JacobianGroup]]:
        """Environments by topology and taps.

        Parameters
        ----------
        variation
            Topologies and taps; None where every environment has the network as compiled.
        n_env
            Number of environments.

        Returns
        -------
        (n_env,)
            The environments, those of a group side by side.
        list
            The groups.

        Raises
        ------
        PowerFlowError
            The variation does not fit, or a topology's matrix is singular.
        NetworkError
            A topology names a branch that does not exist.
        """
        if variation is None:
            return np.arange(n_env, dtype=np.int64), [JacobianGroup(self._network, self._compiled, 0, n_env)]
        topology = variation.topology_of_each(n_env)
        deviation = variation.deviation(self._network, n_env)
        taps = np.zeros((0, n_env)) if deviation is None else np.asarray(variation.taps, dtype=np.float64)
        settings = np.concatenate([topology[np.newaxis].astype(np.float64), taps])
        different, of_env = np.unique(settings, axis=1, return_inverse=True)
        of_env = of_env.reshape(-1)
        order = np.argsort(of_env, kind="stable").astype(np.int64)
        edges = np.searchsorted(of_env[order], np.arange(different.shape[1] + 1))
        groups = []
        for first, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            env = order[first]
            shape = variation.topologies[topology[env]]
            network, plan = self._of(shape, _NO_TAPS if deviation is None else deviation[:, env])
            groups.append(JacobianGroup(network, plan, first, stop))
        return order, groups

    def _of(self, topology: Topology, deviation: NDArray[np.complex128]) -> tuple[CompiledNetwork, JacobianPlan]:
        if topology not in self._switched:
            network = switched_network(self._network, topology)
            self._switched[topology] = (network, plan_jacobian(network))
            _forget_the_oldest(self._switched)
        network, plan = self._switched[topology]
        if not deviation.any():
            return network, plan
        key = (topology, deviation.tobytes())
        if key not in self._tapped:
            tapped = tapped_network(network, deviation)
            self._tapped[key] = (tapped, with_admittances(plan, tapped))
            _forget_the_oldest(self._tapped)
        return self._tapped[key]


def _forget_the_oldest(known: dict[_Key, tuple[CompiledNetwork, JacobianPlan]]) -> None:
    if len(known) > _LARGEST_CACHE:
        del known[next(iter(known))]


def tapped_network(network: CompiledNetwork, deviation: NDArray[np.complex128]) -> CompiledNetwork:
    """The network with its taps elsewhere.

    Parameters
    ----------
    network
        Compiled network, with any topology.
    deviation : (n_changer,)
        From `TapChangers.deviation`: what the voltage behind each ideal transformer changes by. [1]

    Returns
    -------
    CompiledNetwork
        The same nodes and branches.
    """
    moved = np.flatnonzero(deviation)
    branches, ratio = network.tap_changers.branch[moved], 1.0 + deviation[moved]
    before = np.array([part[branches] for part in (network.yff, network.yft, network.ytf, network.ytt)])
    # behind the ideal transformer the voltage is so much higher, and the current that enters it is conj(ratio) as much
    at_from = np.array([ratio * np.conj(ratio), np.conj(ratio), ratio, np.ones_like(ratio)])
    after = before * np.where(network.tap_changers.end[moved] == 0, at_from, at_from[::-1])
    columns = []
    for part, values in zip((network.yff, network.yft, network.ytf, network.ytt), after, strict=True):
        column = part.copy()
        column[branches] = values
        columns.append(column)
    y = changed_matrix(network, branches, (after - before).T)
    yff, yft, ytf, ytt = columns
    return replace(network, y=y, yff=yff, yft=yft, ytf=ytf, ytt=ytt)

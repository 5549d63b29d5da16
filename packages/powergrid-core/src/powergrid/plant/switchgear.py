"""Switches and tap changers as they stand in every environment."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heron.types import BoolArray, FloatArray, IndexArray
from powergrid.errors import PowerFlowError
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.topology import Topology, supplied_nodes
from powergrid.powerflow.variation import Variation


class Stand:
    """How switches and taps stand in some environments.

    Parameters
    ----------
    network
        Compiled network.
    n_env
        Number of environments.

    Attributes
    ----------
    topology : (1, n_env)
        Number of each environment's topology; 0 is the network as compiled.
    taps : (n_changer, n_env)
        Positions of the network's tap changers.
    """

    def __init__(self, network: CompiledNetwork, n_env: int) -> None:
        self.topology = np.zeros((1, n_env), dtype=np.intp)
        self.taps: FloatArray = network.tap_changers.positions(n_env)

    @property
    def arrays(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Both, environments last."""
        return self.topology, self.taps


class Switchgear:
    """What was last commanded of switches and tap changers: held until replaced, as compiled when an episode begins.

    Parameters
    ----------
    network
        Compiled network.
    """

    def __init__(self, network: CompiledNetwork) -> None:
        self._network = network
        self._topologies: tuple[Topology, ...] = (Topology(),)
        self._supplied: BoolArray = supplied_nodes(network)[np.newaxis]
        self.is_used = not self._supplied.all()

    def connect(self, n_env: int) -> None:
        """Hold this many environments."""
        self.commanded = Stand(self._network, n_env)

    def set_topology(self, topology: Topology, envs: IndexArray) -> None:
        """Command a topology in some environments.

        Raises
        ------
        NetworkError
            It names a branch that the network has not.
        """
        if topology not in self._topologies:
            supplied = supplied_nodes(self._network, topology)
            self._supplied = np.vstack([self._supplied, supplied])
            self._topologies = (*self._topologies, topology)
        self.commanded.topology[0, envs] = self._topologies.index(topology)
        self.is_used = True

    def set_taps(self, taps: NDArray[Any], envs: IndexArray) -> None:
        """Command positions of all tap changers in some environments, ``(n_changer, len(envs))`` or broadcast to it.

        Raises
        ------
        PowerFlowError
            A position does not exist, or there are not as many as tap changers.
        """
        shape = (len(self._network.tap_changers), len(envs))
        try:
            wanted = np.broadcast_to(np.asarray(taps, dtype=np.float64), shape)
        except ValueError as cause:
            raise PowerFlowError(
                f"Taps have shape {np.shape(taps)}; {shape} (n_changer, n_env) is asked for.",
                remedy=f"The tap changers are {', '.join(self._network.tap_changers.names) or 'none'}.",
            ) from cause
        self._network.tap_changers.deviation(wanted)  # checks them
        self.commanded.taps[:, envs] = wanted
        self.is_used = True

    def set_tap(self, changer: int, positions: FloatArray, envs: IndexArray | None) -> None:
        """Command positions ``(n_env,)`` of one tap changer, in some environments or all; nothing is checked."""
        chosen = slice(None) if envs is None else envs
        self.commanded.taps[changer, chosen] = positions[chosen]
        self.is_used = True

    def reset(self, envs: IndexArray) -> None:
        """Let everything stand as compiled."""
        self.commanded.topology[:, envs] = 0
        self.commanded.taps[:, envs] = self._network.tap_changers.compiled[:, np.newaxis]

    def topology_of(self, stand: Stand, env: int) -> Topology:
        """Topology of one environment."""
        return self._topologies[int(stand.topology[0, env])]

    def variation(self, stand: Stand, first: int, stop: int) -> Variation:
        """What the solver and the meters are told, for environments from `first` up to but not including `stop`."""
        part = slice(first, stop)
        return Variation(topologies=self._topologies, topology=stand.topology[0, part], taps=stand.taps[:, part])

    def supplied(self, stand: Stand) -> BoolArray:
        """Which nodes have supply, ``(n_node, n_env)``."""
        return np.ascontiguousarray(self._supplied[stand.topology[0]].T)

    def save_state(self) -> dict[str, Any]:
        """Topologies seen so far, and what was commanded."""
        return {
            "topologies": self._topologies,
            "topology": self.commanded.topology.copy(),
            "taps": self.commanded.taps.copy(),
            "is_used": self.is_used,
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take back what `save_state` gave."""
        self._topologies = tuple(state["topologies"])
        self._supplied = np.array([supplied_nodes(self._network, topology) for topology in self._topologies])
        self.commanded.topology[...] = state["topology"]
        self.commanded.taps[...] = state["taps"]
        self.is_used = state["is_used"]

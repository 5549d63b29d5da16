"""Switches and tap changers as they stand in every environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heron.types import BoolArray, FloatArray, IndexArray
from powergrid.errors import NetworkError, PowerFlowError
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.topology import Topology, supplied_nodes
from powergrid.powerflow.variation import Variation

_MANY = 64
"""Known topologies from which on unused ones are forgotten."""


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

    Topologies are known by number. Once many are, those that no environment has any more are forgotten.

    Parameters
    ----------
    network
        Compiled network.

    Attributes
    ----------
    commanded
        How everything is to stand in the next interval.
    is_used
        Whether anything stands otherwise than as compiled, in any environment.
    """

    def __init__(self, network: CompiledNetwork) -> None:
        self._network = network
        self._topologies: tuple[Topology, ...] = (Topology(),)
        self._supplied: BoolArray = supplied_nodes(network)[np.newaxis]
        self._always_used = not bool(self._supplied.all())
        self.is_used = self._always_used

    def connect(self, n_env: int, solved: Sequence[Stand]) -> None:
        """Hold this many environments; `solved` is how things stood when they were last solved, numbered as here."""
        self.commanded = Stand(self._network, n_env)
        self._stands = (self.commanded, *solved)

    def set_topology(self, topology: Topology, envs: IndexArray) -> None:
        """Command a topology in some environments.

        Raises
        ------
        NetworkError
            It is no topology, or names a branch that the network has not.
        """
        if not isinstance(topology, Topology):
            raise NetworkError(f"{topology!r} is no topology.", remedy="Write Topology(open_branches=['line 3']).")
        self.commanded.topology[0, envs] = self._number(topology)
        self.is_used = True

    def set_taps(self, taps: NDArray[Any], envs: IndexArray) -> None:
        """Command positions of all tap changers in some environments, ``(n_changer, len(envs))`` or ``(n_changer, 1)``.

        Raises
        ------
        PowerFlowError
            A position does not exist, or the shape is another one.
        """
        n_changer, names = len(self._network.tap_changers), ", ".join(self._network.tap_changers.names) or "none"
        try:
            wanted = np.asarray(taps, dtype=np.float64)
        except (TypeError, ValueError) as cause:
            raise PowerFlowError(
                f"Taps are {taps!r}, no array of numbers.", remedy=f"Give a row for each of the tap changers {names}."
            ) from cause
        if wanted.shape not in ((n_changer, len(envs)), (n_changer, 1)):
            raise PowerFlowError(
                f"Taps have shape {wanted.shape}; {(n_changer, len(envs))} (n_changer, n_env) is asked for, or "
                f"{(n_changer, 1)} for the same in all.",
                remedy=f"The tap changers are {names}.",
            )
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

    def look_again(self) -> None:
        """Notice where everything stands as compiled again: steps then cost no more than if nothing ever had moved."""
        if self.is_used and not self._always_used:
            compiled = self._network.tap_changers.compiled[:, np.newaxis]
            self.is_used = any(stand.topology.any() or (stand.taps != compiled).any() for stand in self._stands)

    def topology_of(self, stand: Stand, env: int) -> Topology:
        """Topology of one environment."""
        return self._topologies[int(stand.topology[0, env])]

    def variation(self, stand: Stand) -> Variation:
        """What the solver and the meters are told."""
        return Variation(topologies=self._topologies, topology=stand.topology[0], taps=stand.taps)

    def supplied(self, stand: Stand) -> BoolArray:
        """Which nodes have supply, ``(n_node, n_env)``."""
        return np.ascontiguousarray(self._supplied[stand.topology[0]].T)

    def save_state(self) -> dict[str, Any]:
        """Known topologies as plain values, and what was commanded."""
        return {
            "topologies": [topology.as_plain() for topology in self._topologies],
            "topology": self.commanded.topology.copy(),
            "taps": self.commanded.taps.copy(),
            "is_used": self.is_used,
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take back what `save_state` gave."""
        self._topologies = tuple(Topology.from_plain(plain) for plain in state["topologies"])
        self._supplied = np.array([supplied_nodes(self._network, topology) for topology in self._topologies])
        for stand in self._stands:
            stand.topology[...] = 0  # numbers of before mean nothing now; the grid restores what was solved
        self.commanded.topology[...] = state["topology"]
        self.commanded.taps[...] = state["taps"]
        self.is_used = bool(state["is_used"])

    def _number(self, topology: Topology) -> int:
        if topology in self._topologies:
            return self._topologies.index(topology)
        supplied = supplied_nodes(self._network, topology)
        if len(self._topologies) >= _MANY:
            self._forget_unused()
        self._supplied = np.vstack([self._supplied, supplied])
        self._topologies = (*self._topologies, topology)
        return len(self._topologies) - 1

    def _forget_unused(self) -> None:
        """Keep the network as compiled and what some environment has, and number them anew."""
        used = np.unique(np.concatenate([[0], *(stand.topology[0] for stand in self._stands)]))
        self._topologies = tuple(self._topologies[number] for number in used.tolist())
        self._supplied = self._supplied[used]
        for stand in self._stands:
            stand.topology[...] = np.searchsorted(used, stand.topology)

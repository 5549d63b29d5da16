"""What differs between environments in the network itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heron.types import IndexArray
from powergrid.errors import PowerFlowError
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.topology import Topology


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Variation:
    """Topologies and tap positions of a batch of environments.

    Switched capacitors are no part of it: they are injections of constant impedance, see `SwitchedShunts`.

    Parameters
    ----------
    topologies
        Topologies that occur. Solvers factorise each once and keep it, so give the same ones at every step.
    topology : (n_env,)
        Which of them each environment has; the first where not given.
    taps : (n_changer, n_env)
        Positions of `CompiledNetwork.tap_changers`, whole numbers of any type; as compiled where not given.
    """

    topologies: Sequence[Topology] = (Topology(),)
    topology: NDArray[Any] | None = None
    taps: NDArray[Any] | None = None

    def topology_of_each(self, n_env: int) -> IndexArray:
        """Number of each environment's topology, checked. Shape (n_env,).

        Raises
        ------
        PowerFlowError
            It has another shape, or there is no such topology.
        """
        chosen = np.zeros(n_env, dtype=np.intp) if self.topology is None else np.asarray(self.topology, dtype=np.intp)
        if chosen.shape != (n_env,):
            raise PowerFlowError(f"'topology' has shape {chosen.shape}; there are {n_env} environments.")
        count = len(self.topologies)
        wrong = (chosen < 0) | (chosen >= count)
        if wrong.any():
            raise PowerFlowError(
                f"An environment asks for topology {chosen[wrong][0]}; there are {count}, numbered from 0.",
                remedy="Add it to 'topologies'.",
            )
        return chosen

    def deviation(self, network: CompiledNetwork, n_env: int) -> NDArray[np.complex128] | None:
        """What the taps change; see `TapChangers.deviation`. None without taps.

        Raises
        ------
        PowerFlowError
            The taps have another shape, or a position does not exist.
        """
        if self.taps is None:
            return None
        shape = (len(network.tap_changers), n_env)
        if np.shape(self.taps) != shape:
            raise PowerFlowError(
                f"'taps' has shape {np.shape(self.taps)}; this network asks for {shape} (n_changer, n_env).",
                remedy=f"Its tap changers are {', '.join(network.tap_changers.names) or 'none'}.",
            )
        return network.tap_changers.deviation(np.asarray(self.taps))

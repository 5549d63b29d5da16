"""A solved network: its voltages, and what they were found for."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from heron.types import FloatArray, IndexArray
from powergrid.plant.switchgear import Stand
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.result import PowerFlowResult

ComplexArray: TypeAlias = NDArray[np.complex128]


class Solved:
    """All that the readings of a network follow from, in some environments.

    Parameters
    ----------
    network
        Compiled network.
    n_area, n_env
        Numbers of areas and environments.

    Attributes
    ----------
    result
        Voltages ``(n_node, n_env)`` [pu] and how the power flow ended.
    stand
        How switches and taps stood.
    injected : (n_node, n_env)
        What was injected whatever the voltage, positive into the grid. [MVA]
    devices : (n_area, n_env)
        What devices gave in each area, positive into the grid. [MVA]
    load_scale : (n_area, n_env)
        Factor that the loads had. [1]
    load_steps : (n_load, n_env)
        What was added to it for single loads; None where nothing was for any. [1]
    """

    def __init__(self, network: CompiledNetwork, n_area: int, n_env: int) -> None:
        n_node = network.n_node
        self.n_env = n_env
        self.result = PowerFlowResult.allocate(n_node, n_env)
        self.stand = Stand(network, n_env)
        self.injected: ComplexArray = np.zeros((n_node, n_env), dtype=np.complex128)
        self.devices: ComplexArray = np.zeros((n_area, n_env), dtype=np.complex128)
        self.load_scale: FloatArray = np.ones((n_area, n_env))
        self.load_steps: FloatArray | None = None
        self.result.v[...] = 1.0

    @property
    def v(self) -> ComplexArray:
        """Complex voltages, ``(n_node, n_env)``. [pu]"""
        return self.result.v

    def take(self, envs: IndexArray, other: Solved, others_envs: IndexArray) -> None:
        """Copy some environments of another one."""
        for own, source in zip(self._arrays(), other._arrays(), strict=True):
            own[:, envs] = source[:, others_envs]
        if self.load_steps is None and other.load_steps is None:
            return
        if self.load_steps is None and other.load_steps is not None:
            self.load_steps = np.zeros((len(other.load_steps), self.n_env))
        assert self.load_steps is not None
        self.load_steps[:, envs] = 0.0 if other.load_steps is None else other.load_steps[:, others_envs]

    def _arrays(self) -> tuple[NDArray[Any], ...]:
        return self.v, self.injected, self.devices, self.load_scale, *self.stand.arrays

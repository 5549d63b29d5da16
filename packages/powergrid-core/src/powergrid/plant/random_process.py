"""A random process that is a function of time: a sum of sinusoids with random phases."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heron.core.random import SeedTree
from heron.errors import StateError
from heron.types import FloatArray, IndexArray
from powergrid.powerflow.jit import njit

N_WAVE = 16
"""Sinusoids of a process: no value is then farther from the mean than ``sqrt(2 * N_WAVE)`` standard deviations."""

_NANOSECOND_S = 1e-9
_OWNER = "plant"


class SpectralProcess:
    """Processes of mean 0 and variance 1, one for each of some sites, independent of each other.

    All have the same periods, spaced evenly on a logarithmic scale. What is random are the phases, drawn when an
    episode begins, each site from a stream of its own. From then on a value is a function of time alone: it does not
    matter at which instants it is asked for, nor how many environments there are.

    Parameters
    ----------
    sites
        Names of the sites; the random stream of each is keyed by its name.
    period_min_s, period_max_s
        Shortest and longest period. [s]
    slope
        The power spectral density falls with frequency to this power; 1 gives every octave the same variance. [1]
    n_env
        Number of environments.

    Source
    ------
    Shinozuka and Deodatis, Simulation of stochastic processes by spectral representation, Applied Mechanics Reviews
    44(4), 1991, pages 191-204: a sum of cosines with independent, uniform phases tends to a Gaussian process.
    """

    def __init__(
        self, sites: Sequence[str], *, period_min_s: float, period_max_s: float, slope: float, n_env: int
    ) -> None:
        self.sites = tuple(sites)
        self._omega_per_s = wave_numbers(period_min_s, period_max_s)
        self._amplitude = wave_amplitudes(self._omega_per_s, slope)
        shape = (n_env, len(self.sites), N_WAVE)
        self._cosine, self._sine = np.zeros(shape), np.zeros(shape)
        self._all = np.arange(n_env, dtype=np.intp)

    def reset(self, envs: IndexArray, trees: Sequence[SeedTree]) -> None:
        """Draw new phases in some environments."""
        for env, tree in zip(envs, trees, strict=True):
            for place, site in enumerate(self.sites):
                phases = tree.generator(_OWNER, site).uniform(0.0, 2.0 * np.pi, N_WAVE)
                # a cos(w t + phase) = (a cos phase) cos(w t) - (a sin phase) sin(w t): the waves are the sites' in
                # common, and a step needs their sines only once.
                self._cosine[env, place] = self._amplitude * np.cos(phases)
                self._sine[env, place] = -self._amplitude * np.sin(phases)

    def at(self, elapsed_ns: NDArray[np.int64], envs: IndexArray | None = None) -> FloatArray:
        """Values now, ``(n_site, n)``.

        Parameters
        ----------
        elapsed_ns : (n,)
            Simulated time since the episode began, of the environments asked for. [ns]
        envs : (n,)
            Which environments; all when not given.
        """
        chosen = self._all if envs is None else envs
        values = np.empty((len(self.sites), len(chosen)))
        time_s: FloatArray = elapsed_ns.astype(np.float64) * _NANOSECOND_S
        _add_waves(time_s, chosen, self._omega_per_s, self._cosine, self._sine, values)
        return values

    def save_state(self) -> dict[str, Any]:
        """Phases of all environments."""
        return {"sites": self.sites, "cosine": self._cosine.copy(), "sine": self._sine.copy()}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take back what `save_state` gave.

        Raises
        ------
        StateError
            It belongs to other sites.
        """
        if tuple(state["sites"]) != self.sites:
            raise StateError(
                f"The saved state varies {sorted(state['sites'])}, this environment {sorted(self.sites)}.",
                remedy="Restore into an environment built from the same configuration.",
            )
        self._cosine[...] = state["cosine"]
        self._sine[...] = state["sine"]


def wave_numbers(period_min_s: float, period_max_s: float) -> FloatArray:
    """Angular frequencies of the waves, the slowest first, ``(N_WAVE,)``. [1/s]"""
    octaves = np.linspace(math.log(period_max_s), math.log(period_min_s), N_WAVE)
    omega: FloatArray = 2.0 * np.pi / np.exp(octaves)
    return omega


def wave_amplitudes(omega_per_s: FloatArray, slope: float) -> FloatArray:
    """Amplitudes of the waves, which make the variance 1, ``(N_WAVE,)``. [1]

    A wave stands for a band whose width grows with its frequency, hence the exponent ``1 - slope``.
    """
    power = omega_per_s ** (1.0 - slope)
    amplitude: FloatArray = np.sqrt(2.0 * power / math.fsum(power))
    return amplitude


@njit
def _add_waves(
    time_s: FloatArray,
    envs: IndexArray,
    omega_per_s: FloatArray,
    cosine: FloatArray,
    sine: FloatArray,
    values: FloatArray,
) -> None:
    """Fill the values ``(n_site, n)`` of some environments: every sum in the order of the waves."""
    n_wave = len(omega_per_s)
    waves = np.empty((2, n_wave))
    for place in range(len(envs)):
        env = envs[place]
        for wave in range(n_wave):
            angle = omega_per_s[wave] * time_s[place]
            waves[0, wave] = math.cos(angle)
            waves[1, wave] = math.sin(angle)
        for site in range(cosine.shape[1]):
            total = 0.0
            for wave in range(n_wave):
                total += cosine[env, site, wave] * waves[0, wave] + sine[env, site, wave] * waves[1, wave]
            values[site, place] = total

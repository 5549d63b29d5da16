"""Line configurations: conductors on a pole or in a trench, and the phase matrices they give."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from heron.types import FloatArray
from powergrid.errors import NetworkError

_Matrix = TypeVar("_Matrix", NDArray[np.complex128], FloatArray)

FREQUENCY_HZ = 60.0
"""Frequency of every published susceptance and reactance of the IEEE feeders. [Hz]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conductor:
    """A wire or cable and the current it may carry.

    Parameters
    ----------
    name
        As printed, ``"1/0 ACSR"``.
    ampacity_ampere
        Permitted current: overhead wires at 50 °C, cables in a 4-inch duct. [A]
    """

    name: str
    ampacity_ampere: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LineConfiguration:
    """A published line configuration.

    Parameters
    ----------
    name
        Its number, ``"601"``.
    phasing
        Phases in the order of the spacing, with N for the neutral, ``"BACN"``.
    conductor, neutral
        Phase conductor, and the neutral's name (empty for a cable with its own).
    spacing_id
        Published number of the pole or trench geometry.
    z_ohm_per_mile
        Upper triangle of the phase impedance matrix, phases in alphabetical order. [Ω/mi]
    b_us_per_mile
        Upper triangle of the phase susceptance matrix at 60 Hz. [µS/mi]
    """

    name: str
    phasing: str
    conductor: Conductor
    neutral: str
    spacing_id: str
    z_ohm_per_mile: tuple[tuple[complex, ...], ...]
    b_us_per_mile: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        """Refuse a triangle that does not fit the phases."""
        for triangle in (self.z_ohm_per_mile, self.b_us_per_mile):
            if [len(row) for row in triangle] != list(range(self.n_phases, 0, -1)):
                raise NetworkError(
                    f"Configuration {self.name} has phases {self.phases}, so its matrices need rows of "
                    f"{list(range(self.n_phases, 0, -1))} numbers, not {[len(row) for row in triangle]}."
                )

    @property
    def phases(self) -> str:
        """Phases without the neutral, alphabetical."""
        return "".join(sorted(set(self.phasing) & set("ABC")))

    @property
    def n_phases(self) -> int:
        """Number of phases, one to three."""
        return len(self.phases)

    @property
    def z_matrix_ohm_per_mile(self) -> NDArray[np.complex128]:
        """Full symmetric impedance matrix, (n_phases, n_phases). [Ω/mi]"""
        return _symmetric(np.zeros((self.n_phases, self.n_phases), dtype=np.complex128), self.z_ohm_per_mile)

    @property
    def b_matrix_us_per_mile(self) -> FloatArray:
        """Full symmetric susceptance matrix at 60 Hz, (n_phases, n_phases). [µS/mi]"""
        return _symmetric(np.zeros((self.n_phases, self.n_phases)), self.b_us_per_mile)


def susceptance_us(capacitance_nf: float) -> float:
    """Susceptance of a capacitance at 60 Hz.

    Parameters
    ----------
    capacitance_nf
        Capacitance, or capacitance per length. [nF]

    Returns
    -------
    float
        2 π f C. [µS]
    """
    return 2.0 * math.pi * FREQUENCY_HZ * capacitance_nf * 1e-3


def _symmetric(matrix: _Matrix, triangle: Sequence[Sequence[complex]]) -> _Matrix:
    for i, row in enumerate(triangle):
        matrix[i, i:] = row
        matrix[i:, i] = row
    return matrix

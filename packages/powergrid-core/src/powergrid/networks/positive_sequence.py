"""Balanced equivalents: positive-sequence constants of lines that were given phase by phase."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from heron.types import FloatArray
from powergrid.networks.line_configuration import FREQUENCY_HZ, LineConfiguration

Variant: TypeAlias = Literal["drop_preserving", "sequence"]
"""How laterals of one or two phases are represented; see `balanced_line`."""

VARIANTS: tuple[Variant, ...] = ("drop_preserving", "sequence")

_KM_PER_MILE = 1.609344
_KM_PER_FT = 0.3048e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancedLine:
    """One phase of a balanced three-phase line that stands in for the real one.

    Parameters
    ----------
    length_km
        Length. [km]
    r_ohm_per_km, x_ohm_per_km
        Series impedance. [Ω/km]
    c_nf_per_km
        Capacitance to ground. [nF/km]
    max_i_ka
        Permitted current of the balanced line. [kA]
    """

    length_km: float
    r_ohm_per_km: float
    x_ohm_per_km: float
    c_nf_per_km: float
    max_i_ka: float


def balanced_line(configuration: LineConfiguration, length_ft: float, *, variant: Variant) -> BalancedLine:
    """Balanced equivalent of a line of one, two or three phases.

    Parameters
    ----------
    configuration
        Phases, matrices and conductor.
    length_ft
        Length. [ft]
    variant
        ``"sequence"`` takes the positive-sequence constants as they are. ``"drop_preserving"`` multiplies the series
        impedance of a lateral of n phases by 3/n and its capacitance by n/3: in a balanced model the lateral's power
        is spread over three phases, so each carries n/3 of the real current, and the larger impedance restores the
        voltage drop and the losses of the real lateral.

    Returns
    -------
    BalancedLine
        Its permitted current is the conductor's ampacity times n/3, in both variants, because the balanced current
        is n/3 of the conductor's. The loading is then that of the real conductor.

    Source
    ------
    Positive-sequence impedance of a transposed line, Z1 = Zs - Zm with Zs and Zm the means of the diagonal and
    off-diagonal elements: W. H. Kersting, *Distribution System Modeling and Analysis*, section 4.1.
    """
    z = positive_sequence(configuration.z_matrix_ohm_per_mile)
    c_nf = positive_sequence(configuration.b_matrix_us_per_mile).real / (2e-3 * math.pi * FREQUENCY_HZ)
    share = configuration.n_phases / 3.0
    scale = share if variant == "drop_preserving" else 1.0
    return BalancedLine(
        length_km=length_ft * _KM_PER_FT,
        r_ohm_per_km=z.real / scale / _KM_PER_MILE,
        x_ohm_per_km=z.imag / scale / _KM_PER_MILE,
        c_nf_per_km=c_nf * scale / _KM_PER_MILE,
        max_i_ka=configuration.conductor.ampacity_ampere * 1e-3 * share,
    )


def positive_sequence(matrix: NDArray[np.complex128] | FloatArray) -> complex:
    """Positive-sequence value of a phase matrix: mean of the diagonal minus mean of the rest.

    Parameters
    ----------
    matrix : (n_phases, n_phases)
        Symmetric impedance, capacitance or susceptance matrix. [any]

    Returns
    -------
    complex
        For a single phase, which has no mutual term, the element itself. [unit of `matrix`]
    """
    n = len(matrix)
    diagonal = np.trace(matrix)
    mutual = (matrix.sum() - diagonal) / (n * n - n) if n > 1 else 0.0
    return complex(diagonal / n - mutual)

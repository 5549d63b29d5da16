"""What the fixed point's kernel reads and fills."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from heron.types import FloatArray

_ComplexArray: TypeAlias = NDArray[np.complex128]


class Plan(NamedTuple):
    """Factorised network, its rows in order of elimination.

    Parameters
    ----------
    rows : (n_row, 6)
        Node; first and past-the-last entry of L; first and last entry of U; row that comes next on the way back.
    columns : (n_entry,)
        Row that an entry multiplies.
    values : (n_entry, 2)
        Real and imaginary part of an entry; the last of U in each row is divided by the diagonal.
    row_values : (n_row, 5)
        No-load voltage [pu] and inverse diagonal of U, real and imaginary parts; lower limit of |V|² [pu²].
    given_nodes : (n_given,)
        Nodes whose voltage is given: those with a source, and those without supply.
    given_voltage : (n_given,)
        Their voltages, 0 without supply. [pu]
    base_mva
        Power of 1 pu. [MVA]
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: FloatArray
    row_values: FloatArray
    given_nodes: NDArray[np.int64]
    given_voltage: _ComplexArray
    base_mva: float


class VariedPlan(NamedTuple):
    """Environments that share a topology, and its tap changers, each an ideal transformer at one end of a branch.

    Parameters
    ----------
    rows : (n_changer, 4)
        Row of the node at the tapped end and of that at the other end, -1 where its voltage is given or 0. The tap
        changers whose inner voltage stands for these nodes, -1 for none.
    given : (n_changer, 4)
        Voltages there, real and imaginary parts, for where there is no row. [pu]
    admittances : (n_changer, 4)
        Current into the branch at its tapped end by the voltage there and by that at the other end, real and imaginary
        parts. [pu]
    starts : (n_changer + 1,)
        First of its entries.
    entries : (n_entry, 2)
        Row that is injected into, and the tap changer whose inner voltage stands for it.
    values : (n_entry, 3)
        Current injected there by the voltage in series, real and imaginary part and magnitude. [pu]
    deviation : (n_changer, n_env)
        See `TapChangers.deviation`. [1]
    order : (n_env,)
        Environments, those of one topology side by side.
    """

    rows: NDArray[np.int64]
    given: FloatArray
    admittances: FloatArray
    starts: NDArray[np.int64]
    entries: NDArray[np.int64]
    values: FloatArray
    deviation: _ComplexArray
    order: NDArray[np.int64]


class Output(NamedTuple):
    """Arrays to fill, as in `PowerFlowResult`."""

    v: _ComplexArray
    status: NDArray[np.int8]
    iterations: NDArray[np.int32]
    mismatch_mva: FloatArray

"""What Newton's kernel reads and fills."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from heron.types import FloatArray


class NewtonPlan(NamedTuple):
    """Network and pattern of its Jacobian, its rows in order of elimination.

    Parameters
    ----------
    rows : (n_row, 5)
        Node; first entry, entry on the diagonal, past-the-last entry; whether a generator holds the voltage.
    columns : (n_entry,)
        Row that an entry multiplies, ascending in each row.
    values : (n_entry, 2)
        Real and imaginary part of the admittance, 0 where elimination fills in. [pu]
    first_target : (n_entry,)
        First of the targets of an entry left of the diagonal.
    targets : (n_target,)
        Entries that change when such an entry is eliminated, in order of the entries right of its column's diagonal.
    row_values : (n_row, 7)
        Voltage at the start and the current it draws, real and imaginary parts [pu]; lower limit of |V|², |V|² that is
        held [pu²]; magnitude of the node's own admittance [pu].
    given_nodes : (n_given,)
        Nodes whose voltage is given: slack nodes and those without supply.
    given_voltage : (n_given,)
        Their voltages. [pu]
    base_mva
        Power of 1 pu. [MVA]
    rounding_mva
        What rounding alone may leave unbalanced, a bound on `PowerFlowResult.mismatch_mva`. [MVA]
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: FloatArray
    first_target: NDArray[np.int64]
    targets: NDArray[np.int64]
    row_values: FloatArray
    given_nodes: NDArray[np.int64]
    given_voltage: NDArray[np.complex128]
    base_mva: float
    rounding_mva: float


class NewtonOutput(NamedTuple):
    """Arrays to fill, as in `PowerFlowResult`.

    Not called `Output`, as the fixed point's: numba tells named tuples of one shape apart by their names, and looks for
    the types again at every call when it mixes them up.
    """

    v: NDArray[np.complex128]
    status: NDArray[np.int8]
    iterations: NDArray[np.int32]
    mismatch_mva: FloatArray

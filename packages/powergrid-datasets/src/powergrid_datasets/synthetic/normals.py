"""Standard normal numbers that are the same with every version of numpy."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from heron.types import FloatArray


def standard_normals(seed: int, n: int) -> FloatArray:
    """Independent standard normal numbers, `(n,)`.

    The raw bits of a PCG64 are promised to stay as they are (NEP 19), numpy's own normal numbers are not: the bits
    are turned into normal numbers here, through the inverse distribution function.
    """
    bits = np.random.PCG64(seed).random_raw(n)
    uniform = ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    normals: FloatArray = ndtri(uniform)
    return normals

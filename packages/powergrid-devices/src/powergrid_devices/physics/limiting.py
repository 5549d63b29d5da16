"""Whether a setpoint was followed."""

from __future__ import annotations

import numpy as np

from heron.types import BoolArray, FloatArray

TOLERANCE = 1e-9
"""Difference that is rounding and no limit: 1 mW for a power in MW."""


def was_limited(asked: FloatArray, given: FloatArray) -> BoolArray:
    """Where a device did something else than it was asked to.

    Parameters
    ----------
    asked, given : (n_dev, n_env)
        Setpoint and what became of it. [any]

    Returns
    -------
    (n_dev, n_env)
        True where they differ by more than `TOLERANCE`.
    """
    limited: BoolArray = np.abs(given - asked) > TOLERANCE
    return limited

"""Tap changers: whole positions and the way between them."""

from __future__ import annotations

import numpy as np

from heron.types import FloatArray
from powergrid_devices.parameter import Parameter


def stepped_position(asked: FloatArray, *, tap_min: Parameter, tap_max: Parameter) -> FloatArray:
    """Position that a tap changer moves to.

    Parameters
    ----------
    asked : (n_dev, n_env)
        Position asked for, between steps too. [1]
    tap_min, tap_max : (n_dev, 1)
        Lowest and highest position. [1]

    Returns
    -------
    (n_dev, n_env)
        The nearest whole position within the range; of two as near the even one. [1]

    Source
    ------
    docs/physics/taps_and_topologies.md, equation 7.
    """
    position: FloatArray = np.rint(np.minimum(np.maximum(asked, tap_min), tap_max))
    return position


def tap_changes(before: FloatArray, after: FloatArray) -> FloatArray:
    """Steps that a tap changer moves by.

    Parameters
    ----------
    before, after : (n_dev, n_env)
        Positions. [1]

    Returns
    -------
    (n_dev, n_env)
        Number of steps, in either direction. [1]

    Source
    ------
    docs/physics/taps_and_topologies.md, equation 8.
    """
    return np.abs(after - before)

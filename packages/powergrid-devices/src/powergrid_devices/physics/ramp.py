"""Power a unit can reach from where it is."""

from __future__ import annotations

import numpy as np

from heron.types import FloatArray
from powergrid_devices.parameter import Parameter


def ramp_range_mw(
    p_mw: FloatArray, *, p_min_mw: Parameter, p_max_mw: Parameter, ramp_mw_per_h: Parameter, step_h: float
) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest power of the next interval for a unit that runs in it.

    Parameters
    ----------
    p_mw : (n_dev, n_env)
        Mean power of the last interval; 0 for a unit that stood still. [MW]
    p_min_mw, p_max_mw : (n_dev, 1)
        Powers between which it can run. [MW]
    ramp_mw_per_h : (n_dev, 1)
        Largest change, up or down; infinite for no limit. [MW/h]
    step_h
        Length of the interval, above zero. [h]

    Returns
    -------
    tuple of (n_dev, n_env)
        Low and high. ``p_min_mw`` can be reached from standstill whatever the ramp. [MW]

    Source
    ------
    docs/physics/generator.md, equation 2.
    """
    reach_mw = ramp_mw_per_h * step_h
    low = np.maximum(p_mw - reach_mw, p_min_mw)
    high = np.maximum(np.minimum(p_mw + reach_mw, p_max_mw), p_min_mw)
    return low, high

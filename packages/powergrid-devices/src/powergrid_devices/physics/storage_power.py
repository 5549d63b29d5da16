"""Power that a battery can hold for a whole interval."""

from __future__ import annotations

import numpy as np

from heron.types import FloatArray
from powergrid_devices.parameter import Parameter

# The headroom is cut by 7e-15 of itself: more than the roundings on the way from power back to energy can add up to.
# The state of charge then stays inside its window without being clipped, which would create or lose energy.
_ROUNDING = 1.0 - 2.0**-47


def power_range_mw(
    soc: FloatArray,
    *,
    soc_min: Parameter,
    soc_max: Parameter,
    capacity_mwh: Parameter,
    eta_charge: Parameter,
    eta_discharge: Parameter,
    p_min_mw: Parameter,
    p_max_mw: Parameter,
    step_h: float,
) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest power that keep a battery inside its state-of-charge window to the end of an interval.

    Parameters
    ----------
    soc : (n_dev, n_env)
        Fraction of the capacity at the start; beyond an end of its window it allows nothing further that way. [1]
    soc_min, soc_max : (n_dev, 1)
        Window of the state of charge. [1]
    capacity_mwh, eta_charge, eta_discharge : (n_dev, 1)
        Usable energy [MWh] and one-way efficiencies in (0, 1]. [1]
    p_min_mw, p_max_mw : (n_dev, 1)
        Power of the converter: charging (zero or negative) and discharging. [MW]
    step_h
        Length of the interval, above zero. [h]

    Returns
    -------
    tuple of (n_dev, n_env)
        Low (charging, zero or negative) and high (discharging, zero or positive). [MW]

    Source
    ------
    docs/physics/storage.md, equations 2 and 3.
    """
    share_per_h = _ROUNDING / step_h
    out = np.maximum(soc - soc_min, 0.0) * (capacity_mwh * eta_discharge * share_per_h)
    room = np.minimum(soc - soc_max, 0.0) * (capacity_mwh / eta_charge * share_per_h)
    return np.maximum(room, p_min_mw), np.minimum(out, p_max_mw)

"""Energy in a battery from one interval to the next."""

from __future__ import annotations

import numpy as np

from heron.types import FloatArray
from powergrid_devices.parameter import Parameter


def next_soc(
    soc: FloatArray,
    p_mw: FloatArray,
    *,
    capacity_mwh: Parameter,
    eta_charge: Parameter,
    eta_discharge: Parameter,
    step_h: float,
) -> FloatArray:
    """State of charge after an interval at constant power.

    Parameters
    ----------
    soc : (n_dev, n_env)
        Fraction of the capacity at the start. [1]
    p_mw : (n_dev, n_env)
        Power at the terminals, positive when discharging into the grid. [MW]
    capacity_mwh, eta_charge, eta_discharge : (n_dev, 1)
        Usable energy [MWh] and one-way efficiencies in (0, 1]. [1]
    step_h
        Length of the interval. [h]

    Returns
    -------
    (n_dev, n_env)
        Not clipped: the caller limits the power first, see `power_range_mw`. [1]

    Source
    ------
    Energy balance with one-way efficiencies, docs/physics/storage.md, equation 1.
    """
    drawn_mw = np.where(p_mw > 0.0, p_mw / eta_discharge, p_mw * eta_charge)
    after: FloatArray = soc - drawn_mw * step_h / capacity_mwh
    return after


def outside_window(soc: FloatArray, *, soc_min: Parameter, soc_max: Parameter) -> FloatArray:
    """How far a state of charge is outside its window, 0 inside.

    Parameters
    ----------
    soc : (n_dev, n_env)
        Fraction of the capacity. [1]
    soc_min, soc_max : (n_dev, 1)
        The window. [1]

    Returns
    -------
    (n_dev, n_env)
        ``max(0, soc_min - soc, soc - soc_max)``. [1]
    """
    distance: FloatArray = np.maximum(np.maximum(soc_min - soc, soc - soc_max), 0.0)
    return distance

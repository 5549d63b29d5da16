"""Reactive power that is left within a rating."""

from __future__ import annotations

import numpy as np

from heron.types import FloatArray
from powergrid_devices.parameter import Parameter

# A fraction of 0 means from the first watt on; a zero below the fraction line would make no number of a unit at rest.
_LEAST_MW = 1e-6


def reactive_room_mvar(p_mw: FloatArray, *, s_rated_mva: Parameter) -> FloatArray:
    """Largest reactive power, of either sign, beside an active power.

    Parameters
    ----------
    p_mw : (n_dev, n_env)
        Active power. [MW]
    s_rated_mva : (n_dev, 1)
        Apparent power that must not be exceeded. [MVA]

    Returns
    -------
    (n_dev, n_env)
        ``sqrt(S² - P²)``, 0 where the active power takes the whole rating. [Mvar]

    Source
    ------
    Definition of apparent power, IEEE Std 1459-2010; docs/physics/inverter.md, equation 2.
    """
    room: FloatArray = np.sqrt(np.maximum(s_rated_mva * s_rated_mva - p_mw * p_mw, 0.0))
    return room


def reactive_share(p_mw: FloatArray, *, p_max_mw: Parameter, q_ramp_in_fraction: Parameter) -> FloatArray:
    """Part of its reactive power that a generator can give at an active power.

    Parameters
    ----------
    p_mw : (n_dev, n_env)
        Active power, zero or positive. [MW]
    p_max_mw : (n_dev, 1)
        Largest active power, above zero. [MW]
    q_ramp_in_fraction : (n_dev, 1)
        Fraction of ``p_max_mw`` from which on all of it is available, 0 to 1. [1]

    Returns
    -------
    (n_dev, n_env)
        ``min(1, P / (q_ramp_in_fraction P_max))``: 0 at standstill, also where the fraction is 0. [1]

    Source
    ------
    docs/physics/generator.md, equation 3.
    """
    full_from_mw = np.maximum(q_ramp_in_fraction * p_max_mw, _LEAST_MW)
    share: FloatArray = np.minimum(p_mw / full_from_mw, 1.0)
    return share

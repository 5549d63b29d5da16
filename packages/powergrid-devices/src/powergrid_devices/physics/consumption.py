"""Power that is consumed, and what it costs not to supply it."""

from __future__ import annotations

from heron.types import FloatArray
from powergrid_devices.parameter import Parameter


def supplied(nominal: Parameter, profile: FloatArray, shed: FloatArray | float) -> FloatArray:
    """Consumption that follows a series and of which a part is not supplied.

    Parameters
    ----------
    nominal : (n_dev, 1)
        Consumption where the series is 1. [MW or Mvar]
    profile : (n_dev, n_env)
        Series, a factor. [1]
    shed : (n_dev, n_env)
        Fraction that is not supplied, 0 to 1. [1]

    Returns
    -------
    (n_dev, n_env)
        Positive when consuming. [unit of `nominal`]

    Source
    ------
    docs/physics/load.md, equation 1.
    """
    return profile * nominal * (1.0 - shed)


def shed_cost_usd(
    p_mw: Parameter, profile: FloatArray, shed: FloatArray, *, shed_cost_usd_per_mwh: Parameter, step_h: float
) -> FloatArray:
    """Cost of consumption that is not supplied during an interval.

    Parameters
    ----------
    p_mw : (n_dev, 1)
        Nominal consumption. [MW]
    profile, shed : (n_dev, n_env)
        Series, and fraction that is not supplied. [1]
    shed_cost_usd_per_mwh : (n_dev, 1)
        Value of the energy to the consumer. [USD/MWh]
    step_h
        Length of the interval. [h]

    Returns
    -------
    (n_dev, n_env)
        [USD]

    Source
    ------
    docs/physics/load.md, equation 2.
    """
    return profile * p_mw * shed * shed_cost_usd_per_mwh * step_h

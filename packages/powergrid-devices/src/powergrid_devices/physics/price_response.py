"""Setpoints that suit a price."""

from __future__ import annotations

import numpy as np

from heron.types import FloatArray
from powergrid_devices.parameter import Parameter


def economic_power_mw(
    price_usd_per_mwh: FloatArray, *, a: Parameter, b: Parameter, p_min_mw: Parameter, p_max_mw: Parameter
) -> FloatArray:
    """Power of a generator at which one more MWh costs as much as it earns.

    Parameters
    ----------
    price_usd_per_mwh : (n_env,)
        Price of energy. [USD/MWh]
    a, b : (n_dev, 1)
        Coefficients of the quadratic cost: marginal cost is ``2 a P + b``. [USD/(MW² h)], [USD/MWh]
    p_min_mw, p_max_mw : (n_dev, 1)
        Powers between which it can run. [MW]

    Returns
    -------
    (n_dev, n_env)
        Within the limits; with ``a`` = 0 the upper limit above the marginal cost and the lower one elsewhere. Cost
        of starting and of running at all is not considered. [MW]

    Source
    ------
    Equal incremental cost, docs/physics/generator.md, equation 6.
    """
    surplus_usd_per_mwh = price_usd_per_mwh - b
    curved = np.greater(a, 0.0)
    linear = np.where(surplus_usd_per_mwh > 0.0, p_max_mw, p_min_mw)
    free = surplus_usd_per_mwh / np.where(curved, 2.0 * a, 1.0)
    power: FloatArray = np.minimum(np.maximum(np.where(curved, free, linear), p_min_mw), p_max_mw)
    return power


def threshold_power_mw(
    price_usd_per_mwh: FloatArray,
    *,
    charge_below_usd_per_mwh: Parameter,
    discharge_above_usd_per_mwh: Parameter,
    p_min_mw: Parameter,
    p_max_mw: Parameter,
) -> FloatArray:
    """Power of a battery that charges when energy is cheap and discharges when it is dear.

    Parameters
    ----------
    price_usd_per_mwh : (n_env,)
        Price of energy. [USD/MWh]
    charge_below_usd_per_mwh, discharge_above_usd_per_mwh : (n_dev, 1)
        Thresholds. [USD/MWh]
    p_min_mw, p_max_mw : (n_dev, 1)
        Full charging (negative) and discharging power. [MW]

    Returns
    -------
    (n_dev, n_env)
        Full power beyond a threshold, zero from one to the other; headroom is not considered. [MW]

    Source
    ------
    docs/physics/storage.md, equation 6.
    """
    discharging = np.where(price_usd_per_mwh > discharge_above_usd_per_mwh, p_max_mw, 0.0)
    power: FloatArray = np.where(price_usd_per_mwh < charge_below_usd_per_mwh, p_min_mw, discharging)
    return power

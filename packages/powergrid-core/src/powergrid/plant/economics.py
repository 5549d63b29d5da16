"""What an interval costs an area."""

from __future__ import annotations

import numpy as np

from heron.types import FloatArray


def energy_cost_usd(power_mw: FloatArray, price_usd_per_mwh: FloatArray, *, step_h: float) -> FloatArray:
    """Cost of energy taken from the network at a price; negative when power is fed in.

    Parameters
    ----------
    power_mw : (n, n_env)
        Power taken, mean over the interval. [MW]
    price_usd_per_mwh : (n_env,)
        Price, the same for buying and selling. [USD/MWh]
    step_h
        Length of the interval. [h]

    Returns
    -------
    (n, n_env)
        [USD]
    """
    return power_mw * price_usd_per_mwh * step_h


def settlement_usd(energy_mwh: FloatArray, price_sum_usd_per_mwh: FloatArray, *, n_interval: FloatArray) -> FloatArray:
    """Value of the change of stored energy over an episode at the episode's mean price.

    Parameters
    ----------
    energy_mwh : (n, n_env)
        Change of stored energy, as energy at the terminals. [MWh]
    price_sum_usd_per_mwh : (n_env,)
        Sum of the prices of the episode's intervals. [USD/MWh]
    n_interval : (n_env,)
        Number of these intervals.

    Returns
    -------
    (n, n_env)
        Positive when the episode ends with more energy than it began with at a positive price. [USD]
    """
    mean: FloatArray = price_sum_usd_per_mwh / np.maximum(n_interval, 1.0)
    return energy_mwh * mean

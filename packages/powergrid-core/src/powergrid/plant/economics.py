"""What an interval costs an area."""

from __future__ import annotations

import numpy as np

from heron.types import BoolArray, FloatArray, IndexArray
from powergrid.powerflow.jit import njit


@njit
def energy_cost_usd(power_mw: float, price_usd_per_mwh: float, step_h: float) -> float:
    """Cost of energy taken from the network at a price, the same for buying and selling; negative when fed in.

    Parameters
    ----------
    power_mw
        Power taken, mean over the interval. [MW]
    price_usd_per_mwh
        Price. [USD/MWh]
    step_h
        Length of the interval. [h]

    Returns
    -------
    float
        [USD]
    """
    return power_mw * price_usd_per_mwh * step_h


@njit
def book_areas(
    device_area: IndexArray,
    own_usd: FloatArray,
    own_violation: FloatArray,
    import_mw: FloatArray,
    price_usd_per_mwh: FloatArray,
    step_h: float,
    failed: BoolArray,
    failure: float,
    of_grid: FloatArray,
    weights: FloatArray,
    terms: FloatArray,
    booked: FloatArray,
) -> None:
    """Fill what an interval costs each area and which limits it violated.

    Parameters
    ----------
    device_area : (n_dev,)
        Area of each device.
    own_usd, own_violation : (n_dev, n_env)
        Own cost of each device [USD], and how far it exceeded its limits [1].
    import_mw : (n_area, n_env)
        Power that each area took. [MW]
    price_usd_per_mwh : (n_env,)
        Price. [USD/MWh]
    step_h
        Length of the interval. [h]
    failed : (n_env,)
        Where the power flow did not converge.
    failure
        Violation that this is. [1]
    of_grid : (n_term - 2, n_area, n_env)
        Violations of voltages, lines and transformers. [pu for voltages, else 1]
    weights : (n_term,)
        Weight of each term in the scalar.
    terms : (n_term, n_area, n_env)
        Written: those of the grid, of devices, of the power flow. [pu for voltages, else 1]
    booked : (2, n_area, n_env)
        Written: cost [USD], and weighted sum of the terms [1].
    """
    n_grid, n_area, n_env = of_grid.shape
    for area in range(n_area):
        for env in range(n_env):
            booked[0, area, env] = 0.0
            terms[n_grid, area, env] = 0.0
            terms[n_grid + 1, area, env] = failure if failed[env] else 0.0
    for device in range(len(device_area)):
        area = device_area[device]
        for env in range(n_env):
            booked[0, area, env] += own_usd[device, env]
            terms[n_grid, area, env] += own_violation[device, env]
    for area in range(n_area):
        for env in range(n_env):
            booked[0, area, env] += energy_cost_usd(import_mw[area, env], price_usd_per_mwh[env], step_h)
            booked[1, area, env] = 0.0
            for term in range(n_grid):
                terms[term, area, env] = of_grid[term, area, env]
            for term in range(len(terms)):
                booked[1, area, env] += weights[term] * terms[term, area, env]


@njit
def book_devices(
    own_usd: FloatArray, p_mw: FloatArray, price_usd_per_mwh: FloatArray, step_h: float, booked: FloatArray
) -> None:
    """Fill the own cost of each device less what the energy it feeds in is worth, ``(n_dev, n_env)``; see `book_areas`.

    Parameters
    ----------
    own_usd, p_mw : (n_dev, n_env)
        Own cost [USD], and power, positive into the grid [MW].
    price_usd_per_mwh : (n_env,)
        Price. [USD/MWh]
    step_h
        Length of the interval. [h]
    booked : (n_dev, n_env)
        Written. [USD]
    """
    for device in range(len(own_usd)):
        for env in range(len(price_usd_per_mwh)):
            sold = energy_cost_usd(p_mw[device, env], price_usd_per_mwh[env], step_h)
            booked[device, env] = own_usd[device, env] - sold


def settlement_usd(energy_mwh: FloatArray, price_time_usd_h_per_mwh: FloatArray, *, hours: FloatArray) -> FloatArray:
    """Value of the change of stored energy over an episode at the episode's mean price.

    Parameters
    ----------
    energy_mwh : (n, n_env)
        Change of stored energy, as energy at the terminals. [MWh]
    price_time_usd_h_per_mwh : (n_env,)
        Price times length, summed over the episode's intervals. [USD h/MWh]
    hours : (n_env,)
        Length of all of them. [h]

    Returns
    -------
    (n, n_env)
        Positive when the episode ends with more energy than it began with at a positive price. [USD]
    """
    mean: FloatArray = price_time_usd_h_per_mwh / np.where(hours > 0.0, hours, 1.0)
    return energy_mwh * mean

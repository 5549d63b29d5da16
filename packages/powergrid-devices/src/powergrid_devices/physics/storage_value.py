"""What stored energy costs to move and is worth at the end."""

from __future__ import annotations

import numpy as np

from heron.types import FloatArray
from powergrid_devices.parameter import Parameter


def degradation_usd(change_mwh: FloatArray, *, degradation_usd_per_mwh: Parameter) -> FloatArray:
    """Wear of a battery whose stored energy has changed.

    Parameters
    ----------
    change_mwh : (n_dev, n_env)
        Change of the stored energy, of either sign. [MWh]
    degradation_usd_per_mwh : (n_dev, 1)
        Cost of moving one MWh into or out of the cells. [USD/MWh]

    Returns
    -------
    (n_dev, n_env)
        The same for both directions, never negative. [USD]

    Source
    ------
    Linear throughput cost, docs/physics/storage.md, equation 4.
    """
    cost: FloatArray = np.abs(change_mwh) * degradation_usd_per_mwh
    return cost


def terminal_energy_mwh(change_mwh: FloatArray, *, eta_charge: Parameter, eta_discharge: Parameter) -> FloatArray:
    """Energy at the terminals that a change of stored energy is worth.

    Parameters
    ----------
    change_mwh : (n_dev, n_env)
        Stored at the end minus stored at the beginning. [MWh]
    eta_charge, eta_discharge : (n_dev, 1)
        One-way efficiencies in (0, 1]. [1]

    Returns
    -------
    (n_dev, n_env)
        What a surplus would yield when discharged; minus what would have to be bought to fill a deficit. [MWh]

    Source
    ------
    docs/physics/storage.md, equation 5.
    """
    return np.where(change_mwh > 0.0, change_mwh * eta_discharge, change_mwh / eta_charge)

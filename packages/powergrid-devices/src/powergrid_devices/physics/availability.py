"""Power of a source that takes what the weather gives."""

from __future__ import annotations

from heron.types import FloatArray
from powergrid_devices.parameter import Parameter


def fed_in_mw(availability: FloatArray, curtailment: FloatArray, *, p_rated_mw: Parameter) -> FloatArray:
    """Power of a source of which a part is not used.

    Parameters
    ----------
    availability : (n_dev, n_env)
        Available power as a fraction of the rated power. [1]
    curtailment : (n_dev, n_env)
        Fraction of the available power that is not used, 0 to 1. [1]
    p_rated_mw : (n_dev, 1)
        Power at full availability. [MW]

    Returns
    -------
    (n_dev, n_env)
        Losses of the inverter are part of the availability. [MW]

    Source
    ------
    docs/physics/inverter.md, equation 1.
    """
    return availability * p_rated_mw * (1.0 - curtailment)

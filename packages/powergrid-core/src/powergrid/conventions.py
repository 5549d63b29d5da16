"""Signs: where our counting of power meets pandapower's.

Everywhere else in this project positive power flows *into the grid*: a discharging battery, a generator and a
capacitor are positive, a consumer is negative. pandapower agrees for static generators and counts the other way for
storages, loads and shunts. Active and reactive power change sign alike, so each function serves both; the unit goes
through unchanged.

Source
------
pandapower 3.5, *Datastructure and Elements*: loads, shunts and storages in the consumer system, sgen in the
generator system (https://pandapower.readthedocs.io/en/latest/elements.html).
"""

from __future__ import annotations

from typing import Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from heron.errors import suggest
from powergrid.errors import NetworkError

ElementFamily: TypeAlias = Literal["sgen", "storage", "load", "shunt"]
"""Tables of pandapower that hold something with a power."""

Power = TypeVar("Power", float, complex, NDArray[np.float64], NDArray[np.complex128])

_SIGN: dict[str, int] = {"sgen": 1, "storage": -1, "load": -1, "shunt": -1}


def storage_to_pandapower(power: Power) -> Power:
    """Power of a storage as ``net.storage`` counts it.

    Parameters
    ----------
    power
        Positive when discharging into the grid. Any shape. [MW or Mvar]

    Returns
    -------
    Power
        Positive when charging. [unit of `power`]
    """
    return _negated(power)


def storage_from_pandapower(power: Power) -> Power:
    """Power of a storage, positive when discharging, from pandapower's, positive when charging. [any]"""
    return _negated(power)


def load_to_pandapower(power: Power) -> Power:
    """Power of a load as ``net.load`` counts it.

    Parameters
    ----------
    power
        Positive into the grid, so a consumer is negative. Any shape. [MW or Mvar]

    Returns
    -------
    Power
        Positive when consuming. [unit of `power`]
    """
    return _negated(power)


def load_from_pandapower(power: Power) -> Power:
    """Power of a load, negative when consuming, from pandapower's, positive when consuming. [any]"""
    return _negated(power)


def generation_to_pandapower(power: Power) -> Power:
    """Power of a generator as ``net.sgen`` counts it: both are positive into the grid, nothing changes. [any]"""
    return power


def generation_from_pandapower(power: Power) -> Power:
    """Power of a generator from ``net.sgen``: both are positive into the grid, nothing changes. [any]"""
    return power


def shunt_to_pandapower(power: Power) -> Power:
    """Power of a shunt at 1 pu as ``net.shunt`` counts it.

    Parameters
    ----------
    power
        Positive into the grid, so a capacitor is positive. Any shape. [MW or Mvar]

    Returns
    -------
    Power
        Positive when consuming, so a capacitor is negative. [unit of `power`]
    """
    return _negated(power)


def shunt_from_pandapower(power: Power) -> Power:
    """Power of a shunt at 1 pu, positive for a capacitor, from pandapower's, negative for a capacitor. [any]"""
    return _negated(power)


def to_pandapower(family: ElementFamily, power: Power) -> Power:
    """Power of an element as its pandapower table counts it.

    Parameters
    ----------
    family
        Table of the element: ``"sgen"``, ``"storage"``, ``"load"`` or ``"shunt"``.
    power
        Positive into the grid. Any shape. [MW or Mvar]

    Returns
    -------
    Power
        In the sign of that table. [unit of `power`]

    Raises
    ------
    NetworkError
        The family is none of the four.
    """
    return power if _sign(family) > 0 else _negated(power)


def from_pandapower(family: ElementFamily, power: Power) -> Power:
    """Power of an element, positive into the grid, from what its pandapower table says: see `to_pandapower`."""
    return to_pandapower(family, power)


def _sign(family: str) -> int:
    if family not in _SIGN:
        raise NetworkError(
            f"There is no sign for elements of family {family!r}; known are {sorted(_SIGN)}.",
            remedy=suggest(family, _SIGN),
        )
    return _SIGN[family]


def _negated(power: Power) -> Power:
    # 0 - x instead of -x: a resting device reads 0.0 and not -0.0 in tables and comparisons of bytes.
    return 0.0 - power

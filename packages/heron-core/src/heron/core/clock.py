"""Simulated time: whole nanoseconds inside, seconds at the interface."""

from __future__ import annotations

import math

from heron.errors import ConfigError

NANOSECONDS = 1_000_000_000
"""In a second."""


def nanoseconds(seconds: float, what: str = "A time") -> int:
    """A span or moment of simulated time as whole nanoseconds.

    Parameters
    ----------
    seconds
        Not negative. [s]
    what
        What it is, for the error.

    Raises
    ------
    ConfigError
        If it is negative or no finite number.
    """
    try:
        usable = math.isfinite(seconds) and seconds >= 0.0
    except TypeError:
        usable = False
    if not usable:
        raise ConfigError(f"{what} is {seconds!r}.", remedy="Give seconds from 0 on.")
    return round(seconds * NANOSECONDS)


def in_seconds(time_ns: int) -> float:
    """The same moment in seconds. [s]"""
    return time_ns / NANOSECONDS

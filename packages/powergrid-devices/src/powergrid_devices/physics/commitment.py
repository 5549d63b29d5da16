"""Starting and stopping of units that take their time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heron.types import BoolArray, FloatArray
from powergrid_devices.parameter import Parameter

# What is left of a transition by rounding after many short intervals is no time left (3.6 µs).
_ROUNDING_H = 1e-9


@dataclass(slots=True, kw_only=True)
class Commitment:
    """What an interval does to the orders of units.

    Parameters
    ----------
    connected : (n_dev, n_env)
        Part of the interval in which the unit is connected, 0 to 1. [1]
    transition_h : (n_dev, n_env)
        Time from the end of the interval until the last order is carried out. [h]
    started, stopped : (n_dev, n_env)
        Where a start or a stop was ordered that has to be paid.
    """

    connected: FloatArray
    transition_h: FloatArray
    started: BoolArray
    stopped: BoolArray


def carry_out(
    wanted: BoolArray,
    committed: FloatArray,
    transition_h: FloatArray,
    *,
    startup_time_h: Parameter,
    shutdown_time_h: Parameter,
    step_h: float,
) -> Commitment:
    """Let units start and stop during an interval.

    A unit connects ``startup_time_h`` after the order to start and disconnects ``shutdown_time_h`` after the order
    to stop. An order that reverses one still being carried out takes effect at once and is not paid again.

    Parameters
    ----------
    wanted : (n_dev, n_env)
        Whether the unit is ordered to run in the interval.
    committed : (n_dev, n_env)
        The order before, 1 to run and 0 not to. [1]
    transition_h : (n_dev, n_env)
        Time that is left until that order is carried out. [h]
    startup_time_h, shutdown_time_h : (n_dev, 1)
        Time from an order until it is carried out. [h]
    step_h
        Length of the interval, above zero. [h]

    Source
    ------
    docs/physics/generator.md, equations 4 and 5. The connected time of several intervals in a row is the same as
    that of one long interval under the same order.
    """
    changed = wanted != (committed > 0.5)
    fresh = changed & (transition_h <= 0.0)
    duration_h = np.where(fresh, np.where(wanted, startup_time_h, shutdown_time_h), 0.0)
    left_h = np.where(changed, duration_h, transition_h)
    after_h = left_h - step_h
    waiting = np.minimum(left_h / step_h, 1.0)
    return Commitment(
        connected=np.where(wanted, 1.0 - waiting, waiting),
        transition_h=np.where(after_h > _ROUNDING_H, after_h, 0.0),
        started=fresh & wanted,
        stopped=fresh & ~wanted,
    )

"""Parameters of kinds: their type in formulas, and defaults that depend on other parameters."""

from __future__ import annotations

import math
from dataclasses import field
from typing import Any, TypeAlias

from heron.types import FloatArray
from powergrid.config.checks import Check
from powergrid.config.record import checked

Parameter: TypeAlias = FloatArray | float
"""A parameter in a formula: one number, or one per device ``(n_dev, 1)``."""


def dependent(*checks: Check) -> Any:
    """Field of a kind whose default follows from other parameters and is filled in by ``__post_init__``.

    Parameters
    ----------
    *checks
        What the value must pass, given or filled in.
    """
    return field(default=None, metadata=checked(*checks))


def above_zero(value: float) -> str:
    """Above zero; infinity means *no limit*."""
    return "" if value > 0.0 else f"must be above 0, not {value!r}."


def efficiency(value: float) -> str:
    """Above 0, at most 1."""
    return "" if 0.0 < value <= 1.0 else f"must be above 0 and at most 1, not {value!r}."


def fill(device: object, **defaults: float) -> None:
    """Give parameters that were left out their value.

    Parameters
    ----------
    device
        Frozen dataclass whose ``__post_init__`` is running.
    **defaults
        Value by parameter, used where the parameter is None.
    """
    for name, value in defaults.items():
        if getattr(device, name) is None:
            object.__setattr__(device, name, value)


def not_positive(value: float) -> str:
    """Zero or below, and finite."""
    return (
        "" if -math.inf < value <= 0.0 else f"must be zero or negative (positive flows into the grid), not {value!r}."
    )

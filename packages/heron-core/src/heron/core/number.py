"""Looking at numbers that people give, whatever it is that they gave."""

from __future__ import annotations

import math


def is_within(value: object, low: float, high: float = math.inf) -> bool:
    """Whether something is a finite number from ``low`` to ``high``; what is no number is not within anything."""
    try:
        return math.isfinite(value) and low <= value <= high  # type: ignore[arg-type, operator]
    except TypeError:
        return False

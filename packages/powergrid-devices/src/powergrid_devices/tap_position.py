"""Where a tap changer stands."""

from __future__ import annotations

from heron.core.feature import quantity
from powergrid.core.features.base import PowerFeature


class TapPosition(PowerFeature):
    """Position of a tap changer in the last interval, a whole number of steps."""

    row_name = "tap"
    tap_position: float = quantity(0.0)

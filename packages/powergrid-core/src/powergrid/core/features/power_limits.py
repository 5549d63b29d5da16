"""Between which powers a device can be set."""

from __future__ import annotations

from heron.core.feature import quantity
from powergrid.core.features.base import PowerFeature


class PowerLimits(PowerFeature):
    """Present limits of a device; positive power flows into the grid. Seen by the device only."""

    row_name = "limits"
    visibility = ("owner",)
    p_min_mw: float = quantity(0.0, unit="MW")
    p_max_mw: float = quantity(0.0, unit="MW")
    q_min_mvar: float = quantity(0.0, unit="Mvar")
    q_max_mvar: float = quantity(0.0, unit="Mvar")

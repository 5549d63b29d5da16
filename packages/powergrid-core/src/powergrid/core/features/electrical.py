"""What flows at a device's terminals."""

from __future__ import annotations

from heron.core.feature import quantity
from powergrid.core.features.base import PowerFeature


class ElectricalBasePh(PowerFeature):
    """Power of a device, mean over the last interval; positive flows into the grid."""

    row_name = "electrical"
    p_mw: float = quantity(0.0, unit="MW")
    q_mvar: float = quantity(0.0, unit="Mvar")

"""What is stored in a battery."""

from __future__ import annotations

from heron.core.feature import quantity
from powergrid.core.features.base import PowerFeature


class StorageBlock(PowerFeature):
    """State of charge of a battery, as a fraction of its usable capacity."""

    row_name = "storage"
    soc: float = quantity(0.5, low=0.0, high=1.0, offset=0.5, scale=0.5)

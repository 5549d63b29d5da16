"""Whether a unit is ordered to run."""

from __future__ import annotations

from heron.core.feature import quantity
from powergrid.core.features.base import PowerFeature


class UnitCommitment(PowerFeature):
    """The last order a unit was given, to run (1) or not (0), and the time until it is carried out."""

    row_name = "commitment"
    committed: float = quantity(0.0, low=0.0, high=1.0, offset=0.5, scale=0.5)
    transition_h: float = quantity(0.0, unit="h", low=0.0)

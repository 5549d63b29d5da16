"""What is known of a part of the network."""

from __future__ import annotations

from heron.core.feature import quantity
from powergrid.core.features.base import PowerFeature


class BusVoltages(PowerFeature):
    """Lowest and highest voltage of an area's buses at the end of the last interval."""

    row_name = "voltages"
    vm_min_pu: float = quantity(1.0, unit="pu", low=0.0, offset=1.0, scale=0.05)
    vm_max_pu: float = quantity(1.0, unit="pu", low=0.0, offset=1.0, scale=0.05)


class LineFlows(PowerFeature):
    """Exchange of an area with the network above it, and its highest loading, in the last interval.

    Import is positive when power flows from the network above into the area.
    """

    row_name = "flows"
    import_p_mw: float = quantity(0.0, unit="MW")
    import_q_mvar: float = quantity(0.0, unit="Mvar")
    loading_max: float = quantity(0.0, low=0.0, offset=0.5, scale=0.5)

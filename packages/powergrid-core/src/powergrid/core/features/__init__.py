"""Features of power-system agents."""

from powergrid.core.features.electrical import ElectricalBasePh as ElectricalBasePh
from powergrid.core.features.network import BusVoltages as BusVoltages
from powergrid.core.features.network import LineFlows as LineFlows
from powergrid.core.features.power_limits import PowerLimits as PowerLimits
from powergrid.core.features.storage import StorageBlock as StorageBlock

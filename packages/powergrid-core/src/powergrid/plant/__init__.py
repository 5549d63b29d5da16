"""The plant: devices, wires, weather, load and market, on arrays with one column per environment."""

from powergrid.plant.device import Device as Device
from powergrid.plant.device import DeviceInputs as DeviceInputs
from powergrid.plant.device import DeviceOutputs as DeviceOutputs
from powergrid.plant.series import TimeSeriesTable as TimeSeriesTable

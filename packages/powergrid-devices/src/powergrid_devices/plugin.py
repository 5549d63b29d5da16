"""What this package registers."""

from __future__ import annotations

from powergrid.plugins import DeviceKind, hookimpl


@hookimpl
def powergrid_register_devices() -> list[DeviceKind]:
    """Kinds a configuration can name under ``type:``; imported when the first is looked up."""
    from powergrid_devices.generator import Generator
    from powergrid_devices.load import Load
    from powergrid_devices.solar_pv import SolarPV
    from powergrid_devices.storage import ESS
    from powergrid_devices.transformer import Transformer
    from powergrid_devices.wind_turbine import WindTurbine

    return [ESS, Generator, Load, SolarPV, Transformer, WindTurbine]

"""What this package registers with PowerGrid."""

from __future__ import annotations

from powergrid.plugins import DeviceKind, hookimpl

from powergrid_topic.electrolyser import Electrolyser


@hookimpl
def powergrid_register_devices() -> list[DeviceKind]:
    """Device kinds of this package."""
    return [Electrolyser]

"""Settings that a network's builder is called with."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from powergrid.config.record import default_values
from powergrid.config.schema import DsoConfig, MicrogridConfig

_SETTINGS = ("load_scale", "capacitor_scale", "slack_vm_pu", "regulator_taps")


def builder_settings(feeder: DsoConfig | MicrogridConfig) -> dict[str, Any]:
    """Keyword arguments for a feeder's builder: the settings that differ from their defaults.

    The others are left out, so that a builder need only know the settings that make sense for its network.
    """
    defaults = default_values(type(feeder))
    chosen = {entry.name: getattr(feeder, entry.name) for entry in fields(feeder) if entry.name in _SETTINGS}
    return {name: value for name, value in chosen.items() if value != defaults[name]}

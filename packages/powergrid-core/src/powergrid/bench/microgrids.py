"""Configurations that grow: more microgrids, more batteries."""

from __future__ import annotations

from typing import Any

from powergrid.bench.stepping import default_config

_BATTERY = "ESS"


def many_microgrids(count: int) -> dict[str, Any]:
    """The setup's microgrids again and again on its feeder, each with its battery, small enough for all together."""
    config = default_config()
    entries = config["microgrid_configs"]
    shrunk = len(entries) / count
    microgrids = []
    for number in range(count):
        entry = entries[number % len(entries)]
        scale = entry["load_scale"] * shrunk
        devices = [device for device in entry["devices"] if device["type"] == _BATTERY]
        name = f"M{number}"
        microgrids.append(entry | {"name": name, "load_scale": scale, "capacitor_scale": scale, "devices": devices})
    return config | {"microgrid_configs": microgrids, "shared_action_fields": []}


def many_batteries(count: int) -> dict[str, Any]:
    """The setup with so many batteries, spread over its microgrids, that have the power of its own together."""
    config = default_config()
    entries = config["microgrid_configs"]
    microgrids = []
    for number, entry in enumerate(entries):
        (battery,) = (device for device in entry["devices"] if device["type"] == _BATTERY)
        numbers = range(number, count, len(entries))
        devices = [_small(battery, f"ess{place}", len(numbers)) for place in numbers]
        microgrids.append(entry | {"devices": devices})
    return config | {"microgrid_configs": microgrids, "shared_action_fields": []}


def _small(battery: dict[str, Any], name: str, share: int) -> dict[str, Any]:
    settings = dict(battery["device_state_config"])
    for key in ("capacity_mwh", "p_max_mw", "p_min_mw"):
        settings[key] /= share
    return battery | {"name": name, "device_state_config": settings}

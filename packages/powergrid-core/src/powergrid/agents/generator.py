"""Generators of powergrid-devices, under their documented name."""

from __future__ import annotations

from typing import Any

from powergrid.agents.device_package import from_devices


def __getattr__(name: str) -> Any:
    if name == "Generator":
        return from_devices("generator", name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

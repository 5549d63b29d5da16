"""PowerGrid: microgrids on real distribution feeders, simulated for multi-agent control."""

from __future__ import annotations

import importlib
from types import ModuleType

from powergrid.__about__ import __version__ as __version__

_SUBPACKAGES = ("agents", "config", "core", "envs", "errors", "networks", "plant", "plugins", "powerflow", "setups")


def __getattr__(name: str) -> ModuleType:
    if name in _SUBPACKAGES:
        return importlib.import_module(f"powergrid.{name}")
    raise AttributeError(f"module 'powergrid' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*_SUBPACKAGES, "__version__"])

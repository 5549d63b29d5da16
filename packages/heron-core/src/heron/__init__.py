"""HERON: hierarchical multi-agent control with declared visibility and timing."""

from __future__ import annotations

import importlib
from types import ModuleType

from heron.__about__ import __version__ as __version__

_SUBPACKAGES = (
    "agents",
    "cli",
    "core",
    "envs",
    "errors",
    "messaging",
    "plant",
    "plugins",
    "protocols",
    "scheduling",
    "testing",
    "types",
)


def __getattr__(name: str) -> ModuleType:
    if name in _SUBPACKAGES:
        return importlib.import_module(f"heron.{name}")
    raise AttributeError(f"module 'heron' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*_SUBPACKAGES, "__version__"])

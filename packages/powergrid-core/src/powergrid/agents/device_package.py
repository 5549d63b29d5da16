"""Kinds of powergrid-devices under the names they have always had here."""

from __future__ import annotations

import importlib
from typing import Any


def from_devices(module: str, name: str) -> Any:
    """Object of powergrid-devices.

    Parameters
    ----------
    module
        Module of that package, without the package's name.
    name
        Name in the module.

    Raises
    ------
    ImportError
        The package is not installed.
    AttributeError
        The module has no such name.
    """
    try:
        found = importlib.import_module(f"powergrid_devices.{module}")
    except ModuleNotFoundError as cause:
        if cause.name != "powergrid_devices":
            raise
        raise ImportError(f"{name} is part of another package: pip install powergrid-devices") from cause
    return getattr(found, name)

"""What one plug-in gave to one hook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heron.plugins.origin import PluginOrigin


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """Names and objects that one plug-in adds to a registry.

    Parameters
    ----------
    origin
        The plug-in.
    entries
        Objects by the name under which they are to be found.
    """

    origin: PluginOrigin
    entries: Mapping[str, Any]

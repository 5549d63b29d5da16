"""Record of the plug-ins that could not be used."""

from __future__ import annotations

import warnings

from heron.errors import PluginError
from heron.plugins.origin import PluginOrigin


class PluginWarning(UserWarning):
    """A plug-in was left out, or two plug-ins claim one name; everything else goes on."""


class PluginReport:
    """Findings of one host, each warned about once and kept for later messages."""

    def __init__(self) -> None:
        self._findings: dict[str, tuple[PluginOrigin, PluginError]] = {}

    def add(self, origin: PluginOrigin, error: PluginError) -> None:
        """Keep a finding and warn; the same finding again is not repeated."""
        if str(error) in self._findings:
            return
        self._findings[str(error)] = (origin, error)
        warnings.warn(str(error), PluginWarning, stacklevel=3)

    @property
    def errors(self) -> tuple[PluginError, ...]:
        """Findings in the order they were made."""
        return tuple(error for _, error in self._findings.values())

    def of_distribution(self, distribution: str) -> tuple[PluginError, ...]:
        """Findings about the plug-ins of one distribution."""
        return tuple(error for origin, error in self._findings.values() if origin.distribution == distribution)

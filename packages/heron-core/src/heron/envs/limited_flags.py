"""Setpoints that had to be limited in any of several plant intervals."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from heron.types import BoolArray


class LimitedFlags:
    """Flags of all intervals since `begin`, put together.

    Attributes
    ----------
    found
        Field agent → ``(n_field, n_env)``; whoever is missing was not limited.
    """

    def __init__(self) -> None:
        self.found: dict[str, BoolArray] = {}

    def begin(self, kept: Collection[str] = ()) -> None:
        """Begin without any but those of the field agents that are named."""
        self.found = {device: flags for device, flags in self.found.items() if device in kept}

    def note(self, flags: Mapping[str, BoolArray]) -> None:
        """Add those of an interval; they are copied."""
        for device, limited in flags.items():
            known = self.found.get(device)
            self.found[device] = limited.copy() if known is None else known | limited

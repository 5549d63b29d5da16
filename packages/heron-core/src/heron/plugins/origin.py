"""Where a plug-in comes from."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginOrigin:
    """Identity of one plug-in, as error messages name it.

    Parameters
    ----------
    name
        Entry point name, or the name given at registration in a program.
    distribution
        Installed distribution that brings the plug-in; empty for one registered in a program.
    version
        Version of that distribution; empty where there is none.
    target
        Module the entry point names; empty where there is none.
    """

    name: str
    distribution: str = ""
    version: str = ""
    target: str = ""

    @classmethod
    def of_entry_point(cls, entry_point: EntryPoint) -> PluginOrigin:
        """Origin of the plug-in behind an entry point."""
        distribution = entry_point.dist
        return cls(
            name=entry_point.name,
            distribution=distribution.name if distribution else "",
            version=distribution.version if distribution else "",
            target=entry_point.value,
        )

    @property
    def key(self) -> str:
        """Name that no other plug-in has: entry points of two distributions may be called alike."""
        return f"{self.distribution}:{self.name}" if self.distribution else self.name

    def __str__(self) -> str:
        if not self.distribution:
            return f"plug-in {self.name!r}"
        entry_point = f"entry point {self.name!r} = {self.target!r}" if self.target else f"built-in {self.name!r}"
        return f"plug-in of {self.distribution} {self.version} ({entry_point})"

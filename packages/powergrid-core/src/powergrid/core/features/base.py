"""Features of power systems: heron's features that understand older spellings."""

from __future__ import annotations

from typing import Any

from heron.core.feature import FeatureProvider
from powergrid.config.aliases import ALIASES, canonical, translate


class PowerFeature(FeatureProvider):
    """A feature whose constructor, attributes and `set_values` also take older spellings such as ``p_MW``."""

    @classmethod
    def canonical(cls, name: str) -> str:
        """Present spelling of a field name."""
        return canonical(name)

    def set_values(self, **values: Any) -> None:
        """Set several fields, in today's or older spellings and units."""
        super().set_values(**translate(values))

    def __getattr__(self, name: str) -> Any:
        if name in ALIASES and ALIASES[name][0] in self._fields:
            today, factor = ALIASES[name]
            return getattr(self, today) / factor
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ALIASES and ALIASES[name][0] in self._fields:
            today, factor = ALIASES[name]
            name, value = today, value * factor
        super().__setattr__(name, value)

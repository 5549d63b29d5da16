"""Features of power systems: heron's features that understand older spellings."""

from __future__ import annotations

from typing import Any

from heron.core.feature import FeatureProvider
from heron.errors import UnknownNameError, suggest
from powergrid.config.aliases import canonical, factor, translate


class PowerFeature(FeatureProvider):
    """A feature whose constructor, attributes and `set_values` also take older spellings such as ``p_MW``.

    A value under an older spelling has that spelling's unit and sign. In a class of the declared style a public
    attribute that is no field cannot be set, so that a misspelt one is not lost without a sound.
    """

    @classmethod
    def canonical(cls, name: str) -> str:
        """Present spelling of a field name; a name that is not an older spelling of a field stays as it is."""
        today = canonical(name)
        return today if today in cls._fields else name

    def set_values(self, **values: Any) -> None:
        """Set several fields, in today's or older spellings and units.

        Raises
        ------
        UnknownNameError
            If a keyword is no field; nothing is changed then.
        InvalidConfigError
            If a field is given under two spellings; nothing is changed then.
        """
        fields = {name: value for name, value in values.items() if self.canonical(name) in self._fields}
        others = {name: value for name, value in values.items() if name not in fields}
        super().set_values(**translate(fields), **others)

    def __getattr__(self, name: str) -> Any:
        today = self.canonical(name)
        if today == name:
            hint = suggest(name, self._fields)
            raise AttributeError(f"{self.feature_name} has no attribute {name!r}. {hint}".rstrip())
        value = getattr(self, today)
        return value if factor(name) == 1.0 else value / factor(name)

    def __setattr__(self, name: str, value: Any) -> None:
        today = self.canonical(name)
        if today != name:
            value = value if factor(name) == 1.0 else value * factor(name)
        elif not name.startswith("_") and self.is_declared() and not hasattr(type(self), name):
            raise UnknownNameError(
                f"{self.feature_name} has no field {name!r}; it has {list(self._fields)}.",
                remedy=suggest(name, self._fields),
            )
        super().__setattr__(today, value)

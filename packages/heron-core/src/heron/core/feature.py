"""Features: named groups of numbers that an agent's state is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

import numpy as np

from heron.core.feature_values import OwnValues, TableValues
from heron.core.quantity import Quantity
from heron.core.quantity_field import QuantityField as QuantityField
from heron.core.quantity_field import quantity as quantity
from heron.core.table import StateTable, TableBuilder
from heron.core.visibility import DEFAULT_VISIBILITY, VisibilitySet, can_see, parse_visibility
from heron.errors import ConfigError, StateError, UnknownNameError, suggest
from heron.types import FloatArray

_Self = TypeVar("_Self", bound="FeatureProvider")


def snake_case(name: str) -> str:
    """``"StorageBlock"`` as ``"storage_block"``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


class FeatureProvider:
    """A named group of numbers in an agent's state.

    *Declared style*: class attributes made with `quantity`; the feature can be bound to the state
    table, after which its fields read and write rows. *Explicit style*: a class with attributes of
    its own, `vector` and `names`; its values are copied into rows after each update.

    Attributes
    ----------
    visibility
        Groups that may see the fields: a list for all, or a mapping field → list, in which a field
        that is left out keeps the default: owner, upper level and system.
    row_name
        Middle part of the row names; the class name in snake case by default.
    """

    visibility: ClassVar[Sequence[str] | Mapping[str, Sequence[str]]] = tuple(
        sorted(group.value for group in DEFAULT_VISIBILITY)
    )
    row_name: ClassVar[str] = ""
    _fields: ClassVar[dict[str, QuantityField]] = {}
    _position: ClassVar[dict[str, int]] = {}
    _store: OwnValues | TableValues

    def __init_subclass__(cls, **keywords: Any) -> None:
        """Collect the fields of the class and of those it inherits from."""
        super().__init_subclass__(**keywords)
        fields: dict[str, QuantityField] = {}
        for base in reversed(cls.__mro__):
            fields.update({key: value for key, value in vars(base).items() if isinstance(value, QuantityField)})
        cls._fields = fields
        cls._position = {name: position for position, name in enumerate(fields)}
        if not vars(cls).get("row_name"):
            cls.row_name = snake_case(cls.__name__)

    def __new__(cls, *arguments: Any, **keywords: Any) -> FeatureProvider:  # noqa: ARG004 - read by __init__
        """Make the store here, so that a class of the explicit style need not call ``super().__init__()``."""
        feature = super().__new__(cls)
        feature._store = OwnValues([field.row.initial for field in cls._fields.values()])
        return feature

    def __init__(self, **values: float) -> None:
        self.set_values(**values)
        self._store.keep()

    def __post_init__(self) -> None:
        """Remember the values a dataclass was constructed with as the initial ones."""
        self._store.keep()

    @property
    def feature_name(self) -> str:
        """Name of the feature, its class name."""
        return type(self).__name__

    @property
    def is_bound(self) -> bool:
        """Whether the fields are rows of a state table."""
        return isinstance(self._store, TableValues)

    @classmethod
    def is_declared(cls) -> bool:
        """Whether the class is in the declared style (fields made with `quantity`)."""
        return cls.vector is FeatureProvider.vector

    @classmethod
    def canonical(cls, name: str) -> str:
        """Present spelling of a field name; a package with older spellings overrides this."""
        return name

    def names(self) -> list[str]:
        """Names of the values in `vector`, in order."""
        return list(self._fields)

    def dim(self) -> int:
        """Number of values in `vector`."""
        return len(self.names())

    def vector(self) -> FloatArray:
        """Values in the order of `names`, shape ``(dim,)``, or ``(dim, n_env)`` when bound to more environments."""
        return self._store.vector()

    def declarations(self) -> list[Quantity]:
        """Row declarations, one per name, with the present values as initial values.

        Raises
        ------
        StateError
            If ``vector()`` and ``names()`` differ in length.
        ConfigError
            If ``visibility`` speaks of a field that does not exist.
        """
        names, values = self.names(), self.vector()
        if len(names) != len(values):
            raise StateError(f"{self.feature_name} has {len(names)} names but {len(values)} values: {names}.")
        if isinstance(self.visibility, Mapping):
            for name in self.visibility:
                if name not in names:
                    raise ConfigError(
                        f"{self.feature_name}.visibility speaks of {name!r}; it has {names}.",
                        remedy=suggest(name, names),
                    )
        declared = [self._field(name).declare(self._visibility_of(name)) for name in names]
        return [replace(row, initial=float(np.ravel(value)[0])) for row, value in zip(declared, values, strict=True)]

    def set_values(self, **values: float | FloatArray) -> None:
        """Set several fields.

        Raises
        ------
        UnknownNameError
            If a keyword is no field; nothing is changed then.
        StateError
            If a value is not finite or lies outside its field's bounds.
        """
        for name, value in self.check_fields(values).items():
            setattr(self, name, value)

    def check_fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values under their fields' present names.

        Raises
        ------
        UnknownNameError
            If a name is no field.
        StateError
            If a value lies outside its field's bounds.
        """
        known = self._fields if self.is_declared() else self.attributes()
        translated = {self.canonical(name): value for name, value in values.items()}
        for name in translated:
            if name not in known or name.startswith("_"):
                raise UnknownNameError(
                    f"{self.feature_name} has no field {name!r}; it has {_public(known)}.",
                    remedy=suggest(name, _public(known)),
                )
            if name in self._fields:
                self._fields[name].check_bounds(translated[name], f"{self.feature_name}.{name}")
        return translated

    def attributes(self) -> dict[str, Any]:
        """Everything the instance keeps beside its declared fields, by attribute name."""
        slots = [name for base in type(self).__mro__ for name in vars(base).get("__slots__", ()) if hasattr(self, name)]
        kept = {**{name: getattr(self, name) for name in slots}, **vars(self)}
        if self.is_declared():
            del kept["_store"]
        return kept

    def take_attributes(self, kept: Mapping[str, Any]) -> None:
        """Have exactly these attributes; what `attributes` gave fits."""
        for name in self.attributes():
            if name not in kept:
                object.__delattr__(self, name)
        for name, value in kept.items():
            object.__setattr__(self, name, value)  # past a frozen dataclass and a subclass's own checks

    def to_dict(self) -> dict[str, Any]:
        """Values by name."""
        return dict(zip(self.names(), self.vector().tolist(), strict=True))

    @classmethod
    def from_dict(cls: type[_Self], values: Mapping[str, float]) -> _Self:
        """Free feature with these values, also as its initial ones; unknown keys are errors."""
        feature = cls()
        feature.set_values(**values)
        feature._store.keep()
        return feature

    def reset(self, **values: float | FloatArray) -> None:
        """Set declared fields back to their initial values, then apply ``values``.

        A feature in the explicit style has no initial values of its own to go back to: it overrides
        this, or leaves it to the plant, which keeps a copy of how it was constructed.
        """
        self._store.reset()
        self.set_values(**values)

    def is_observable_by(
        self, viewer: str, viewer_level: int, *, owner: str | None, parent: str | None, field: str | None = None
    ) -> bool:
        """Whether an agent may see a field, or any of the feature's fields."""
        names = self.names() if field is None else [field]
        return any(
            can_see(self.field_visibility(name), viewer=viewer, viewer_level=viewer_level, owner=owner, parent=parent)
            for name in names
        )

    def field_visibility(self, name: str) -> VisibilitySet:
        """Groups that may see a field."""
        return self._field(name).declare(self._visibility_of(name)).visibility

    def declare_rows(self, builder: TableBuilder, owner: str) -> list[int]:
        """Add this feature's rows to a table that is being built; returns their numbers."""
        blocks = [builder.add_block([owner], row, feature=self.row_name) for row in self.declarations()]
        return [block.start for block in blocks]

    def find_rows(self, builder: TableBuilder, owner: str) -> list[int] | None:
        """Rows of these names that a table being built already has; None unless it has all of them."""
        return builder.find(f"{owner}.{self.row_name}.{name}" for name in self.names())

    def bind(self, table: StateTable, rows: Sequence[int], *, column: int | None = None) -> None:
        """Make the fields views of table rows; the values in the table are the ones that count.

        Parameters
        ----------
        table, rows
            Where the values live from now on, a row per field.
        column
            One environment, or None for all of them.

        Raises
        ------
        StateError
            If the feature is in the explicit style, or the number of rows does not fit.
        """
        if not self.is_declared():
            raise StateError(f"{self.feature_name} has a vector() of its own and cannot be a view of the table.")
        if len(rows) != len(self._fields):
            raise StateError(f"{self.feature_name} has {len(self._fields)} fields but was given {len(rows)} rows.")
        self._store = TableValues(table, rows, column)

    def _field(self, name: str) -> QuantityField:
        return self._fields.get(name) or QuantityField(Quantity(name=name), None)

    def _visibility_of(self, name: str) -> VisibilitySet:
        if isinstance(self.visibility, Mapping):
            return parse_visibility(self.visibility.get(name, DEFAULT_VISIBILITY))
        return parse_visibility(self.visibility)

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value}" for name, value in self.to_dict().items())
        return f"{self.feature_name}({inside})"


def _public(names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if not name.startswith("_"))

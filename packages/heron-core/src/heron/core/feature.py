"""Features: named groups of numbers that an agent's state is made of."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

import numpy as np

from heron.core.quantity import Quantity
from heron.core.table import StateTable, TableBuilder
from heron.core.visibility import DEFAULT_VISIBILITY, VisibilitySet, can_see, parse_visibility
from heron.errors import StateError, UnknownNameError, suggest
from heron.types import FloatArray

_Self = TypeVar("_Self", bound="FeatureProvider")


def snake_case(name: str) -> str:
    """``"StorageBlock"`` as ``"storage_block"``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def quantity(
    initial: float = 0.0,
    *,
    unit: str = "1",
    low: float = -math.inf,
    high: float = math.inf,
    offset: float = 0.0,
    scale: float = 1.0,
    visibility: Iterable[str] | None = None,
) -> Any:
    """Field of a feature: one number with unit, bounds, scale and visibility.

    Reading gives a float with one environment and a view ``(n_env,)`` with more; writing goes to
    the state table once the feature is bound.

    Parameters
    ----------
    initial
        Value of a new feature. [unit]
    unit, low, high, offset, scale
        As in `Quantity`.
    visibility
        Groups that may see the field; the feature's own when not given.
    """
    row = Quantity(name="", unit=unit, initial=float(initial), low=low, high=high, offset=offset, scale=scale)
    return QuantityField(row, None if visibility is None else parse_visibility(visibility))


class QuantityField:
    """Descriptor behind `quantity`.

    Parameters
    ----------
    row
        Declaration without a name; the attribute's name is filled in.
    visibility
        Groups that may see the field, or None for the feature's own.
    """

    def __init__(self, row: Quantity, visibility: VisibilitySet | None) -> None:
        self.row = row
        self._visibility = visibility

    def __set_name__(self, owner: type[FeatureProvider], name: str) -> None:
        self.row = replace(self.row, name=name)

    @property
    def name(self) -> str:
        """Name of the attribute."""
        return self.row.name

    def declare(self, default_visibility: VisibilitySet) -> Quantity:
        """Row declaration of this field."""
        return replace(self.row, visibility=default_visibility if self._visibility is None else self._visibility)

    def __get__(self, instance: FeatureProvider | None, owner: type[FeatureProvider]) -> Any:
        if instance is None:
            return self
        return instance._store.get(instance._position[self.name])

    def __set__(self, instance: FeatureProvider, value: float | FloatArray) -> None:
        instance._store.set(instance._position[self.name], value, f"{type(instance).__name__}.{self.name}")


class _OwnValues:
    """Values of a free feature."""

    def __init__(self, initial: Sequence[float]) -> None:
        self.values = list(initial)

    def get(self, position: int) -> float:
        return self.values[position]

    def set(self, position: int, value: float | FloatArray, where: str) -> None:
        try:
            self.values[position] = float(value)
        except (TypeError, ValueError) as cause:
            raise StateError(f"{where} takes a number, got {value!r}.") from cause


class _TableValues:
    """Values of a bound feature: rows of a table, all environments or one of them."""

    def __init__(self, table: StateTable, rows: Sequence[int], column: int | None) -> None:
        self.table, self.rows = table, tuple(rows)
        self.column = 0 if column is None and table.n_env == 1 else column

    def get(self, position: int) -> Any:
        row = self.table.values[self.rows[position]]
        return row if self.column is None else float(row[self.column])

    def set(self, position: int, value: float | FloatArray, where: str) -> None:
        row = self.table.values[self.rows[position]]
        try:
            if self.column is None:
                row[...] = value
            else:
                row[self.column] = value
        except (TypeError, ValueError) as cause:
            shape = row.shape if self.column is None else ()
            raise StateError(f"{where} takes values of shape {shape}, got {value!r}.") from cause


class FeatureProvider:
    """A named group of numbers in an agent's state.

    *Declared style*: class attributes made with `quantity`; the feature can be bound to the state
    table, after which its fields read and write rows. *Explicit style*: a class with attributes of
    its own, `vector` and `names`; its values are copied into rows after each update.

    Attributes
    ----------
    visibility
        Groups that may see the fields: a list for all, or a mapping field → list.
    row_name
        Middle part of the row names; the class name in snake case by default.
    """

    visibility: ClassVar[Sequence[str] | Mapping[str, Sequence[str]]] = tuple(
        sorted(group.value for group in DEFAULT_VISIBILITY)
    )
    row_name: ClassVar[str] = ""
    _fields: ClassVar[dict[str, QuantityField]] = {}
    _position: ClassVar[dict[str, int]] = {}

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        fields: dict[str, QuantityField] = {}
        for base in reversed(cls.__mro__):
            fields.update({key: value for key, value in vars(base).items() if isinstance(value, QuantityField)})
        cls._fields = fields
        cls._position = {name: position for position, name in enumerate(fields)}
        if not vars(cls).get("row_name"):
            cls.row_name = snake_case(cls.__name__)

    def __new__(cls, *arguments: Any, **keywords: Any) -> FeatureProvider:  # noqa: ARG004, PYI034
        # The store is made here so that explicit-style subclasses need not call super().__init__().
        feature = super().__new__(cls)
        feature._store = _OwnValues([field.row.initial for field in cls._fields.values()])
        return feature

    _store: _OwnValues | _TableValues

    def __init__(self, **values: float) -> None:
        self.set_values(**values)

    @property
    def feature_name(self) -> str:
        """Name of the feature, its class name."""
        return type(self).__name__

    @property
    def is_bound(self) -> bool:
        """Whether the fields are rows of a state table."""
        return isinstance(self._store, _TableValues)

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
        return np.array([self._store.get(position) for position in range(len(self._fields))], dtype=np.float64)

    def declarations(self) -> list[Quantity]:
        """Row declarations, one per name, with the present values as initial values."""
        values = self.vector()
        fields = [self._fields.get(name, None) or _plain_field(name) for name in self.names()]
        declared = [field.declare(self._visibility_of(field.name)) for field in fields]
        return [replace(row, initial=float(np.ravel(value)[0])) for row, value in zip(declared, values, strict=True)]

    def set_values(self, **values: float | FloatArray) -> None:
        """Set several fields.

        Raises
        ------
        UnknownNameError
            If a keyword is no field; nothing is changed then.
        """
        known = self._fields if self.is_declared() else vars(self)
        translated = {self.canonical(name): value for name, value in values.items()}
        for name in translated:
            if name not in known or name.startswith("_"):
                raise UnknownNameError(
                    f"{self.feature_name} has no field {name!r}; it has {self._public(known)}.",
                    remedy=suggest(name, known),
                )
        for name, value in translated.items():
            setattr(self, name, value)

    def to_dict(self) -> dict[str, Any]:
        """Values by name."""
        return dict(zip(self.names(), self.vector().tolist(), strict=True))

    @classmethod
    def from_dict(cls: type[_Self], values: Mapping[str, float]) -> _Self:
        """Free feature with these values; unknown keys are errors."""
        feature = cls()
        feature.set_values(**values)
        return feature

    def reset(self, **values: float | FloatArray) -> None:
        """Set declared fields back to their initial values, then apply ``values``."""
        for name, field in self._fields.items():
            setattr(self, name, field.row.initial)
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
        field = self._fields.get(name)
        return (field or _plain_field(name)).declare(self._visibility_of(name)).visibility

    def declare_rows(self, builder: TableBuilder, owner: str) -> list[int]:
        """Add this feature's rows to a table that is being built; returns their numbers."""
        blocks = [builder.add_block([owner], row, feature=self.row_name) for row in self.declarations()]
        return [block.start for block in blocks]

    def bind(self, table: StateTable, rows: Sequence[int], *, column: int | None = None) -> None:
        """Make the fields views of table rows.

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
        self._store = _TableValues(table, rows, column)

    def _visibility_of(self, name: str) -> VisibilitySet:
        if isinstance(self.visibility, Mapping):
            return parse_visibility(self.visibility.get(name, [group.value for group in DEFAULT_VISIBILITY]))
        return parse_visibility(self.visibility)

    @staticmethod
    def _public(known: Iterable[str]) -> list[str]:
        return sorted(name for name in known if not name.startswith("_"))

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value}" for name, value in self.to_dict().items())
        return f"{self.feature_name}({inside})"


def _plain_field(name: str) -> QuantityField:
    return QuantityField(Quantity(name=name), None)

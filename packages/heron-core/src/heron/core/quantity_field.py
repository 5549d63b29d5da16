"""Fields of a feature: one number each, declared as a class attribute."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from heron.core.quantity import Quantity
from heron.core.visibility import VisibilitySet, parse_visibility
from heron.errors import StateError
from heron.types import FloatArray

if TYPE_CHECKING:
    from heron.core.feature import FeatureProvider


def quantity(
    initial: float = 0.0,
    *,
    unit: str = "1",
    low: float = -math.inf,
    high: float = math.inf,
    offset: float = 0.0,
    scale: float = 1.0,
    visibility: str | Iterable[str] | None = None,
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

    def __set__(self, instance: FeatureProvider, value: float | FloatArray | QuantityField) -> None:
        # A dataclass takes the descriptor for the field's default and passes it in when no value is given.
        given = self.row.initial if isinstance(value, QuantityField) else value
        where = f"{type(instance).__name__}.{self.name}"
        instance._store.set(instance._position[self.name], _finite(given, where), where)

    def check_bounds(self, value: float | FloatArray, where: str) -> None:
        """Refuse a value that somebody sets by hand outside the field's hard bounds.

        Raises
        ------
        StateError
            With the value and the bounds.
        """
        low, high = self.row.low, self.row.high
        values = np.asarray(value)
        if np.issubdtype(values.dtype, np.number) and ((values < low) | (values > high)).any():
            raise StateError(f"{where} is {value!r}, outside its bounds {low} … {high} [{self.row.unit}].")


def _finite(value: float | FloatArray, where: str) -> float | FloatArray:
    # A float is the hot path: object kinds write their fields in every step.
    if isinstance(value, float):
        finite = math.isfinite(value)
    else:
        values = np.asarray(value)
        finite = not np.issubdtype(values.dtype, np.number) or bool(np.isfinite(values).all())
    if not finite:
        raise StateError(f"{where} takes finite numbers, got {value!r}.")
    return value

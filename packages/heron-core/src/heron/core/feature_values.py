"""Where the fields of a feature live: in the feature itself, or in rows of a state table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from heron.core.table import StateTable
from heron.errors import StateError
from heron.types import FloatArray


class OwnValues:
    """Values of a free feature.

    Parameters
    ----------
    initial
        One value per field.
    """

    def __init__(self, initial: Sequence[float]) -> None:
        self.values = list(initial)
        self._initial = list(initial)

    def get(self, position: int) -> float:
        """Value of a field."""
        return self.values[position]

    def set(self, position: int, value: float | FloatArray, where: str) -> None:
        """Write a field; ``where`` names it in the StateError for what is no number."""
        try:
            self.values[position] = float(value)
        except (TypeError, ValueError) as cause:
            raise StateError(f"{where} takes a number, got {value!r}.") from cause

    def keep(self) -> None:
        """Make the present values the initial ones."""
        self._initial = list(self.values)

    def reset(self) -> None:
        """Back to the initial values."""
        self.values = list(self._initial)

    def vector(self) -> FloatArray:
        """All values, shape ``(n_field,)``."""
        return np.array(self.values, dtype=np.float64)


class TableValues:
    """Values of a bound feature: rows of a table, in all environments or one of them.

    Parameters
    ----------
    table, rows
        Where the values live, a row per field.
    column
        One environment, or None for all of them.
    """

    def __init__(self, table: StateTable, rows: Sequence[int], column: int | None) -> None:
        self.table, self.rows = table, [int(row) for row in rows]
        self.column = 0 if column is None and table.n_env == 1 else column

    def get(self, position: int) -> Any:
        """Value of a field: a float, or a view ``(n_env,)`` of all environments."""
        if self.column is None:
            return self.table.values[self.rows[position]]
        return self.table.values.item(self.rows[position], self.column)

    def set(self, position: int, value: float | FloatArray, where: str) -> None:
        """Write a field; ``where`` names it in the StateError for values that do not fit."""
        row = self.table.values[self.rows[position]]
        try:
            if self.column is None:
                row[...] = value
            else:
                row[self.column] = value
        except (TypeError, ValueError) as cause:
            shape = row.shape if self.column is None else ()
            raise StateError(f"{where} takes values of shape {shape}, got {value!r}.") from cause

    def keep(self) -> None:
        """Nothing: the initial values of rows are the table's."""

    def reset(self) -> None:
        """Back to the table's initial values."""
        initial = self.table.initial[self.rows]
        if self.column is None:
            self.table.values[self.rows] = initial[:, np.newaxis]
        else:
            self.table.values[self.rows, self.column] = initial

    def vector(self) -> FloatArray:
        """Copy of all values, shape ``(n_field,)``, or ``(n_field, n_env)`` of all environments."""
        values = self.table.values[self.rows]
        return values if self.column is None else values[:, self.column]

"""Mapping of arrays, as a configuration or a notebook holds them, on its way into a table."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from heron.types import FloatArray, IndexArray
from powergrid.errors import DatasetError

PARTS = ("train", "test")


def is_split_mapping(mapping: Mapping[str, Any]) -> bool:
    """Whether the keys of a mapping are parts of a split instead of columns."""
    return any(part in mapping for part in PARTS)


def flatten(arrays: Mapping[str, Any]) -> dict[str, FloatArray]:
    """Arrays by column name, from arrays by kind or by kind and area.

    Parameters
    ----------
    arrays
        ``{"load/BANC": array}``, ``{"load": array}`` or ``{"load": {"BANC": array}}``.

    Raises
    ------
    DatasetError
        Something is not a one-dimensional array of numbers.
    """
    if not isinstance(arrays, Mapping):
        raise DatasetError(f"Arrays by column name are expected, not {type(arrays).__name__}.")
    columns: dict[str, FloatArray] = {}
    for name, value in arrays.items():
        areas = {f"{name}/{area}": array for area, array in value.items()} if isinstance(value, Mapping) else None
        for column, array in (areas if areas is not None else {str(name): value}).items():
            columns[column] = _one_dimensional(column, array)
    return columns


def stacked(columns: Mapping[str, FloatArray], *, place: str) -> tuple[tuple[str, ...], FloatArray]:
    """Column names and their values side by side, short arrays repeated.

    Parameters
    ----------
    columns
        One-dimensional arrays by column name.
    place
        What the arrays belong to, for messages.

    Raises
    ------
    DatasetError
        There is no array, or a length does not divide the longest.

    Warns
    -----
    UserWarning
        An array was repeated to the length of the longest.
    """
    if not columns or not all(array.size for array in columns.values()):
        raise DatasetError(f"There is no value in {place}.", remedy="Give arrays of at least one value.")
    longest = max(columns.values(), key=len)
    n_step = longest.size
    for name, array in columns.items():
        if n_step % array.size:
            raise DatasetError(
                f"Column {name!r} of {place} has {array.size} values and the longest has {n_step}.",
                remedy=f"Give {n_step} values, or a number that divides {n_step}.",
            )
        if array.size < n_step:
            warnings.warn(
                f"Column {name!r} of {place} has {array.size} of {n_step} values: it is repeated "
                f"{n_step // array.size} times.",
                stacklevel=4,
            )
    return tuple(columns), np.stack([np.resize(array, n_step) for array in columns.values()], axis=1)


def joined(
    parts: Mapping[str, Mapping[str, Any]], *, step_s: float
) -> tuple[tuple[str, ...], FloatArray, dict[str, IndexArray]]:
    """Columns, values and day starts of a training and a test part, one after the other.

    Parameters
    ----------
    parts
        ``{"train": arrays, "test": arrays}``.
    step_s
        Length of an interval. [s]

    Raises
    ------
    DatasetError
        A part is missing or unknown, columns differ, lengths do not fit, or training ends within a day.
    """
    if set(parts) != set(PARTS):
        raise DatasetError(f"Parts {sorted(parts)} are given; 'train' and 'test' are expected.")
    columns, train = stacked(flatten(parts["train"]), place="'train'")
    test_columns, test = stacked(flatten(parts["test"]), place="'test'")
    if set(columns) != set(test_columns):
        odd = ", ".join(sorted(set(columns) ^ set(test_columns)))
        raise DatasetError(f"'train' and 'test' do not have the same columns: {odd} is in one of them only.")
    steps_per_day = round(86_400 / step_s)
    if len(train) % steps_per_day:
        raise DatasetError(
            f"'train' has {len(train)} rows, not a whole number of days of {steps_per_day} rows.",
            remedy="Cut it at a midnight.",
        )
    order = [test_columns.index(name) for name in columns]
    starts = np.arange(0, len(train), steps_per_day, dtype=np.intp)
    test_starts = np.arange(0, max(len(test) - steps_per_day, 0) + 1, steps_per_day, dtype=np.intp) + len(train)
    return columns, np.concatenate([train, test[:, order]]), {"train": starts, "test": test_starts}


def _one_dimensional(column: str, value: Any) -> FloatArray:
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as cause:
        raise DatasetError(f"Column {column!r} is not an array of numbers: {cause}.") from cause
    if array.ndim != 1:
        raise DatasetError(f"Column {column!r} has shape {array.shape}; one dimension, time, is expected.")
    return array

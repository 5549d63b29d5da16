"""Old ``data.pkl`` file, read without trusting it: numpy arrays in dictionaries and nothing else."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from powergrid.errors import DatasetError
from powergrid.plant.series import TimeSeriesTable

_REBUILDING = {
    (module, name)
    for package in ("numpy.core", "numpy._core")
    for module, name in (
        (f"{package}.multiarray", "_reconstruct"),
        (f"{package}.multiarray", "scalar"),
        (f"{package}.numeric", "_frombuffer"),
    )
} | {("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode")}


class ArrayUnpickler(pickle.Unpickler):
    """Reader of pickles that can build dictionaries, lists, numbers, texts and numpy arrays, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what rebuilds a numpy array; refuse everything else.

        Raises
        ------
        DatasetError
            The pickle asks for any other class or function.
        """
        if (module, name) in _REBUILDING:
            return super().find_class(module, name)
        raise DatasetError(
            f"The pickle asks for {module}.{name}; only numpy arrays are accepted.",
            remedy="A pickle can run any program: use one from a source you trust, and convert it there to npz.",
        )

    def persistent_load(self, pid: Any) -> Any:
        """Refuse references to objects outside the file."""
        raise DatasetError(f"The pickle refers to an object outside itself ({pid!r}); only numpy arrays are accepted.")


def load_legacy_pickle(path: str | os.PathLike[str], **settings: Any) -> TimeSeriesTable:
    """Table from an old ``data.pkl`` with ``{"train": {"load": {area: array}, …}, "test": …}``.

    Areas lose the suffix ``-TAC`` that CAISO gives to utilities. Where the name without it is taken, as by Portland
    General Electric beside Pacific Gas and Electric, that other one becomes ``PGE-BA``, a balancing area.

    Parameters
    ----------
    path
        The pickle file.
    **settings
        ``start``, ``step_s``, ``utc_offset_h``, ``source`` of the table.

    Raises
    ------
    DatasetError
        The file is missing or truncated, holds anything but numbers in arrays, or is not of this form.
    """
    source = Path(path)
    try:
        with source.open("rb") as file:
            content = ArrayUnpickler(file).load()
    except DatasetError as cause:
        raise DatasetError(f"{source} was not read. {cause.message}", remedy=cause.remedy) from cause
    except (OSError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError, MemoryError) as cause:
        raise DatasetError(f"{source} cannot be read as a pickle: {cause}.") from cause
    except pickle.UnpicklingError as cause:
        raise DatasetError(f"{source} cannot be read as a pickle: {cause}.") from cause
    if not isinstance(content, Mapping):
        raise DatasetError(f"{source} holds a {type(content).__name__}, not arrays by name.")
    parts = {str(part): _kinds(arrays) for part, arrays in content.items()}
    settings.setdefault("source", f"converted from {source.name}")
    return TimeSeriesTable.from_splits(parts, **settings)


def _kinds(arrays: Any) -> dict[str, Any]:
    if not isinstance(arrays, Mapping):
        raise DatasetError(f"Arrays by kind are expected, not {type(arrays).__name__}.")
    return {str(kind): _areas(value) for kind, value in arrays.items()}


def _areas(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return _numbers(value)
    names = {str(area) for area in value}
    return {_short(str(area), names): _numbers(array) for area, array in value.items()}


def _short(area: str, names: set[str]) -> str:
    return f"{area}-BA" if f"{area}-TAC" in names else area.removesuffix("-TAC")


def _numbers(value: Any) -> Any:
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise DatasetError(f"An array of type {array.dtype} was found; only numbers are accepted.")
    return array

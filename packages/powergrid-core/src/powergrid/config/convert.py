"""Conversion of written values, as YAML or a program gives them, to the types of the schema."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from numbers import Integral, Real
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np


def convert(value: Any, annotation: Any) -> Any:
    """Value of the annotated type, made from a written value without losing or guessing anything.

    Parameters
    ----------
    value
        Number, text, list, mapping or ``None``.
    annotation
        Resolved type: numbers, text, booleans, paths, enums, literals, tuples, sequences, mappings and unions of them.
        Any other annotation lets the value through as it is.

    Raises
    ------
    ValueError
        The value is of another sort; the text says what is expected.
    """
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return _convert_union(value, get_args(annotation))
    if origin is Literal:
        return _convert_literal(value, get_args(annotation))
    if origin is tuple:
        return _convert_tuple(value, get_args(annotation))
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return _convert_mapping(value, get_args(annotation))
    if origin is not None and isinstance(origin, type) and issubclass(origin, Sequence):
        return tuple(convert(entry, get_args(annotation)[0]) for entry in _entries(value))
    return _convert_plain(value, annotation)


def _convert_plain(value: Any, annotation: Any) -> Any:
    if annotation in (None, NoneType):
        return _expect(value is None, value, "nothing (null)", value)
    if annotation is bool:
        return _expect(isinstance(value, (bool, np.bool_)), value, "true or false", value)
    if annotation is str:
        return _expect(isinstance(value, str), value, "text", value)
    if annotation is int:
        return _convert_integer(value)
    if annotation is float:
        return _convert_number(value)
    if annotation is Path:
        return Path(_expect(isinstance(value, (str, Path)), value, "a path", value))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _convert_enum(value, annotation)
    return value


def _convert_integer(value: Any) -> int:
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    return int(_expect(whole, value, "a whole number", value))


def _convert_number(value: Any) -> float:
    if isinstance(value, str) and _reads_as_number(value):
        # YAML reads 1e-3 as text: it wants a point before the exponent
        raise ValueError(f"expected a number, not the text {value!r}; write {float(value)!r}")
    number = isinstance(value, Real) and not isinstance(value, bool)
    converted = float(_expect(number, value, "a number", value))
    _expect(not math.isnan(converted), value, "a number", converted)
    return converted


def _convert_enum(value: Any, annotation: type[Enum]) -> Enum:
    if isinstance(value, annotation):
        return value
    for member in annotation:
        if value == member.value:
            return member
    raise ValueError(f"expected {_listed(member.value for member in annotation)}, not {value!r}")


def _convert_literal(value: Any, choices: tuple[Any, ...]) -> Any:
    for choice in choices:
        if type(choice) is type(value) and choice == value:
            return choice
    raise ValueError(f"expected {_listed(choices)}, not {value!r}")


def _convert_tuple(value: Any, kinds: tuple[Any, ...]) -> tuple[Any, ...]:
    entries = _entries(value)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(convert(entry, kinds[0]) for entry in entries)
    if len(entries) != len(kinds):
        raise ValueError(f"expected a list of {len(kinds)} values, not {value!r}")
    return tuple(convert(entry, kind) for entry, kind in zip(entries, kinds, strict=True))


def _convert_mapping(value: Any, kinds: tuple[Any, ...]) -> dict[Any, Any]:
    mapping = _expect(isinstance(value, Mapping), value, "a mapping", value)
    return {convert(key, kinds[0]): _convert_under(key, entry, kinds[1]) for key, entry in mapping.items()}


def _convert_under(key: Any, value: Any, kind: Any) -> Any:
    try:
        return convert(value, kind)
    except ValueError as cause:
        raise ValueError(f"{key}: {cause}") from cause


def _convert_union(value: Any, kinds: tuple[Any, ...]) -> Any:
    if value is None and NoneType in kinds:
        return None
    reasons = []
    for kind in kinds:
        if kind is NoneType:
            continue
        try:
            return convert(value, kind)
        except ValueError as cause:
            reasons.append(str(cause))
    raise ValueError("; or ".join(reasons))


def _entries(value: Any) -> list[Any]:
    listed = isinstance(value, (Sequence, np.ndarray)) and not isinstance(value, (str, bytes))
    return list(_expect(listed, value, "a list", value))


def _expect(holds: bool, value: Any, expected: str, result: Any) -> Any:
    if not holds:
        raise ValueError(f"expected {expected}, not {value!r}")
    return result


def _reads_as_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _listed(choices: Iterable[Any]) -> str:
    return " or ".join(repr(choice) for choice in choices)

"""Checks of single values: each gives an empty text, or says what the value must be."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from typing import Any

from heron.errors import suggest

Check = Callable[[Any], str]


def positive(value: float) -> str:
    """Above zero and finite."""
    return "" if 0.0 < value < math.inf else f"must be positive, not {value!r}."


def not_negative(value: float) -> str:
    """Zero or above, and finite."""
    return "" if 0.0 <= value < math.inf else f"must not be negative, not {value!r}."


def finite(value: float) -> str:
    """Neither infinite nor NaN."""
    return "" if math.isfinite(value) else f"must be finite, not {value!r}."


def not_empty(value: Collection[Any]) -> str:
    """At least one letter or entry."""
    return "" if len(value) > 0 else "must not be empty."


def identifier(value: str) -> str:
    """Usable in row names, where a point separates the parts."""
    if not value.strip():
        return "must not be empty."
    return "" if "." not in value else f"must not contain a point, not {value!r}."


def one_of(*choices: str) -> Check:
    """One of these words."""

    def check(value: Any) -> str:
        if value in choices:
            return ""
        return f"must be one of {', '.join(choices)}, not {value!r}. {suggest(str(value), choices)}".rstrip()

    return check


def between(low: float, high: float) -> Check:
    """From the first to the second number, both included."""

    def check(value: float) -> str:
        return "" if low <= value <= high else f"must be from {low:g} to {high:g}, not {value!r}."

    return check

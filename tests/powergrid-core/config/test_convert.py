"""Written values become the annotated type, or are refused; nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powergrid.config.convert import convert


@pytest.mark.parametrize(
    ("value", "annotation", "expected"),
    [
        (3, float, 3.0),
        (np.float32(0.5), float, 0.5),
        (True, bool, True),
        (None, float | None, None),
        ("a", Literal["a", "b"], "a"),
        ([1, 2], Sequence[float], (1.0, 2.0)),
        (np.array([1.0, 2.0]), tuple[float, ...], (1.0, 2.0)),
        ({"a": 1}, Mapping[str, float], {"a": 1.0}),
        ("x.npz", Path, Path("x.npz")),
        (3, str | int, 3),
        (None, type(None), None),
        (b"kept", bytes, b"kept"),
    ],
)
def test_a_fitting_value_is_converted(value: Any, annotation: Any, expected: Any) -> None:
    converted = convert(value, annotation)
    assert converted == expected
    assert type(converted) is type(expected)


@pytest.mark.parametrize(
    ("value", "annotation", "message"),
    [
        (1, bool, "expected true or false, not 1"),
        (False, float, "expected a number, not False"),
        (3.0, int, "expected a whole number, not 3.0"),
        (None, float, "expected a number, not None"),
        ("c", Literal["a", "b"], "expected 'a' or 'b', not 'c'"),
        ("ab", tuple[str, ...], "expected a list, not 'ab'"),
        (2.5, str | int, "expected text, not 2.5; or expected a whole number, not 2.5"),
        (3, Path, "expected a path, not 3"),
        ({"a": "b"}, Mapping[str, float], "a: expected a number, not 'b'"),
        (1, type(None), "expected nothing"),
    ],
)
def test_another_value_is_refused(value: Any, annotation: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        convert(value, annotation)


@given(st.one_of(st.floats(allow_nan=False), st.integers(-(10**9), 10**9)))
def test_a_number_keeps_its_value(number: float) -> None:
    assert convert(number, float) == number
    assert convert(convert(number, float), float) == number

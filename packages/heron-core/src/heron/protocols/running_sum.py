"""Sums that go on for a whole episode without collecting rounding errors.

A sum is a pair of arrays, the nearest float64 and what is missing to it, good for about 32 decimal digits.

Source
------
Error-free addition: Knuth, The Art of Computer Programming 2, 3rd ed., 1997, section 4.2.2, theorems B and C. Sum of
pairs: Dekker, A floating-point technique for extending the available precision, Numerische Mathematik 18 (1971),
pages 224–242.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from heron.types import FloatArray

RunningSum: TypeAlias = tuple[FloatArray, FloatArray]
"""Nearest float64 and the rest, of the same shape."""


def zero(shape: tuple[int, ...]) -> RunningSum:
    """Nothing yet."""
    return np.zeros(shape), np.zeros(shape)


def plus(total: RunningSum, amount: FloatArray) -> RunningSum:
    """A sum with one more number."""
    return add(total, (amount, np.zeros_like(amount)))


def minus(total: RunningSum, other: RunningSum) -> RunningSum:
    """Difference of two sums."""
    return add(total, (-other[0], -other[1]))


def add(one: RunningSum, other: RunningSum) -> RunningSum:
    """Sum of two sums."""
    high, error = _exact(one[0], other[0])
    low, low_error = _exact(one[1], other[1])
    high, error = _ordered(high, error + low)
    return _ordered(high, error + low_error)


def _exact(a: FloatArray, b: FloatArray) -> RunningSum:
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _ordered(large: FloatArray, small: FloatArray) -> RunningSum:
    total = large + small
    return total, small - (total - large)

"""Declarations of rows."""

from __future__ import annotations

import math

import pytest

from heron.core import Quantity, Visibility
from heron.errors import ConfigError


def test_crossed_bounds_are_refused_with_their_unit() -> None:
    with pytest.raises(ConfigError, match=r"'level_m' has low 3.0 above high 1.0 \[m\]"):
        Quantity(name="level_m", unit="m", low=3.0, high=1.0)


@pytest.mark.parametrize(("offset", "scale"), [(0.0, 0.0), (0.0, -1.0), (0.0, math.inf), (math.nan, 1.0)])
def test_a_scale_that_cannot_divide_is_refused(offset: float, scale: float) -> None:
    with pytest.raises(ConfigError, match="the scale finite and positive"):
        Quantity(name="x", offset=offset, scale=scale)


def test_groups_of_viewers_may_be_written_as_text() -> None:
    assert Quantity(name="x", visibility=["public"]).visibility == {Visibility.PUBLIC}  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="'everyone' is not one of"):
        Quantity(name="x", visibility=["everyone"])  # type: ignore[arg-type]

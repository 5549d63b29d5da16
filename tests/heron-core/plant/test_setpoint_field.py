"""Fields that can be asked of a device."""

from __future__ import annotations

import math

import pytest

from heron.core import Visibility
from heron.errors import ConfigError
from heron.plant import SetpointField


def test_its_row_begins_at_neutral_and_is_seen_by_the_device_only() -> None:
    row = SetpointField(name="flow", unit="m3/h", low=0.0, high=4.0, neutral=1.0).quantity()
    assert (row.name, row.unit, row.initial, row.offset, row.scale) == ("flow", "m3/h", 1.0, 2.0, 2.0)
    assert row.visibility == {Visibility.OWNER}


def test_a_field_that_cannot_move_is_shown_unscaled() -> None:
    assert SetpointField(name="flow", low=2.0, high=2.0).quantity().scale == 1.0


def test_neutral_on_the_scale_of_the_bounds() -> None:
    # 1 of 0…4: 2 · 1/4 - 1 = -0.5
    assert SetpointField(name="flow", low=0.0, high=4.0, neutral=1.0).normalized_neutral() == -0.5


@pytest.mark.parametrize(("low", "high"), [(1.0, 0.0), (-math.inf, 1.0), (0.0, math.nan)])
def test_bounds_that_an_action_cannot_be_scaled_to_are_refused(low: float, high: float) -> None:
    with pytest.raises(ConfigError, match="'flow' has bounds .*must be finite and in order"):
        SetpointField(name="flow", low=low, high=high)

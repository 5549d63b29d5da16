"""Numbers that people give."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from heron.core.number import is_within
from heron.errors import ConfigError
from heron.messaging import ChannelSpec
from heron.scheduling import Condition, Disturbance, PoissonDisturbance, TickConfig, TimingScheme


def test_a_number_is_within_its_bounds_and_both_of_them() -> None:
    assert [is_within(value, 0.0, 1.0) for value in (0, 0.5, 1.0, -0.1, 1.1)] == [True, True, True, False, False]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "0.5", None, [0.5]])
def test_what_is_no_finite_number_is_within_nothing(value: object) -> None:
    assert not is_within(value, -math.inf)


@pytest.mark.parametrize(
    "build",
    [
        lambda text: TickConfig.with_jitter(60.0, jitter_ratio=text),
        lambda text: TimingScheme(loss=text),
        lambda text: ChannelSpec(loss=text),
        lambda text: PoissonDisturbance(kind="trip", targets=["x"], rate_per_h=text),
        lambda text: Disturbance(name="a", kind="trip", target="x", at_s=0.0, duration_s=text),
        lambda text: Condition(name="hot", row="x", threshold=text),
        lambda text: Condition(name="hot", row="x", threshold=0.0, hysteresis=text),
    ],
)
def test_a_text_in_place_of_a_number_is_an_error_that_shows_it(build: Callable[[str], object]) -> None:
    with pytest.raises(ConfigError, match="'0.5'"):
        build("0.5")

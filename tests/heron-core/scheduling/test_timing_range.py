"""Ranges of timing: what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from heron.errors import ConfigError
from heron.scheduling import JitterType, TimingRange, TimingScheme


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        ({"obs_delay_s": (-1.0, 2.0)}, r"obs_delay_s is \(-1.0, 2.0\)"),
        ({"act_delay_s": (2.0, 1.0)}, r"act_delay_s is \(2.0, 1.0\)"),
        ({"act_delay_s": (0.0, float("inf"))}, "act_delay_s"),
        ({"obs_delay_s": 3.0}, "obs_delay_s is 3.0"),
        ({"loss": (0.0, 1.1)}, "loss"),
        ({"tick_steps": (0, 1)}, "tick_steps"),
        ({"tick_steps": (1, 1.5)}, "Give whole steps"),
        ({"jitter_ratio": 2.0}, "jitter ratio of a TimingRange"),
        ({"jitter_type": "gausian"}, "gaussian"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(ranges: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        TimingRange(**ranges)


def test_a_range_reads_the_name_of_a_jitter() -> None:
    assert TimingRange(jitter_type="uniform").jitter_type is JitterType.UNIFORM  # type: ignore[arg-type]


def test_a_negative_factor_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"factor of -1\.0"):
        TimingRange.around(TimingScheme(), "anybody", level=2, step_s=1.0, factor=-1.0)


def test_around_a_scheme_that_says_nothing_is_lockstep() -> None:
    assert TimingRange.around(TimingScheme(), "anybody", level=2, step_s=1.0) == TimingRange()

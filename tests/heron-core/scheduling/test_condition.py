"""Watching a number: it fires once for each crossing, and no more often than it may."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heron.errors import ConfigError, StateError
from heron.scheduling.condition import Condition, ConditionWatch

S = 1_000_000_000


def hot(**changes: Any) -> Condition:
    values = {"name": "hot", "row": "hall.air.temperature_degc", "threshold": 25.0, **changes}
    return Condition(**values)


def fired_at(watch: ConditionWatch, *values: float) -> list[int]:
    """Seconds at which it fires when it is shown a value every second."""
    return [second for second, value in enumerate(values) if watch.fires(second * S, value)]


def test_it_fires_when_the_threshold_is_crossed_and_not_while_it_stays_crossed() -> None:
    assert fired_at(ConditionWatch(hot()), 20.0, 25.0, 25.1, 30.0, 25.0, 24.0, 26.0) == [2, 6]


def test_below_is_the_mirror_image() -> None:
    watch = ConditionWatch(hot(threshold=-25.0, above=False))
    assert fired_at(watch, -20.0, -25.0, -25.1, -30.0, -25.0, -24.0, -26.0) == [2, 6]


def test_a_first_look_beyond_the_threshold_fires() -> None:
    assert fired_at(ConditionWatch(hot()), 26.0, 26.0) == [0]


def test_it_must_go_back_by_the_hysteresis_before_it_fires_again() -> None:
    # back at 25 - 2 = 23: 23.1 is not enough, 23.0 is
    assert fired_at(ConditionWatch(hot(hysteresis=2.0)), 26.0, 23.1, 26.0, 23.0, 26.0) == [0, 4]
    below = ConditionWatch(hot(above=False, hysteresis=2.0))
    assert fired_at(below, 24.0, 26.9, 24.0, 27.0, 24.0) == [0, 4]


def test_it_does_not_fire_again_within_the_cool_down() -> None:
    # every other second it is crossed anew; 3 s after the firing at 0 it is not, at 4 it is
    assert fired_at(ConditionWatch(hot(cool_down_s=3.0)), 26.0, 20.0, 26.0, 20.0, 26.0) == [0, 4]
    # exactly the cool-down later is late enough
    assert fired_at(ConditionWatch(hot(cool_down_s=2.0)), 26.0, 20.0, 26.0) == [0, 2]


def test_a_crossing_within_the_cool_down_fires_when_that_is_over() -> None:
    assert fired_at(ConditionWatch(hot(cool_down_s=3.0)), 26.0, 20.0, 26.0, 26.0, 26.0) == [0, 3]


def test_what_is_no_number_neither_fires_nor_goes_back() -> None:
    assert fired_at(ConditionWatch(hot()), math.nan, 26.0, math.nan, 26.0, math.inf) == [1]


def test_each_environment_is_watched_by_itself() -> None:
    watch = ConditionWatch(hot(), n_env=3)
    assert watch.fires(0, np.array([26.0, 20.0, 20.0])).tolist() == [True, False, False]
    assert watch.fires(S, np.array([26.0, 26.0, 20.0])).tolist() == [False, True, False]
    with pytest.raises(StateError, match="'hot' got 1 values for 3 environments"):
        watch.fires(2 * S, 26.0)


def test_a_row_of_one_environment_and_a_number_are_the_same() -> None:
    row, number = ConditionWatch(hot()), ConditionWatch(hot())
    for second, value in enumerate((20.0, 26.0, 26.0)):
        assert row.fires(second * S, np.array([value])).tolist() == number.fires(second * S, value).tolist()


def test_a_reset_forgets_the_firing_and_the_cool_down() -> None:
    watch = ConditionWatch(hot(cool_down_s=100.0))
    assert fired_at(watch, 26.0, 26.0) == [0]
    watch.reset()
    assert fired_at(watch, 26.0) == [0]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.floats(-10.0, 10.0)), max_size=60),
    st.booleans(),
    st.floats(0.0, 5.0),
    st.integers(0, 8),
)
def test_two_firings_have_a_return_between_them_and_the_cool_down(
    looks: list[tuple[int, float]], above: bool, hysteresis: float, cool_down_s: int
) -> None:
    watch = ConditionWatch(hot(threshold=1.0, above=above, hysteresis=hysteresis, cool_down_s=cool_down_s))
    time_s, back, last_s = 0, True, -math.inf
    for waited_s, value in looks:
        time_s += waited_s
        beyond = value > 1.0 if above else value < 1.0
        back = back or (value <= 1.0 - hysteresis if above else value >= 1.0 + hysteresis)
        fires = bool(watch.fires(time_s * S, value))
        # it fires exactly when it may and the value is beyond
        assert fires == (beyond and back and time_s - last_s >= cool_down_s)
        if fires:
            back, last_s = False, time_s


@given(st.lists(st.floats(20.0, 30.0), min_size=1, max_size=40), st.integers(0, 39))
def test_a_restored_watch_goes_on_as_if_never_stopped(values: list[float], stop: int) -> None:
    watch, again = (ConditionWatch(hot(hysteresis=1.0, cool_down_s=3.0)) for _ in range(2))
    for second, value in enumerate(values[:stop]):
        watch.fires(second * S, value)
    again.restore_state(watch.save_state())
    for second, value in enumerate(values[stop:], start=stop):
        assert watch.fires(second * S, value) == again.fires(second * S, value)


def test_a_state_saved_is_not_touched_by_going_on() -> None:
    watch = ConditionWatch(hot())
    saved = watch.save_state()
    watch.fires(0, 26.0)
    assert saved == {"armed": [True], "fired_ns": [None]}
    watch.restore_state(saved)
    watch.fires(0, 26.0)
    assert saved == {"armed": [True], "fired_ns": [None]}
    with pytest.raises(StateError, match="A state of 1 environments does not fit condition 'hot' with 2"):
        ConditionWatch(hot(), n_env=2).restore_state(saved)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "Condition '' watches row 'hall"),
        ({"row": ""}, "'hot' watches row ''. Give both a name."),
        ({"threshold": math.nan}, "'hot' has threshold nan"),
        ({"hysteresis": -1.0}, "'hot' has hysteresis -1.0. Give a number from 0 on."),
        ({"cool_down_s": -1.0}, "'hot': cool_down_s is -1.0. Give seconds from 0 on."),
    ],
)
def test_a_condition_that_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        hot(**changes)

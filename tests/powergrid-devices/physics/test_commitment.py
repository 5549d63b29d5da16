"""Orders to start and stop, and when they are carried out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powergrid_devices.physics.commitment import Commitment, carry_out


def order(
    wanted: bool, committed: float, transition_h: float = 0.0, *, startup_time_h: float = 1.5, step_h: float = 1.0
) -> Commitment:
    return carry_out(
        np.array([[wanted]]),
        np.array([[committed]]),
        np.array([[transition_h]]),
        startup_time_h=startup_time_h,
        shutdown_time_h=0.25,
        step_h=step_h,
    )


def numbers(done: Commitment) -> tuple[float, float, bool, bool]:
    return (
        float(done.connected[0, 0]),
        float(done.transition_h[0, 0]),
        bool(done.started[0, 0]),
        bool(done.stopped[0, 0]),
    )


def test_a_start_takes_its_time_and_then_part_of_an_interval() -> None:
    # 1.5 h: nothing in the first hour, half of the second
    assert numbers(order(True, 0.0)) == (0.0, 0.5, True, False)
    assert numbers(order(True, 1.0, 0.5)) == (0.5, 0.0, False, False)
    assert numbers(order(True, 1.0, 0.0)) == (1.0, 0.0, False, False)


def test_a_stopping_unit_stays_connected_for_its_shutdown_time() -> None:
    assert numbers(order(False, 1.0)) == (0.25, 0.0, False, True)
    assert numbers(order(False, 0.0)) == (0.0, 0.0, False, False)


def test_an_aborted_start_is_over_at_once_and_not_paid_again() -> None:
    assert numbers(order(False, 1.0, 0.5)) == (0.0, 0.0, False, False)


def test_an_aborted_stop_never_disconnects() -> None:
    assert numbers(order(True, 0.0, 0.1)) == (1.0, 0.0, False, False)


def test_many_short_intervals_leave_no_rest_of_a_transition() -> None:
    # 1 h less ten times 0.1 h is 1.4e-16 h in binary, which must not count as a transition
    done = order(True, 0.0, startup_time_h=1.0, step_h=0.1)
    for _ in range(9):
        done = order(True, 1.0, float(done.transition_h[0, 0]), startup_time_h=1.0, step_h=0.1)
    assert done.transition_h[0, 0] == 0.0


@given(startup_time_h=st.floats(0.0, 3.0), cuts=st.lists(st.floats(0.05, 1.0), min_size=1, max_size=6))
def test_the_connected_time_does_not_depend_on_how_time_is_cut(startup_time_h: float, cuts: list[float]) -> None:
    connected_h, committed, transition_h = 0.0, 0.0, 0.0
    for step_h in cuts:
        done = order(True, committed, transition_h, startup_time_h=startup_time_h, step_h=step_h)
        committed, transition_h = 1.0, float(done.transition_h[0, 0])
        connected_h += float(done.connected[0, 0]) * step_h
    assert connected_h == pytest.approx(max(0.0, sum(cuts) - startup_time_h), abs=1e-8)

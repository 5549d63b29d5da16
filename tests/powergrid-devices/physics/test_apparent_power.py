"""Reactive power within a rating."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from powergrid_devices.physics.apparent_power import reactive_room_mvar, reactive_share


def row(*values: float) -> np.ndarray:
    return np.array([values], dtype=np.float64)


def test_room_is_the_other_leg_of_the_triangle() -> None:
    # 3, 4, 5; nothing is left at 5, everything at 0, and above the rating there is no negative room
    room = reactive_room_mvar(row(3.0, -3.0, 5.0, 0.0, 5.5), s_rated_mva=5.0)
    np.testing.assert_allclose(room, row(4.0, 4.0, 0.0, 5.0, 0.0), rtol=1e-12)


@given(p_mw=st.floats(-2.0, 2.0))
def test_both_powers_together_make_the_rating(p_mw: float) -> None:
    room = reactive_room_mvar(row(p_mw), s_rated_mva=2.0)
    np.testing.assert_allclose(np.hypot(room, p_mw), row(2.0), rtol=1e-12)


@given(p_mw=st.floats(-3.0, 3.0))
def test_the_sign_of_the_power_does_not_matter(p_mw: float) -> None:
    settings = {"s_rated_mva": 2.0}
    assert reactive_room_mvar(row(p_mw), **settings)[0, 0] == reactive_room_mvar(row(-p_mw), **settings)[0, 0]


def test_reactive_power_comes_in_over_the_first_fifth() -> None:
    # full from 0.2 x 0.3 MW = 0.06 MW on: 0.03 MW gives one half
    share = reactive_share(row(0.0, 0.03, 0.06, 0.3), p_max_mw=0.3, q_ramp_in_fraction=0.2)
    np.testing.assert_allclose(share, row(0.0, 0.5, 1.0, 1.0), rtol=1e-12)


def test_a_fraction_of_zero_gives_all_of_it_once_the_unit_runs() -> None:
    share = reactive_share(row(0.0, 1e-6, 0.3), p_max_mw=0.3, q_ramp_in_fraction=0.0)
    np.testing.assert_allclose(share, row(0.0, 1.0, 1.0), rtol=1e-12)


@given(p_mw=st.floats(0.0, 1.0), more_mw=st.floats(0.0, 1.0), fraction=st.floats(0.0, 1.0))
def test_more_power_never_gives_less_reactive_power(p_mw: float, more_mw: float, fraction: float) -> None:
    share = reactive_share(row(p_mw, p_mw + more_mw), p_max_mw=2.0, q_ramp_in_fraction=fraction)
    assert 0.0 <= share[0, 0] <= share[0, 1] <= 1.0

"""Power of sun and wind, of consumers, and whether a setpoint was followed."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from powergrid.utils.cost import quadratic_cost
from powergrid_devices.physics.availability import fed_in_mw
from powergrid_devices.physics.consumption import shed_cost_usd, supplied
from powergrid_devices.physics.limiting import was_limited

FRACTION = st.floats(0.0, 1.0)


def row(*values: float) -> np.ndarray:
    return np.array([values], dtype=np.float64)


def test_curtailment_takes_a_fraction_of_what_is_available() -> None:
    # 0.6 of 0.3 MW is 0.18 MW, of which a quarter is not used
    power = fed_in_mw(row(0.6, 0.6, 0.6, 0.0), row(0.0, 0.25, 1.0, 0.0), p_rated_mw=0.3)
    np.testing.assert_allclose(power, row(0.18, 0.135, 0.0, 0.0), rtol=1e-12)


@given(availability=FRACTION, curtailment=FRACTION)
def test_what_is_fed_in_and_what_is_not_make_what_is_available(availability: float, curtailment: float) -> None:
    used = fed_in_mw(row(availability), row(curtailment), p_rated_mw=2.0)
    unused = fed_in_mw(row(availability), row(1.0 - curtailment), p_rated_mw=2.0)
    np.testing.assert_allclose(used + unused, row(2.0 * availability), atol=1e-14)


def test_consumption_follows_its_series_less_what_is_shed() -> None:
    # 0.2 MW x 0.8 = 0.16 MW, of which a quarter is shed
    np.testing.assert_allclose(supplied(0.2, row(0.8, 0.8), row(0.0, 0.25)), row(0.16, 0.12), rtol=1e-12)


def test_lost_load_is_paid_by_energy() -> None:
    # a quarter of 0.16 MW for half an hour is 0.02 MWh, at 5,000 USD/MWh
    cost = shed_cost_usd(0.2, row(0.8), row(0.25), shed_cost_usd_per_mwh=5000.0, step_h=0.5)
    np.testing.assert_allclose(cost, row(100.0), rtol=1e-12)


@given(profile=st.floats(0.0, 2.0), shed=FRACTION, step_h=st.floats(0.01, 24.0))
def test_energy_supplied_and_energy_lost_make_the_demand(profile: float, shed: float, step_h: float) -> None:
    lost_mwh = shed_cost_usd(0.2, row(profile), row(shed), shed_cost_usd_per_mwh=1.0, step_h=step_h)
    total_mwh = supplied(0.2, row(profile), row(shed)) * step_h + lost_mwh
    np.testing.assert_allclose(total_mwh, row(0.2 * profile * step_h), rtol=1e-12, atol=1e-15)


def test_rounding_is_no_limit() -> None:
    limited = was_limited(row(0.25, 0.25, 0.25), row(0.25, 0.25 + 1e-12, 0.24))
    assert limited.tolist() == [[False, False, True]]


@given(asked=st.floats(-1.0, 1.0), given_mw=st.floats(-1.0, 1.0))
def test_being_limited_is_symmetric(asked: float, given_mw: float) -> None:
    assert was_limited(row(asked), row(given_mw)) == was_limited(row(given_mw), row(asked))


def test_running_cost_is_quadratic() -> None:
    # 40 x 0.09 + 34 x 0.3 + 5 = 3.6 + 10.2 + 5
    np.testing.assert_allclose(quadratic_cost(row(0.3), 40.0, 34.0, 5.0), row(18.8), rtol=1e-12)

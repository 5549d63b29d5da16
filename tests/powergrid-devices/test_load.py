"""What consumers do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heron.errors import ConfigError
from powergrid.plant.bank import ArrayBank
from powergrid_devices.load import Load


def run(bank: ArrayBank, profile: float | None = None, shed: float | None = None, step_h: float = 1.0) -> ArrayBank:
    if profile is not None:
        bank.exogenous.profile[...] = profile
    if shed is not None:
        bank.setpoint.shed[...] = shed
    bank.advance(step_h)
    return bank


def value(array: np.ndarray) -> float:
    return float(array[0, 0])


def test_consumption_is_negative_power_that_follows_its_series(make_bank: Any) -> None:
    # 0.2 MW and 0.1 Mvar at 0.8 of nominal
    bank = run(make_bank(Load(p_mw=0.2, q_mvar=0.1, profile="load/BANC")), 0.8)
    assert value(bank.state.p_mw) == pytest.approx(-0.16, rel=1e-12)
    assert value(bank.state.q_mvar) == pytest.approx(-0.08, rel=1e-12)


def test_a_plain_load_takes_no_setpoint_and_answers_no_price(make_bank: Any) -> None:
    bank = run(make_bank(Load(p_mw=0.2), 3))
    assert bank.setpoint_block(0).fields == ()
    assert bank.setpoint_block(0).rows.shape == (0,)
    assert bank.respond_to_price(0, np.zeros(3)).shape == (0, 3)
    assert bank.state.p_mw.tolist() == [[-0.2, -0.2, -0.2]]


def test_shed_load_is_paid_for(make_bank: Any) -> None:
    # a quarter of 0.16 MW for half an hour is 0.02 MWh, at 5,000 USD/MWh
    unit = Load(p_mw=0.2, profile="load", sheddable=True, shed_cost_usd_per_mwh=5000.0)
    bank = run(make_bank(unit), 0.8, 0.25, step_h=0.5)
    assert value(bank.state.p_mw) == pytest.approx(-0.12, rel=1e-12)
    assert value(bank.cost_usd) == pytest.approx(100.0, rel=1e-12)


def test_no_more_than_everything_can_be_shed(make_bank: Any) -> None:
    bank = run(make_bank(Load(p_mw=0.2, sheddable=True, shed_cost_usd_per_mwh=1.0)), shed=1.5)
    assert value(bank.state.p_mw) == 0.0
    assert bank.limited["shed"].all()


def test_it_is_shed_where_energy_costs_more_than_it_is_worth(make_bank: Any) -> None:
    bank = make_bank(Load(p_mw=0.2, sheddable=True, shed_cost_usd_per_mwh=500.0), 2)
    np.testing.assert_array_equal(bank.respond_to_price(0, np.array([499.0, 501.0])), [[0.0, 1.0]])


def test_it_starts_at_nominal_consumption(make_bank: Any) -> None:
    bank = make_bank(Load(p_mw=0.2, q_mvar=-0.05))
    assert (value(bank.state.p_mw), value(bank.state.q_mvar)) == (-0.2, 0.05)


@given(profile=st.floats(0.0, 2.0), shed=st.floats(0.0, 1.0))
def test_a_load_never_feeds_in_and_the_power_factor_stays(make_bank: Any, profile: float, shed: float) -> None:
    unit = Load(p_mw=0.2, q_mvar=0.1, profile="load", sheddable=True, shed_cost_usd_per_mwh=1.0)
    bank = run(make_bank(unit), profile, shed)
    assert value(bank.state.p_mw) <= 0.0 <= value(bank.cost_usd)
    assert value(bank.state.p_mw) == pytest.approx(2.0 * value(bank.state.q_mvar), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"p_mw": -0.2}, "p_mw: must not be negative, not -0.2: the nameplate of a load counts consumption"),
        ({"p_mw": 0.2, "sheddable": True}, "shed_cost_usd_per_mwh: is 0 for a sheddable load.* value of lost load"),
        ({"p_mw": 0.2, "profile": ""}, "profile: must not be empty"),
    ],
)
def test_a_nameplate_that_makes_no_sense_is_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Load(**parameters)

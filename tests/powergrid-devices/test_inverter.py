"""What sun and wind do with their setpoints."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heron.errors import ConfigError
from powergrid.plant.bank import ArrayBank
from powergrid_devices.inverter import Inverter
from powergrid_devices.solar_pv import SolarPV
from powergrid_devices.wind_turbine import WindTurbine

KINDS = pytest.mark.parametrize("kind", [SolarPV, WindTurbine])


def run(bank: ArrayBank, availability: float, *, curtailment: float = 0.0, q_mvar: float = 0.0) -> ArrayBank:
    bank.exogenous.availability[...] = availability
    bank.setpoint.curtailment[...] = curtailment
    bank.setpoint.q_mvar[...] = q_mvar
    bank.advance(1.0)
    return bank


def value(array: np.ndarray) -> float:
    return float(array[0, 0])


@KINDS
def test_power_is_what_is_available_less_what_is_curtailed(make_bank: Any, kind: type[Inverter]) -> None:
    # 0.6 of 0.3 MW is 0.18 MW, less a quarter
    bank = make_bank(kind(p_rated_mw=0.3))
    assert value(run(bank, 0.6).state.p_mw) == pytest.approx(0.18, rel=1e-12)
    assert value(run(bank, 0.6, curtailment=0.25).state.p_mw) == pytest.approx(0.135, rel=1e-12)
    assert value(bank.cost_usd) == 0.0


def test_nothing_comes_at_night(make_bank: Any) -> None:
    assert value(run(make_bank(SolarPV(p_rated_mw=0.3)), 0.0).state.p_mw) == 0.0


@KINDS
def test_reactive_power_is_there_without_sun_or_wind(make_bank: Any, kind: type[Inverter]) -> None:
    # S = 1.1 x 0.3 = 0.33 MVA, |Q| <= 0.44 S = 0.1452 Mvar
    bank = run(make_bank(kind(p_rated_mw=0.3)), 0.0, q_mvar=0.2)
    assert value(bank.state.q_mvar) == pytest.approx(0.1452, rel=1e-12)
    assert bank.limited["q_mvar"].all()


@KINDS
def test_at_full_power_the_circle_limits_reactive_power(make_bank: Any, kind: type[Inverter]) -> None:
    # sqrt(0.33^2 - 0.3^2) = sqrt(0.0189) = 0.13748 Mvar
    bank = run(make_bank(kind(p_rated_mw=0.3)), 1.0, q_mvar=-0.1452)
    assert value(bank.state.q_mvar) == pytest.approx(-math.sqrt(0.0189), rel=1e-12)


@pytest.mark.parametrize(("asked", "done"), [(1.5, 1.0), (-0.5, 0.0)])
def test_curtailment_is_a_fraction(make_bank: Any, asked: float, done: float) -> None:
    bank = run(make_bank(SolarPV(p_rated_mw=1.0)), 0.5, curtailment=asked)
    assert value(bank.state.p_mw) == 0.5 * (1.0 - done)
    assert bank.limited["curtailment"].all()


def test_doing_nothing_feeds_in_what_is_available(make_bank: Any) -> None:
    bank = make_bank(SolarPV(p_rated_mw=1.0))
    bank.advance(1.0)
    assert value(bank.state.p_mw) == 1.0, "without a series the availability keeps its initial value"
    assert not any(flags.any() for flags in bank.limited.values())


def test_below_a_price_of_zero_nothing_is_fed_in(make_bank: Any) -> None:
    bank = make_bank(WindTurbine(p_rated_mw=1.0), 3)
    np.testing.assert_array_equal(bank.respond_to_price(0, np.array([-1.0, 0.0, 5.0])), [[1.0, 0.0, 0.0], [0.0] * 3])


def test_a_rating_of_zero_is_a_source_that_gives_nothing(make_bank: Any) -> None:
    bank = run(make_bank(WindTurbine(p_rated_mw=0.0)), 1.0, q_mvar=0.1)
    assert (value(bank.state.p_mw), value(bank.state.q_mvar)) == (0.0, 0.0)


@KINDS
@given(availability=st.floats(0.0, 1.05), curtailment=st.floats(-1.0, 2.0), q_mvar=st.floats(-1.0, 1.0))
def test_no_setpoint_leaves_the_limits(
    make_bank: Any, kind: type[Inverter], availability: float, curtailment: float, q_mvar: float
) -> None:
    bank = run(make_bank(kind(p_rated_mw=0.3)), availability, curtailment=curtailment, q_mvar=q_mvar)
    p, q = value(bank.state.p_mw), value(bank.state.q_mvar)
    assert 0.0 <= p <= availability * 0.3
    assert abs(q) <= 0.1452 * (1.0 + 1e-12)
    assert math.hypot(p, q) <= 0.33 * (1.0 + 1e-12)


def test_the_series_is_named_by_the_nameplate() -> None:
    (field,) = SolarPV(p_rated_mw=0.3, availability="solar/NP15").exogenous_fields()
    assert (field.column, field.quantity.name) == ("solar/NP15", "availability")
    assert SolarPV(p_rated_mw=0.3).availability == "solar"
    assert WindTurbine(p_rated_mw=0.3).availability == "wind"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"p_rated_mw": -0.1}, "p_rated_mw: must not be negative"),
        ({"p_rated_mw": 0.3, "s_rated_mva": 0.2}, "s_rated_mva = 0.2 cannot carry p_rated_mw = 0.3. .* for 0.33"),
        ({"p_rated_mw": 0.3, "availability": ""}, "availability: must not be empty"),
    ],
)
def test_a_nameplate_that_makes_no_sense_is_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        SolarPV(**parameters)

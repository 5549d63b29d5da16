"""What a battery does with its setpoints."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heron.errors import ConfigError
from powergrid.plant.bank import ArrayBank
from powergrid_devices.storage import ESS

DEFAULT: dict[str, Any] = {"capacity_mwh": 1.0, "p_max_mw": 0.25, "degradation_usd_per_mwh": 5.0}


def run(bank: ArrayBank, step_h: float = 1.0, **setpoints: float) -> ArrayBank:
    for name, value in setpoints.items():
        getattr(bank.setpoint, name)[...] = value
    bank.advance(step_h)
    return bank


def value(array: np.ndarray) -> float:
    return float(array[0, 0])


def test_discharging_feeds_the_grid_and_empties_the_cells(make_bank: Any) -> None:
    # 0.19 MW for 1 h at 95 % draws 0.2 MWh of 1 MWh: 0.5 -> 0.3; wear 0.2 x 5 USD
    bank = run(make_bank(ESS(**DEFAULT)), p_mw=0.19)
    assert value(bank.state.p_mw) == 0.19
    assert value(bank.state.soc) == pytest.approx(0.3, rel=1e-12)
    assert value(bank.cost_usd) == pytest.approx(1.0, rel=1e-12)


def test_charging_takes_from_the_grid_and_fills_the_cells(make_bank: Any) -> None:
    # -0.2 MW for 30 min at 95 % stores 0.095 MWh of 2 MWh: 0.5 + 0.0475; wear 0.095 x 5 = 0.475 USD
    bank = run(make_bank(ESS(**{**DEFAULT, "capacity_mwh": 2.0})), step_h=0.5, p_mw=-0.2)
    assert value(bank.state.soc) == pytest.approx(0.5475, rel=1e-12)
    assert value(bank.cost_usd) == pytest.approx(0.475, rel=1e-12)


def test_an_almost_empty_battery_gives_what_it_has(make_bank: Any) -> None:
    # 0.15 - 0.1 = 0.05 MWh yields 0.0475 MWh
    bank = run(make_bank(ESS(**DEFAULT, soc_initial=0.15)), p_mw=0.25)
    assert value(bank.state.p_mw) == pytest.approx(0.0475, rel=1e-12)
    assert value(bank.state.soc) == pytest.approx(0.1, rel=1e-12)
    assert bank.limited["p_mw"].all()


def test_doing_nothing_costs_nothing_and_is_not_limited(make_bank: Any) -> None:
    bank = run(make_bank(ESS(**DEFAULT)))
    assert (value(bank.state.p_mw), value(bank.state.soc), value(bank.cost_usd)) == (0.0, 0.5, 0.0)
    assert not bank.limited["p_mw"].any()


def test_filling_a_battery_to_the_brim_is_no_limit(make_bank: Any) -> None:
    bank = make_bank(ESS(capacity_mwh=1.0, p_max_mw=0.4, eta_charge=1.0))
    assert not run(bank, p_mw=-0.4).limited["p_mw"].any()
    assert value(bank.state.soc) == pytest.approx(0.9, abs=1e-14)


def test_unity_power_factor_means_no_setpoint_for_reactive_power(make_bank: Any) -> None:
    assert [field.name for field in ESS(**DEFAULT).setpoint_fields()] == ["p_mw"]
    assert value(run(make_bank(ESS(**DEFAULT)), p_mw=0.2).state.q_mvar) == 0.0


def test_the_converter_gives_reactive_power_within_its_rating(make_bank: Any) -> None:
    # sqrt(0.25^2 - 0.2^2) = 0.15 of 0.2 Mvar beside 0.2 MW, all 0.2 of it, and no more, without active power
    bank = make_bank(ESS(**DEFAULT, q_max_mvar=0.2, s_rated_mva=0.25))
    assert value(run(bank, p_mw=0.2, q_mvar=-0.2).state.q_mvar) == pytest.approx(-0.15, rel=1e-12)
    assert bank.limited["q_mvar"].all()
    assert value(run(bank, p_mw=0.0, q_mvar=0.24).state.q_mvar) == 0.2


def test_a_start_outside_the_window_is_a_violation_until_it_is_left(make_bank: Any) -> None:
    # 0.05 below the window of 0.1; 0.2 MW charge 0.19 MWh
    bank = make_bank(ESS(**DEFAULT))
    bank.state.soc[...] = 0.05
    assert value(run(bank, p_mw=0.2).state.p_mw) == 0.0
    assert value(bank.violation) == pytest.approx(0.05)
    assert value(run(bank, p_mw=-0.2).state.soc) == pytest.approx(0.24)
    assert value(run(bank, p_mw=0.0).violation) == 0.0


def test_settlement_counts_the_way_through_the_converter(make_bank: Any) -> None:
    # 0.5 MWh stored; +0.1 MWh is worth 0.095, -0.1 MWh costs 0.10526
    bank = make_bank(ESS(**DEFAULT))
    stored = bank.stored_mwh()
    assert stored is not None
    assert value(stored) == 0.5
    worth = bank.parameters.settlement_mwh(np.array([[0.1, -0.1]]))
    np.testing.assert_allclose(worth, [[0.095, -0.1 / 0.95]], rtol=1e-12)


def test_the_answer_to_a_price_has_two_thresholds(make_bank: Any) -> None:
    bank = make_bank(ESS(**DEFAULT, charge_below_usd_per_mwh=20.0, discharge_above_usd_per_mwh=50.0), 3)
    np.testing.assert_array_equal(bank.respond_to_price(0, np.array([10.0, 30.0, 60.0])), [[-0.25, 0.0, 0.25]])


batteries = st.builds(
    ESS,
    capacity_mwh=st.floats(0.01, 100.0),
    p_max_mw=st.floats(0.0, 10.0),
    p_min_mw=st.floats(-10.0, 0.0),
    soc_initial=st.floats(0.2, 0.8),
    soc_min=st.floats(0.0, 0.2),
    soc_max=st.floats(0.8, 1.0),
    eta_charge=st.floats(0.3, 1.0),
    eta_discharge=st.floats(0.3, 1.0),
    degradation_usd_per_mwh=st.floats(0.0, 50.0),
)
orders = st.lists(st.tuples(st.floats(-20.0, 20.0), st.floats(1e-3, 24.0)), min_size=1, max_size=20)


@given(battery=batteries, asked=orders)
def test_no_sequence_of_setpoints_creates_energy(
    make_bank: Any, battery: ESS, asked: list[tuple[float, float]]
) -> None:
    bank = make_bank(battery)
    moved_mwh = bought_mwh = sold_mwh = 0.0
    for p_mw, step_h in asked:
        run(bank, step_h, p_mw=p_mw)
        p = value(bank.state.p_mw)
        assert battery.p_min_mw <= p <= battery.p_max_mw
        assert p * p_mw >= 0.0, "a battery never does the opposite of what it is asked"
        assert battery.soc_min <= value(bank.state.soc) <= battery.soc_max
        assert value(bank.cost_usd) >= 0.0
        assert value(bank.violation) == 0.0
        assert bool(bank.limited["p_mw"][0, 0]) == (abs(p - p_mw) > 1e-9)
        moved_mwh -= max(p, 0.0) * step_h / battery.eta_discharge + min(p, 0.0) * step_h * battery.eta_charge
        sold_mwh += max(p, 0.0) * step_h
        bought_mwh -= min(p, 0.0) * step_h
    stored = (value(bank.state.soc) - battery.soc_initial) * battery.capacity_mwh
    scale = 1e-12 * max(battery.capacity_mwh, bought_mwh + sold_mwh)
    assert stored == pytest.approx(moved_mwh, abs=scale)
    assert sold_mwh + stored <= bought_mwh + scale


@given(battery=batteries, p_mw=st.floats(-20.0, 20.0), split=st.floats(0.1, 0.9))
def test_two_short_intervals_move_as_much_energy_as_a_long_one(
    make_bank: Any, battery: ESS, p_mw: float, split: float
) -> None:
    whole, parts = run(make_bank(battery), p_mw=p_mw), make_bank(battery)
    energy = value(run(parts, split, p_mw=p_mw).state.p_mw) * split
    energy += value(run(parts, 1.0 - split).state.p_mw) * (1.0 - split)
    assert energy == pytest.approx(value(whole.state.p_mw), rel=1e-11, abs=1e-12)
    assert value(parts.state.soc) == pytest.approx(value(whole.state.soc), abs=1e-12)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"capacity_mwh": 0.0}, "capacity_mwh: must be positive, not 0.0"),
        ({"p_min_mw": 0.2}, r"p_min_mw: must be zero or negative \(positive flows into the grid\), not 0.2"),
        ({"soc_min": 0.9, "soc_max": 0.1}, "soc_min = 0.9 is not below soc_max = 0.1"),
        ({"soc_max": 90.0}, "soc_max: must be from 0 to 1, not 90.0"),
        ({"soc_initial": 0.95}, "soc_initial = 0.95 is outside soc_min = 0.1 to soc_max = 0.9. Start inside"),
        ({"eta_charge": 0.0}, "eta_charge: must be above 0 and at most 1"),
        ({"eta_discharge": 95.0}, "eta_discharge: must be above 0 and at most 1, not 95.0"),
        ({"s_rated_mva": 0.1}, "s_rated_mva = 0.1 cannot carry"),
        ({"charge_below_usd_per_mwh": 70.0}, "70 is above discharge_above_usd_per_mwh = 60. Charge at the lower"),
        ({"degradation_usd_per_mwh": -1.0}, "degradation_usd_per_mwh: must not be negative"),
    ],
)
def test_a_nameplate_that_makes_no_sense_is_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ESS(**{**DEFAULT, **parameters})


def test_what_is_left_out_follows_from_the_rest() -> None:
    battery = ESS(capacity_mwh=1.0, p_max_mw=0.3, q_max_mvar=0.4)
    assert (battery.p_min_mw, battery.s_rated_mva) == (-0.3, 0.5)

"""What a generator does with its setpoints."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heron.errors import ConfigError
from powergrid.plant.bank import ArrayBank
from powergrid_devices.generator import Generator

DEFAULT: dict[str, Any] = {
    "p_max_mw": 0.3,
    "q_max_mvar": 0.15,
    "s_rated_mva": 0.33,
    "cost_curve_coefs": (40.0, 34.0, 0.0),
}


def run(bank: ArrayBank, step_h: float = 1.0, **setpoints: float) -> ArrayBank:
    for name, value in setpoints.items():
        getattr(bank.setpoint, name)[...] = value
    bank.advance(step_h)
    return bank


def p_of(bank: ArrayBank) -> float:
    return float(bank.state.p_mw[0, 0])


def test_fuel_is_paid_by_power_and_time(make_bank: Any) -> None:
    # (40 x 0.2 + 34) x 0.2 = 8.4 USD/h for half an hour
    bank = run(make_bank(Generator(**DEFAULT)), step_h=0.5, p_mw=0.2)
    assert p_of(bank) == 0.2
    assert bank.cost_usd[0, 0] == pytest.approx(4.2, rel=1e-12)


def test_the_constant_cost_is_paid_only_while_running(make_bank: Any) -> None:
    bank = make_bank(Generator(p_max_mw=0.3, cost_curve_coefs=(0.0, 0.0, 7.0)))
    assert run(bank, p_mw=0.0).cost_usd[0, 0] == 0.0
    assert run(bank, p_mw=0.1).cost_usd[0, 0] == 7.0


def test_doing_nothing_is_the_lowest_power(make_bank: Any) -> None:
    # (1 x 0.5 + 10) x 0.5 = 5.25 USD/h
    bank = run(make_bank(Generator(p_max_mw=2.0, p_min_mw=0.5, cost_curve_coefs=(1.0, 10.0, 0.0))))
    assert p_of(bank) == 0.5
    assert bank.cost_usd[0, 0] == pytest.approx(5.25)


@pytest.mark.parametrize(("asked", "done"), [(0.4, 0.3), (-0.1, 0.0), (math.inf, 0.3)])
def test_power_outside_its_limits_is_limited_and_said(make_bank: Any, asked: float, done: float) -> None:
    bank = run(make_bank(Generator(**DEFAULT)), p_mw=asked)
    assert p_of(bank) == done
    assert bank.limited["p_mw"].all()
    assert not run(bank, p_mw=done).limited["p_mw"].any()


def test_reactive_power_needs_a_running_unit(make_bank: Any) -> None:
    # full from 0.2 x 0.3 = 0.06 MW on; 0.03 MW allows half of 0.15 Mvar
    bank = run(make_bank(Generator(**DEFAULT)), p_mw=0.0, q_mvar=0.15)
    assert bank.state.q_mvar[0, 0] == 0.0
    assert bank.limited["q_mvar"].all()
    assert run(bank, p_mw=0.03, q_mvar=-0.15).state.q_mvar[0, 0] == pytest.approx(-0.075, rel=1e-12)
    assert run(bank, p_mw=0.06, q_mvar=0.15).state.q_mvar[0, 0] == 0.15


def test_reactive_power_stays_within_the_circle(make_bank: Any) -> None:
    # sqrt(0.33^2 - 0.3^2) = sqrt(0.0189) = 0.13748 Mvar at full power
    bank = run(make_bank(Generator(**DEFAULT)), p_mw=0.3, q_mvar=0.15)
    assert bank.state.q_mvar[0, 0] == pytest.approx(math.sqrt(0.0189), rel=1e-12)


def test_reactive_limits_may_differ_by_sign(make_bank: Any) -> None:
    bank = make_bank(Generator(p_max_mw=0.3, q_max_mvar=0.15, q_min_mvar=-0.05))
    assert run(bank, p_mw=0.2, q_mvar=-0.15).state.q_mvar[0, 0] == -0.05


def test_without_reactive_power_there_is_no_setpoint_for_it(make_bank: Any) -> None:
    unit = Generator(p_max_mw=0.3)
    assert [field.name for field in unit.setpoint_fields()] == ["p_mw"]
    assert run(make_bank(unit), p_mw=0.2).state.q_mvar[0, 0] == 0.0


def test_power_ramps_from_interval_to_interval(make_bank: Any) -> None:
    # 0.2 MW/h in half-hour steps: 0.1, 0.2, 0.3 up, then down
    bank = make_bank(Generator(p_max_mw=0.3, ramp_mw_per_h=0.2))
    up = [p_of(run(bank, 0.5, p_mw=0.3)) for _ in range(3)]
    assert up == pytest.approx([0.1, 0.2, 0.3])
    assert not bank.limited["p_mw"].any()
    assert [p_of(run(bank, 0.5, p_mw=0.0)) for _ in range(3)] == pytest.approx([0.2, 0.1, 0.0], abs=1e-12)


def test_starting_is_paid_once_and_stopping_once(make_bank: Any) -> None:
    bank = make_bank(Generator(p_max_mw=0.3, startup_cost_usd=20.0, shutdown_cost_usd=5.0))
    costs = [run(bank, p_mw=p).cost_usd[0, 0] for p in (0.0, 0.1, 0.3, 0.0, 0.0, 0.2)]
    assert costs == [0.0, 20.0, 0.0, 5.0, 0.0, 20.0]


def test_a_starting_unit_gives_and_burns_nothing_until_it_connects(make_bank: Any) -> None:
    # 1.5 h to start: nothing, then half an hour of 0.2 MW, mean 0.1; fuel (0 + 30) x 0.2 x 0.5 = 3 USD
    bank = make_bank(Generator(p_max_mw=0.3, q_max_mvar=0.1, cost_curve_coefs=(0.0, 30.0, 0.0), startup_time_h=1.5))
    run(bank, p_mw=0.2, q_mvar=0.1)
    assert (p_of(bank), bank.state.q_mvar[0, 0], bank.cost_usd[0, 0]) == (0.0, 0.0, 0.0)
    assert bank.limited["p_mw"].all()
    assert (bank.state.committed[0, 0], bank.state.transition_h[0, 0]) == (1.0, 0.5)
    run(bank)
    assert p_of(bank) == pytest.approx(0.1)
    assert bank.state.q_mvar[0, 0] == pytest.approx(0.05)
    assert bank.cost_usd[0, 0] == pytest.approx(3.0)
    assert p_of(run(bank)) == 0.2


def test_a_unit_that_can_be_switched_stops_at_its_lowest_power(make_bank: Any) -> None:
    # half an hour at 0.1 MW while it stops: mean 0.05
    unit = Generator(p_max_mw=0.3, p_min_mw=0.1, switchable=True, shutdown_time_h=0.5, shutdown_cost_usd=5.0)
    bank = run(make_bank(unit), p_mw=0.3, on=1.0)
    assert (p_of(bank), bank.cost_usd[0, 0]) == (0.3, 0.0)
    run(bank, p_mw=0.3, on=0.0)
    assert (p_of(bank), bank.cost_usd[0, 0]) == (0.05, 5.0)
    assert bank.limited["p_mw"].all()
    assert (p_of(run(bank)), bank.cost_usd[0, 0]) == (0.0, 0.0)
    assert not bank.limited["p_mw"].any()


def test_a_unit_that_still_ramps_down_cannot_disconnect(make_bank: Any) -> None:
    # 0.3 -> 0.2 -> 0.1 = p_min, which is where it may disconnect: 0
    bank = run(make_bank(Generator(p_max_mw=0.3, p_min_mw=0.1, ramp_mw_per_h=0.1, switchable=True)), p_mw=0.2)
    run(bank, p_mw=0.3)
    assert [p_of(run(bank, on=0.0)) for _ in range(2)] == pytest.approx([0.2, 0.0], abs=1e-12)


def test_the_answer_to_a_price_is_where_marginal_cost_meets_it(make_bank: Any) -> None:
    # 80 P + 34 = 46
    bank = make_bank([Generator(**DEFAULT), Generator(**{**DEFAULT, "p_max_mw": 0.1})], 2)
    np.testing.assert_allclose(bank.respond_to_price(0, np.array([46.0, 10.0])), [[0.15, 0.0], [0.0, 0.0]])
    np.testing.assert_allclose(bank.respond_to_price(1, np.array([46.0, 10.0])), [[0.1, 0.0], [0.0, 0.0]])


def test_it_starts_at_rest_unless_it_always_runs(make_bank: Any) -> None:
    assert make_bank(Generator(p_max_mw=0.3)).state.committed[0, 0] == 0.0
    running = make_bank(Generator(p_max_mw=2.0, p_min_mw=0.5, startup_cost_usd=99.0))
    assert (p_of(running), running.state.committed[0, 0]) == (0.5, 1.0)
    assert run(running).cost_usd[0, 0] == 0.0


@given(
    asked=st.lists(st.tuples(st.floats(-1.0, 1.0), st.floats(-1.0, 1.0), st.floats(0.0, 1.0)), max_size=12),
    p_min_mw=st.floats(0.0, 0.3),
    ramp_mw_per_h=st.floats(0.01, 2.0) | st.just(math.inf),
    startup_time_h=st.floats(0.0, 3.0),
    switchable=st.booleans(),
)
def test_no_sequence_of_setpoints_leaves_the_limits(
    make_bank: Any,
    asked: list[tuple[float, float, float]],
    p_min_mw: float,
    ramp_mw_per_h: float,
    startup_time_h: float,
    switchable: bool,
) -> None:
    settings = {"ramp_mw_per_h": ramp_mw_per_h, "startup_time_h": startup_time_h, "switchable": switchable}
    bank = make_bank(Generator(**DEFAULT, p_min_mw=p_min_mw, **settings))
    for p_mw, q_mvar, on in asked:
        run(bank, p_mw=p_mw, q_mvar=q_mvar, **({"on": on} if switchable else {}))
        p, q = p_of(bank), float(bank.state.q_mvar[0, 0])
        assert 0.0 <= p <= 0.3
        assert abs(q) <= 0.15
        assert math.hypot(p, q) <= 0.33 * (1.0 + 1e-12)
        assert q == 0.0 or p > 0.0
        assert bank.cost_usd[0, 0] >= 0.0
        assert bool(bank.limited["p_mw"][0, 0]) or p == pytest.approx(
            p_mw if on >= 0.5 or not switchable else 0.0, abs=2e-9
        )


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"p_max_mw": -1.0}, r"p_max_mw: must be positive, not -1\.0"),
        ({"p_max_mw": 1.0, "p_min_mw": 2.0}, "p_min_mw = 2 is above p_max_mw = 1. Lower p_min_mw"),
        ({"p_max_mw": 1.0, "q_min_mvar": 0.1}, "q_min_mvar: must be zero or negative, not 0.1"),
        ({"p_max_mw": 1.0, "s_rated_mva": 0.9}, "s_rated_mva = 0.9 cannot carry p_max_mw = 1. Raise it"),
        ({"p_max_mw": 1.0, "cost_curve_coefs": (1.0, -2.0, 0.0)}, "three numbers that are not negative"),
        ({"p_max_mw": 1.0, "cost_curve_coefs": (1.0, 2.0)}, r"not \[1\.0, 2\.0\]\. Give \[a, b, c\]"),
        ({"p_max_mw": 1.0, "ramp_mw_per_h": 0.0}, "ramp_mw_per_h: must be above 0"),
        ({"p_max_mw": 1.0, "q_ramp_in_fraction": 1.5}, "q_ramp_in_fraction: must be from 0 to 1"),
    ],
)
def test_a_nameplate_that_makes_no_sense_is_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Generator(**parameters)


def test_all_findings_come_at_once() -> None:
    with pytest.raises(ConfigError, match="Generator has 2 findings"):
        Generator(p_max_mw=1.0, p_min_mw=2.0, startup_time_h=-1.0)


def test_what_is_left_out_follows_from_the_rest() -> None:
    unit = Generator(p_max_mw=0.3, q_max_mvar=0.4)
    assert (unit.q_min_mvar, unit.s_rated_mva) == (-0.4, 0.5)

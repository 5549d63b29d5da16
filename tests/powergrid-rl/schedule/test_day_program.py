"""The linear program of one day, in cases that can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from powergrid.optimization import StorageLimits
from powergrid_rl.schedule.day_program import DayTerms, improved
from powergrid_rl.schedule.entries import Entry
from powergrid_rl.schedule.probe import Reading

GENERATOR = Entry(agent="MG1", place=0, half_mw=0.5, middle_mw=0.5, curvature=40.0)
BATTERY = Entry(
    agent="MG1",
    place=0,
    half_mw=0.5,
    capacity_mwh=1.0,
    storage=StorageLimits(
        charge_max_mw=0.5,
        discharge_max_mw=0.5,
        energy_min_mwh=0.0,
        energy_max_mwh=1.0,
        energy_start_mwh=0.5,
        eta_charge=1.0,
        eta_discharge=1.0,
        degradation_usd_per_mwh=0.0,
    ),
)


def terms(price: list[float], **changes: object) -> DayTerms:
    usual = {
        "price_usd_per_mwh": np.array(price),
        "step_h": 1.0,
        "settle": False,
        "penalty_usd_per_pu": np.array([3000.0]),
        "overload_usd": 300.0,
        "band_pu": (0.95, 1.05),
    }
    return DayTerms(**{**usual, **changes})


def base(n_step: int, *, vm: float = 1.0, loading: float = 0.5) -> Reading:
    one = np.ones((n_step, 1))
    return Reading(
        cost_usd=np.zeros(n_step),
        import_mw=np.zeros(n_step),
        vm_min_pu=vm * one,
        vm_max_pu=vm * one,
        loading=loading * one,
    )


def slopes(n_step: int, *, cost: float = 0.0, imported: float = 0.0, vm: float = 0.0, loading: float = 0.0) -> Reading:
    one = np.ones((n_step, 1))
    return Reading(
        cost_usd=cost * one,
        import_mw=imported * one,
        vm_min_pu=vm * one[..., np.newaxis],
        vm_max_pu=vm * one[..., np.newaxis],
        loading=loading * one[..., np.newaxis],
    )


def change(entry: Entry, day: DayTerms, reach: float, *, start: float = 0.0, at: Reading, by: Reading) -> np.ndarray:
    n_step = len(day.price_usd_per_mwh)
    found = improved(np.full((n_step, 1), start), at, by, [entry], day, reach=reach)
    assert found is not None
    return found[:, 0] - start


def test_a_generator_goes_where_its_curvature_meets_the_slope() -> None:
    # Extra cost 40 (0.5 d)^2 = 10 d^2, slope -4: best d = 0.2 of a reach of 0.4. The tangents at 0, 0.2 and 0.4 meet at
    # 0.1 and 0.3, so the program finds a point between these.
    (found,) = change(GENERATOR, terms([0.0]), 0.4, at=base(1), by=slopes(1, cost=-4.0))
    assert 0.1 - 1e-9 <= found <= 0.3 + 1e-9


def test_what_has_no_curvature_goes_as_far_as_is_trusted() -> None:
    entry = Entry(agent="MG1", place=0)
    np.testing.assert_allclose(change(entry, terms([0.0]), 0.3, at=base(1), by=slopes(1, cost=-1.0)), [0.3])
    # and no farther than -1 … 1
    found = change(entry, terms([0.0]), 0.3, start=0.9, at=base(1), by=slopes(1, cost=-1.0))
    np.testing.assert_allclose(found, [0.1])


def test_a_voltage_limit_stops_a_change_that_pays_less_than_the_penalty() -> None:
    # 1.04 + 0.1 d at most 1.05 less a margin of 0.0002: d = 0.098. A penalty of 3000 x 0.1 per unit outweighs 1.
    entry = Entry(agent="MG1", place=0)
    found = change(entry, terms([0.0]), 0.5, at=base(1, vm=1.04), by=slopes(1, cost=-1.0, vm=0.1))
    np.testing.assert_allclose(found, [0.098], atol=1e-9)
    cheap = terms([0.0], penalty_usd_per_pu=np.array([5.0]))
    np.testing.assert_allclose(change(entry, cheap, 0.5, at=base(1, vm=1.04), by=slopes(1, cost=-1.0, vm=0.1)), [0.5])


def test_a_voltage_below_the_band_is_lifted() -> None:
    # 0.94 + 0.1 d at least 0.95 and the margin: d = 0.102, though each unit costs 1
    entry = Entry(agent="MG1", place=0)
    found = change(entry, terms([0.0]), 0.5, at=base(1, vm=0.94), by=slopes(1, cost=1.0, vm=0.1))
    np.testing.assert_allclose(found, [0.102], atol=1e-9)


def test_an_overload_is_avoided_as_it_is_priced() -> None:
    # 0.9 + 0.5 d at most 0.9998: d = 0.1996
    entry = Entry(agent="MG1", place=0)
    found = change(entry, terms([0.0]), 0.5, at=base(1, loading=0.9), by=slopes(1, cost=-1.0, loading=0.5))
    np.testing.assert_allclose(found, [0.1996], atol=1e-9)


def test_a_battery_buys_low_and_sells_high_within_what_it_holds() -> None:
    # 0.5 MWh stored of 1: full charging of 0.5 MW at 10, full discharging at 90; a unit is 0.5 MW less import
    found = change(BATTERY, terms([10.0, 90.0], settle=True), 1.0, at=base(2), by=slopes(2, imported=-0.5))
    np.testing.assert_allclose(found, [-1.0, 1.0], atol=1e-9)
    # half the reach moves half the power
    found = change(BATTERY, terms([10.0, 90.0], settle=True), 0.5, at=base(2), by=slopes(2, imported=-0.5))
    np.testing.assert_allclose(found, [-0.5, 0.5], atol=1e-9)


def test_a_battery_is_never_asked_for_more_than_it_holds() -> None:
    # 0.5 MWh are sold where the price is highest, and no more
    found = change(BATTERY, terms([50.0, 90.0, 60.0]), 1.0, at=base(3), by=slopes(3, imported=-0.5))
    np.testing.assert_allclose(found, [-1.0, 1.0, 1.0], atol=1e-9)
    assert np.cumsum(found)[-1] * 0.5 == pytest.approx(0.5)


def test_at_a_negative_price_a_battery_does_one_thing_at_a_time() -> None:
    # full: nothing more can be stored, and charging while discharging would be paid
    assert BATTERY.storage is not None
    full = replace(BATTERY, storage=replace(BATTERY.storage, energy_start_mwh=1.0, eta_charge=0.8, eta_discharge=0.8))
    found = change(full, terms([-50.0]), 1.0, at=base(1), by=slopes(1, imported=-0.5))
    np.testing.assert_allclose(found, [0.0], atol=1e-9)


def test_a_program_without_a_solution_is_said_to_have_none() -> None:
    assert BATTERY.storage is not None
    broken = replace(BATTERY, storage=replace(BATTERY.storage, energy_min_mwh=5.0, energy_max_mwh=6.0))
    found = improved(np.zeros((1, 1)), base(1), slopes(1), [broken], terms([10.0]), reach=0.1)
    assert found is None

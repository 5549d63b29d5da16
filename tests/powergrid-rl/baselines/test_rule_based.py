"""The rule-based controller, decision by decision."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from small_world import BATTERY, GENERATOR, SUN, alone, attached, days, device

from powergrid.envs import MultiAgentMicrogrids
from powergrid_rl.baselines import RuleBasedPolicy, rule_based, rule_based_forecast
from powergrid_rl.baselines.rule_based import known_prices, merit_order

HOURS = [float(hour) for hour in range(24)]


def decisions(config: dict[str, Any], maker: Any = rule_based, **settings: Any) -> list[dict[str, float]]:
    """Action of every hour of a day by entry, at unchanged state of charge, in -1 … 1."""
    env = MultiAgentMicrogrids({**config, "train": False})
    env.reset(seed=0, options={"day": 0})
    policy = maker(env, "MG1", **settings)
    names = env.core.control.action_names["MG1"]
    found = []
    while env.agents:
        (action,) = policy.act(env.core.observe("MG1"))
        found.append(dict(zip(names, action.tolist(), strict=True)))
        env.step({"MG1": env.core.control.neutral("MG1")})
    return found


def one_hour(price: float, *devices: dict[str, Any], load: float = 0.5, solar: float = 0.5, **more: Any) -> Any:
    """First decision of a day at one price."""
    world = more.pop("world", alone)
    settings = {key: more.pop(key) for key in list(more) if key not in ("penalty", "forecast_steps")}
    config = world(*devices, dataset=days([price] * 24, load=load, solar=solar), **more)
    return decisions(config, **settings)[0]


def test_a_generator_runs_where_its_marginal_cost_meets_the_price() -> None:
    # 2 x 40 P + 30 = price (days of the small world differ by 1 USD/MWh, the first held-out day is the third: +2).
    # At 44 + 2: P = 0.2 of 0 … 0.3 MW: 2 x 0.2 / 0.3 - 1 = 1/3
    assert one_hour(44.0, GENERATOR)["gen1.p_mw"] == pytest.approx(1.0 / 3.0, abs=1e-9)
    assert one_hour(10.0, GENERATOR)["gen1.p_mw"] == -1.0


def test_straight_fuel_cost_gives_all_or_nothing() -> None:
    unit = SimpleNamespace(cost_curve_coefs=(0.0, 30.0, 0.0), p_min_mw=0.1, p_max_mw=0.3)
    np.testing.assert_allclose(merit_order(unit, np.array([29.0, 31.0])), [0.1, 0.3])


def test_a_battery_charges_at_midday_and_discharges_in_the_evening() -> None:
    found = decisions(alone(BATTERY, dataset=days([40.0] * 24, load=0.5)))
    charging = [hour for hour, action in zip(HOURS, found, strict=True) if action["ess1.p_mw"] < 0.0]
    discharging = [hour for hour, action in zip(HOURS, found, strict=True) if action["ess1.p_mw"] > 0.0]
    assert charging == [9.0, 10.0, 11.0, 12.0, 13.0, 14.0]
    assert discharging == [17.0, 18.0, 19.0, 20.0, 21.0]


def test_a_battery_asks_for_no_more_than_it_can_hold() -> None:
    # 0.15 MWh of room at 95 %: 0.15 / 0.95 = 0.1579 MW of 0.25; stored 0.65 gives the full 0.25
    nearly_full = device("SmallBattery", "ess1", soc_initial=0.75)
    found = decisions(alone(nearly_full, dataset=days([40.0] * 24, load=0.1)))
    assert found[9]["ess1.p_mw"] == pytest.approx(-0.15 / 0.95 / 0.25, abs=1e-9)
    assert found[17]["ess1.p_mw"] == pytest.approx(1.0, abs=1e-9)


def test_with_known_prices_it_charges_in_the_cheapest_hours_to_come() -> None:
    # A fifth of 24 values is the lowest five and the highest five (quantiles 0.2 and 0.8 at 4.6 from either end).
    prices = [30.0 + hour for hour in range(24)]
    config = alone(BATTERY, dataset=days(prices, load=0.5), forecast_steps={"price": 23})
    found = decisions(config, rule_based_forecast)
    assert [action["ess1.p_mw"] < 0.0 for action in found[:6]] == [True] * 6  # nothing cheaper follows before midnight
    assert found[23]["ess1.p_mw"] > 0.0


def test_flat_known_prices_leave_the_battery_alone() -> None:
    table = days([40.0] * 24, load=0.5)
    flat = table.__class__.from_arrays(
        {"load": table.column("load"), "solar": table.column("solar"), "price": np.full(table.n_step, 40.0)},
        splits=table.splits,
    )
    config = alone(BATTERY, dataset=flat, forecast_steps={"price": 3})
    assert {action["ess1.p_mw"] for action in decisions(config, rule_based_forecast)} == {0.0}


def test_known_prices_are_taken_nearest_first() -> None:
    stem = "market.forecast.price_usd_per_mwh_"
    assert known_prices([f"{stem}10", f"{stem}2", "market.exogenous.price_usd_per_mwh"]) == [f"{stem}2", f"{stem}10"]


def test_sun_is_curtailed_below_zero_and_used_above() -> None:
    assert one_hour(-10.0, SUN)["pv1.curtailment"] == 1.0
    assert one_hour(10.0, SUN)["pv1.curtailment"] == -1.0


def test_import_beyond_the_limit_starts_the_generator_at_any_price() -> None:
    # Load 0.52, limit 0.74 x 0.52 = 0.385: the generator covers 0.26 x 0.52 = 0.1352 MW though the price is below cost.
    action = one_hour(0.0, GENERATOR, load=1.0)
    assert action["gen1.p_mw"] == pytest.approx(2.0 * 0.26 * 0.5199 / 0.3 - 1.0, abs=1e-6)


def test_import_beyond_the_limit_stops_the_charging_before_anything_else() -> None:
    found = decisions(alone(BATTERY, GENERATOR, dataset=days([0.0] * 24, load=1.0)))
    # the load alone is above the limit at noon: no charging, and the generator covers the rest
    assert found[12]["ess1.p_mw"] == 0.0
    assert found[12]["gen1.p_mw"] > -1.0


def test_export_beyond_the_limit_holds_battery_then_generator_then_sun_back() -> None:
    # No load to speak of: export at most 0.69 x 0.52 = 0.3587 MW. Sun of 0.5 MW alone is more: 0.1413 is curtailed.
    big = device("SmallSource", "pv1", p_rated_mw=0.5)
    found = decisions(alone(GENERATOR, BATTERY, big, dataset=days([90.0] * 24, load=0.0, solar=1.0)))[18]
    assert found["ess1.p_mw"] == 0.0
    assert found["gen1.p_mw"] == -1.0
    curtailed = (0.5 - 0.69 * 0.5199) / 0.5
    assert found["pv1.curtailment"] == pytest.approx(2.0 * curtailed - 1.0, abs=1e-6)


def test_reactive_power_follows_the_expected_import() -> None:
    # Load at half: import 0.26 of 0.52: 1.6 x (0.5 - 0.05) = 0.72. Sun of 0.5 x 0.2 MW: 1.6 x (0.5 - 0.1923 - 0.05)
    assert one_hour(10.0, GENERATOR)["gen1.q_mvar"] == pytest.approx(0.72, abs=1e-6)
    with_sun = 1.6 * (0.5 - 0.1 / 0.5199 - 0.05)
    assert one_hour(10.0, SUN)["pv1.q_mvar"] == pytest.approx(with_sun, abs=1e-6)


def test_reactive_power_leaves_the_transformer_within_its_rating() -> None:
    # 0.475 of 0.5 MVA may be used. Import 0.7 x 0.52 = 0.364 MW leaves sqrt(0.475^2 - 0.364^2) = 0.305 Mvar. The load
    # draws 0.7 x 0.315 - 0.105 = 0.116, so at most 0.421 Mvar may be injected: a source of 2 Mvar, of which the rule
    # wants 1.6 x (0.7 - 0.05) = 1.04, cut to all of it, gives 0.21 of it.
    strong = device("SmallSource", "pv1", p_rated_mw=0.0, q_max_mvar=2.0)
    flat = alone(strong, dataset=days([10.0] * 24, load=0.7))
    behind = attached(strong, dataset=days([10.0] * 24, load=0.7))
    assert decisions(flat)[0]["pv1.q_mvar"] == 1.0
    p, q = 0.7 * 0.51992, 0.7 * 0.31529 - 0.105
    room = np.sqrt(0.475**2 - p**2)
    assert decisions(behind)[0]["pv1.q_mvar"] == pytest.approx((q + room) / 2.0, rel=2e-3)


def test_a_generator_at_rest_counts_for_no_reactive_power_in_that() -> None:
    # Nothing has reactive power: no share is asked for, and nothing is divided by zero.
    still = device("SmallGenerator", "gen1", p_max_mw=0.1)
    found = one_hour(-50.0, still, load=0.2, world=attached)
    assert found["gen1.q_mvar"] == 0.0


def test_a_microgrid_without_load_has_no_limit_to_go_by() -> None:
    found = decisions(alone(GENERATOR, microgrid_configs=[_without_load()], dataset=days([90.0] * 24)))[0]
    assert found["gen1.p_mw"] == 1.0
    assert found["gen1.q_mvar"] == pytest.approx(-1.6 * 0.05, abs=1e-9)


def _without_load() -> dict[str, Any]:
    (microgrid,) = alone(GENERATOR)["microgrid_configs"]
    return {**microgrid, "load_scale": 0.0}


def test_devices_of_unknown_kinds_stay_neutral() -> None:
    assert one_hour(50.0, device("Mystery", "box"))["box.p_mw"] == 0.0


def test_all_environments_of_a_batch_get_their_own_decision() -> None:
    env = MultiAgentMicrogrids(alone(GENERATOR, BATTERY, SUN), n_env=3)
    env.core.reset(seeds=range(3), options={"day": np.array([0, 1, 0])})
    policy = rule_based(env, "MG1")
    assert isinstance(policy, RuleBasedPolicy)
    action = policy.act(env.core.observe("MG1"))
    np.testing.assert_array_equal(action[0], action[2])
    assert (action[0] != action[1]).any()

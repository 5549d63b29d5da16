"""The bound: by hand where that is possible, and under attack where it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from small_world import BATTERY, GENERATOR, SUN, alone, attached, days, device

from heron.core.observation import Observation
from heron.core.policy import Policy
from heron.errors import ConfigError
from heron.types import FloatArray
from powergrid_rl.baselines import do_nothing, random_actions, rule_based
from powergrid_rl.evaluation import DayBatch, foresight_bound

LOAD_MW = 0.15 * 3.466
# Price: deep below zero at night and at noon, a spike in the evening.
SWINGS = [-60.0] * 5 + [20.0] * 5 + [-40.0] * 5 + [60.0] * 4 + [400.0] + [50.0] * 4


def test_without_devices_that_do_anything_it_is_the_energy_of_the_load() -> None:
    # day 2: 24 h at 42 USD/MWh; the battery has no power
    stuck = device("SmallBattery", "ess1", p_max_mw=0.0, p_min_mw=0.0)
    found = foresight_bound(DayBatch(alone(stuck, dataset=days([40.0] * 24)))).cost_usd
    np.testing.assert_allclose(found, 24 * LOAD_MW * np.array([42.0, 43.0]), rtol=1e-4)


def test_a_generator_saves_the_triangle_between_price_and_marginal_cost() -> None:
    # price 46: P = 16 / 80 = 0.2 MW saves 46 x 0.2 - 40 x 0.04 - 30 x 0.2 = 1.6 USD/h
    table = days([44.0] * 24)
    with_unit = foresight_bound(DayBatch(alone(GENERATOR, dataset=table), days=np.array([0]))).cost_usd
    assert 24 * LOAD_MW * 46.0 - with_unit[0] == pytest.approx(24 * 1.6, abs=0.1)


def test_sun_is_used_above_zero_and_left_below() -> None:
    # 12 h at -50, 12 h at 50 (+2 on that day): 0.5 x 0.2 MW earn 52 each hour of the second half and cost nothing
    # in the first. Losses are allowed where the price is negative.
    table = days([-50.0] * 12 + [50.0] * 12)
    bound = foresight_bound(DayBatch(alone(SUN, dataset=table), days=np.array([0])))
    energy = 12 * LOAD_MW * (-48.0 + 52.0) - 12 * 0.1 * 52.0
    assert bound.cost_usd[0] - bound.losses_usd[0] == pytest.approx(energy, abs=0.01)
    assert bound.losses_usd[0] < 0.0


def test_a_battery_earns_its_best_schedule() -> None:
    # One cheap and one dear hour, no losses, no wear: 0.25 MWh moved from 10 to 90 on a day with a mean of 50:
    # 0.25 x 80 = 20; at 50 nothing is to be earned. Day 2 is 2 USD/MWh dearer all day.
    battery = device("SmallBattery", "ess1", eta_charge=1.0, eta_discharge=1.0, degradation_usd_per_mwh=0.0)
    price = [50.0] * 10 + [10.0] + [50.0] * 5 + [90.0] + [50.0] * 7
    found = foresight_bound(DayBatch(alone(battery, dataset=days(price)), days=np.array([0]))).cost_usd
    assert 24 * LOAD_MW * 52.0 - found[0] == pytest.approx(20.0, abs=0.05)


def test_a_load_is_shed_where_energy_costs_more_than_it_is_worth() -> None:
    # 0.1 MW worth 80: at 42 it is bought, at 142 it is shed; one that cannot be shed is bought at 142.
    stuck = device("SmallBattery", "ess1", p_max_mw=0.0, p_min_mw=0.0)
    table = days([40.0] * 12 + [140.0] * 12)

    def cost(**parameters: Any) -> float:
        config = alone(stuck, device("SmallLoad", "load1", **parameters), dataset=table)
        return float(foresight_bound(DayBatch(config, days=np.array([0]))).cost_usd[0])

    nothing = cost(p_mw=0.0)
    assert cost() - nothing == pytest.approx(12 * 0.1 * (42.0 + 80.0), abs=1e-6)
    assert cost(sheddable=False) - nothing == pytest.approx(12 * 0.1 * (42.0 + 142.0), abs=1e-6)


def test_a_load_that_follows_a_series_does_so_in_the_bound() -> None:
    stuck = device("SmallBattery", "ess1", p_max_mw=0.0, p_min_mw=0.0)
    table = days([40.0] * 24, load=0.5)

    def cost(p_mw: float) -> float:
        load = device("SmallLoad", "load1", p_mw=p_mw, profile="load", sheddable=False)
        return float(foresight_bound(DayBatch(alone(stuck, load, dataset=table), days=np.array([0]))).cost_usd[0])

    assert cost(0.1) - cost(0.0) == pytest.approx(24 * 0.05 * 42.0, abs=1e-6)


def test_steps_of_two_hours_see_the_mean_of_the_series() -> None:
    # 41 and 45 in turn (39, 43 and 2 more): a step of two hours pays 43 for every MWh
    stuck = device("SmallBattery", "ess1", p_max_mw=0.0, p_min_mw=0.0)
    table = days([39.0, 43.0] * 12)
    config = alone(stuck, dataset=table, step_s=7200, max_episode_steps=12)
    found = foresight_bound(DayBatch(config, days=np.array([0]))).cost_usd
    assert found[0] == pytest.approx(24 * LOAD_MW * 43.0, rel=1e-4)


def test_doing_nothing_differs_from_it_by_the_losses_alone() -> None:
    # nothing can be done, so the policy is the best there is and pays for its losses, 0.1 to 3 % of the energy
    stuck = device("SmallBattery", "ess1", p_max_mw=0.0, p_min_mw=0.0)
    batch = DayBatch(attached(stuck, dataset=days([40.0] * 24)))
    ratio = batch.run("nothing", do_nothing).costs_usd / foresight_bound(batch).cost_usd
    assert ((ratio > 1.001) & (ratio < 1.03)).all()


class Attacker(Policy):
    """Tries to beat the bound: wastes energy at negative prices, and empties or fills the battery at the end."""

    def __init__(self, agent_id: str, rng: np.random.Generator, dim: int) -> None:
        self._soc = f"{agent_id}.ess1.storage.soc"
        self._waste, self._sell = rng.choice([-1.0, 1.0], (2, dim))
        self._waste[0], self._waste[2] = rng.uniform(-1.0, 1.0), -1.0  # generator as it comes, battery charges
        self._sell[0], self._sell[2] = 1.0, rng.choice([-1.0, 0.0, 1.0])
        self._last_hours = int(rng.integers(1, 6))
        self._end = rng.choice([-1.0, 1.0])

    def act(self, observation: Observation) -> FloatArray:
        price = observation["market.exogenous.price_usd_per_mwh"][:, np.newaxis]
        hours = observation["clock.exogenous.episode_fraction"][:, np.newaxis] * 24
        action = np.where(price < 0.0, self._waste, self._sell)
        action[:, 2] = np.where(hours[:, 0] >= 24 - self._last_hours, self._end, action[:, 2])
        return action


def attackers(seed: int) -> Callable[[Any, str], Policy]:
    rng = np.random.default_rng(seed)
    return lambda env, agent: Attacker(agent, rng, env.core.control.dims[agent])


@pytest.mark.parametrize("world", [alone, attached])
def test_no_random_episode_beats_it(world: Any) -> None:
    config = world(GENERATOR, BATTERY, SUN, dataset=days(SWINGS))
    bound = -foresight_bound(DayBatch(config)).cost_usd
    many = DayBatch(config, days=np.tile([0, 1], 500))
    returns = many.run("random", random_actions).returns
    assert len(returns) == 1000
    assert (returns <= np.tile(bound, 500) + 1e-6).all()


@pytest.mark.parametrize("world", [alone, attached])
def test_no_attack_beats_it(world: Any) -> None:
    # one microgrid behind a transformer, or with the slack and so with all losses
    strong = device("SmallSource", "pv1", "Bus 652", q_max_mvar=0.3)  # at the end of the longest lateral
    config = world(GENERATOR, BATTERY, strong, dataset=days(SWINGS), penalty=0.5)  # hardly any penalty
    batch = DayBatch(config)
    bound = -foresight_bound(batch).cost_usd
    best = np.full(2, -np.inf)
    for seed in range(50):
        best = np.maximum(best, batch.run("attack", attackers(seed)).returns)
    assert (best <= bound + 1e-6).all()
    assert (best > -np.inf).all()


def test_losses_at_negative_prices_are_what_keeps_an_attack_below_it() -> None:
    # Doing nothing is best at a negative price but for losses: without their part the bound would be beaten.
    stuck = device("SmallBattery", "ess1", p_max_mw=0.0, p_min_mw=0.0)
    batch = DayBatch(attached(stuck, dataset=days([-50.0] * 24), penalty=0.0))
    bound = foresight_bound(batch)
    earned = batch.run("nothing", do_nothing).returns
    assert (earned > -(bound.cost_usd - bound.losses_usd)).all()
    assert (earned <= -bound.cost_usd).all()


def test_two_microgrids_share_batteries_of_one_sort() -> None:
    one = DayBatch(attached(BATTERY, dataset=days()), days=np.array([0]))
    two = DayBatch(attached(BATTERY, n_microgrid=2, dataset=days()), days=np.array([0]))
    assert foresight_bound(two).cost_usd[0] == pytest.approx(2.0 * foresight_bound(one).cost_usd[0], rel=1e-9)


def test_the_rule_stays_below_it_day_by_day() -> None:
    batch = DayBatch(attached(GENERATOR, BATTERY, SUN, n_microgrid=2))
    assert (batch.run("rule", rule_based).returns < -foresight_bound(batch).cost_usd).all()


def test_progress_counts_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    foresight_bound(DayBatch(alone(BATTERY)), progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (alone(device("Mystery", "box")), "device 'box' of 'MG1' is of a kind that it does not know"),
        (alone(BATTERY, learners="devices"), "'MG1.ess1' is DeviceAgent, not a microgrid"),
        (alone(BATTERY, terminate_on_divergence=True), "ends the day early"),
        (alone(BATTERY, variability={"load": {}}), "sun and load change within seconds"),
    ],
)
def test_there_is_none_where_something_is_not_known(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        foresight_bound(DayBatch(config))

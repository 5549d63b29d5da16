"""Schedules that know the future and keep the network: feasible, never worse than the rule, never above the bound."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from small_world import BATTERY, GENERATOR, SUN, alone, attached, days, device

from heron.core.policy import ConstantPolicy
from heron.errors import ConfigError
from powergrid_rl.baselines import do_nothing, rule_based
from powergrid_rl.evaluation import ContestOptions, DayBatch, compare, foresight_bound
from powergrid_rl.evaluation.comparison import NOTHING, RULE, SCHEDULE
from powergrid_rl.evaluation.table import remarks
from powergrid_rl.schedule import network_schedule
from powergrid_rl.schedule.entries import entries_of
from powergrid_rl.schedule.probe import Prober

EVERYTHING = (GENERATOR, BATTERY, SUN)
SWINGS = [-20.0] * 5 + [20.0] * 5 + [-10.0] * 3 + [30.0] * 4 + [90.0] * 4 + [50.0] * 3


def test_entries_know_what_they_move() -> None:
    lame = device("SmallBattery", "ess1", p_min_mw=-0.15)
    entries = {(entry.agent, entry.place): entry for entry in entries_of(DayBatch(alone(GENERATOR, lame, SUN)))}
    generator, battery = entries["MG1", 0], entries["MG1", 2]
    # 0 to 0.3 MW, 40 P^2; -0.15 to 0.25 MW: 0.2 around 0.05
    assert (generator.half_mw, generator.curvature) == (pytest.approx(0.15), 40.0)
    assert (battery.half_mw, battery.middle_mw) == (pytest.approx(0.2), pytest.approx(0.05))
    np.testing.assert_allclose(battery.power_mw(np.array([-1.0, 0.0, 1.0])), [-0.15, 0.05, 0.25])
    np.testing.assert_allclose(battery.action(np.array([-0.15, 0.05, 0.25])), [-1.0, 0.0, 1.0], atol=1e-12)
    assert entries["MG1", 1].half_mw == 0.0


def test_an_entry_without_any_power_asks_for_none() -> None:
    stuck = device("SmallBattery", "ess1", p_max_mw=0.0, p_min_mw=0.0)
    (entry,) = entries_of(DayBatch(alone(stuck)))
    np.testing.assert_array_equal(entry.action(np.zeros(3)), np.zeros(3))


@pytest.fixture(scope="module")
def probed() -> Any:
    config = attached(*EVERYTHING)
    batch = DayBatch(config)
    prober = Prober(config, split="test", days=batch.days, entries=entries_of(batch))
    neutral = batch.core.control.neutral("MG1")
    idle = np.tile(neutral, (24, 2, 1))
    return batch.run("nothing", lambda env, agent: ConstantPolicy(neutral)), prober.probe({"MG1": idle})


def test_a_probe_reads_what_the_schedule_does(probed: Any) -> None:
    rollout, probe = probed
    np.testing.assert_allclose(probe.base.vm_min_pu.min(axis=(0, 1)), rollout.vm_min_pu, rtol=1e-12)
    # all but the settlement of the last step: nothing is stored, so that is nothing
    np.testing.assert_allclose(probe.base.cost_usd.sum(axis=0), rollout.costs_usd, rtol=1e-9)


def test_slopes_are_those_of_power_and_price(probed: Any) -> None:
    _, probe = probed
    gen_p, gen_q, battery, curtailment, _ = range(5)
    # a unit of the battery is 0.25 MW less import, and a little less loss; a unit of the generator 0.15 MW
    assert -0.27 < probe.slopes.import_mw[:, battery].min() <= probe.slopes.import_mw[:, battery].max() < -0.25
    assert (probe.slopes.import_mw[:, gen_p] < -0.15).all()
    # a unit of curtailment is half of what there is: 0.5 x 0.5 x 0.2 = 0.05 MW
    np.testing.assert_allclose(probe.slopes.import_mw[:, curtailment], 0.05, rtol=0.05)
    # more power or reactive power lifts the voltage: 0.06 to 0.17 pu per MW or Mvar
    assert (probe.slopes.vm_min_pu[:, gen_p, 0] > 0.15 * 0.05).all()
    assert (probe.slopes.vm_min_pu[:, gen_q, 0] > 0.1 * 0.1).all()


def test_it_is_never_worse_than_the_rule_nor_above_the_bound() -> None:
    config = attached(*EVERYTHING, n_microgrid=2, dataset=days(SWINGS, n_day=8))
    batch = DayBatch(config)
    told: list[tuple[int, int]] = []
    found = network_schedule(config, batch, rounds=6, progress=lambda done, total: told.append((done, total)))
    rule = batch.run("rule", rule_based).returns
    assert (found.rollout.returns >= rule - 1e-9).all()
    assert found.rollout.returns.mean() > rule.mean() + 5.0
    assert (found.rollout.returns <= -foresight_bound(batch).cost_usd + 1e-6).all()
    assert told == [(done, 6) for done in range(1, 7)]


def test_where_the_network_does_not_bind_it_comes_close_to_the_bound() -> None:
    # a single microgrid on stiff supply: what is left are losses, 1 % of the energy
    config = alone(*EVERYTHING, dataset=days(SWINGS, load=0.4))
    batch = DayBatch(config)
    found = network_schedule(config, batch, rounds=14).rollout.returns
    nothing = batch.run("nothing", do_nothing).returns
    bound = -foresight_bound(batch).cost_usd
    assert ((found - nothing) / (bound - nothing) > 0.93).all()


def test_batteries_are_asked_for_no_more_than_they_hold() -> None:
    config = alone(BATTERY, dataset=days(SWINGS, load=0.4))
    batch = DayBatch(config)
    power, soc = "MG1.ess1.electrical.p_mw", "MG1.ess1.storage.soc"
    found = network_schedule(config, batch, rounds=6, record=(power, soc))
    np.testing.assert_allclose(found.rollout.traces[power], 0.25 * found.actions["MG1"][:, :, 0], atol=1e-6)
    assert found.rollout.traces[soc].min() >= 0.1 - 1e-9
    assert found.rollout.traces[soc].max() <= 0.9 + 1e-9


def test_at_a_negative_mean_price_the_end_is_settled_once() -> None:
    config = alone(BATTERY, dataset=days([-30.0] * 20 + [10.0] * 4, load=0.4))
    batch = DayBatch(config)
    found = network_schedule(config, batch, rounds=6).rollout.returns
    assert (found <= -foresight_bound(batch).cost_usd + 1e-6).all()
    assert (found >= batch.run("rule", rule_based).returns - 1e-9).all()


def test_without_settlement_the_battery_is_emptied() -> None:
    config = alone(BATTERY, dataset=days([40.0] * 24, load=0.4), settle_storage=False)
    soc = "MG1.ess1.storage.soc"
    found = network_schedule(config, DayBatch(config), rounds=6, record=(soc,))
    np.testing.assert_allclose(found.rollout.traces[soc][-1], 0.1, atol=1e-3)


def test_it_takes_part_in_a_contest_without_being_a_policy() -> None:
    config = alone(*EVERYTHING)
    found = compare(config, options=ContestOptions(candidates=0, schedule_rounds=5))
    assert SCHEDULE in found.rollouts
    assert found.best() == RULE
    assert found.gap_to_schedule(SCHEDULE) == 1.0
    assert found.gap_to_schedule(NOTHING) < 0.0
    assert any("feasible, with perfect foresight" in line for line in remarks(found))


def test_devices_that_learn_apart_have_no_schedule() -> None:
    config = alone(BATTERY, learners="devices")
    with pytest.raises(ConfigError, match="'MG1.ess1' is DeviceAgent"):
        network_schedule(config, DayBatch(config))
    found = compare(config, options=ContestOptions(candidates=0, schedule_rounds=1))
    assert any(note.startswith(f"No {SCHEDULE}") for note in found.notes)
    assert np.isnan(found.gap_to_schedule(NOTHING))


def test_a_change_that_earns_less_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["powergrid_rl.schedule.network_schedule"]
    monkeypatch.setattr(module, "improved", lambda actions, *rest, reach: np.ones_like(actions))
    config = attached(*EVERYTHING)
    batch = DayBatch(config)
    found = network_schedule(config, batch, rounds=2).rollout.returns
    np.testing.assert_allclose(found, batch.run("rule", rule_based).returns, rtol=1e-9)


def test_a_day_whose_program_has_no_solution_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["powergrid_rl.schedule.network_schedule"]
    monkeypatch.setattr(module, "improved", lambda *rest, reach: None)
    config = alone(*EVERYTHING)
    batch = DayBatch(config)
    found = network_schedule(config, batch, rounds=1).rollout.returns
    np.testing.assert_allclose(found, batch.run("rule", rule_based).returns, rtol=1e-9)

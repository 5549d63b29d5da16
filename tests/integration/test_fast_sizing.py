"""The setup with fast dynamics: seconds count in it, and the clouds are no reason to despair."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from powergrid.setups.loader import load_setup
from powergrid_rl.baselines import do_nothing, rule_based
from powergrid_rl.evaluation.rollout import DayBatch, Rollout

SETUP = "ieee34_ieee13_fast"
SUN = "MG1.pv1.exogenous.availability"
DAYS = np.arange(0, 91, 6)


@pytest.fixture(scope="module")
def sizing(repository: Path) -> ModuleType:
    """The script that prints the table of the documentation."""
    spec = importlib.util.spec_from_file_location("fast_sizing", repository / "benchmarks" / "fast_sizing.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def roll() -> Callable[..., Rollout]:
    """Rolls a policy out over some of the held-out days."""
    batch = DayBatch(load_setup(SETUP), days=DAYS)

    def run(maker: Any) -> Rollout:
        return batch.run("it", maker, record=(SUN,))

    return run


def test_a_rule_keeps_the_limits_in_lockstep_and_not_when_it_is_late(sizing: ModuleType, roll: Any) -> None:
    # 16 of the days of docs/environments/fast.md, on which this rule's means are 0.00, 0.06, 0.7 and 1.6 of 240
    lockstep, late_4, late_12, polled = (
        roll(sizing.late_rule(late_s, poll_s, 4.0, reactive_gain=1.2, reactive_offset=0.15)).safety.mean()
        for late_s, poll_s in ((0, 0), (4, 0), (12, 0), (0, 60))
    )
    nothing = roll(do_nothing).safety.mean()
    assert nothing > 100.0
    assert lockstep < 0.005
    assert 0.02 < late_4 < 0.3 * late_12
    assert late_12 < polled < 0.1 * nothing


def test_the_shipped_rule_loses_by_being_late_too(sizing: ModuleType, roll: Any) -> None:
    lockstep, late = roll(rule_based), roll(sizing.late_rule(8, 0, 4.0))
    assert (lockstep.returns - late.returns).mean() > 1.0
    assert late.costs_usd.mean() == pytest.approx(lockstep.costs_usd.mean(), abs=0.05)  # it is not the money


def test_no_power_flow_fails_and_voltages_are_those_of_a_network(roll: Any) -> None:
    rollout = roll(do_nothing)
    assert rollout.vm_min_pu.min() > 0.9
    assert rollout.vm_max_pu.max() < 1.15


def test_an_episode_is_half_an_hour_at_noon_under_clouds(new_env: Any) -> None:
    env = new_env(SETUP, n_env=8)
    core = env.core
    core.reset(seeds=range(8))
    assert (core.options.step_s, core.options.plant_step_s, core.options.max_steps) == (4.0, 2.0, 450)
    # local noon: the sine of the hour's angle is 0, the cosine -1
    assert core.table["clock.exogenous.hour_sin"] == pytest.approx(np.zeros(8), abs=1e-9)
    assert core.table["clock.exogenous.hour_cos"] == pytest.approx(-np.ones(8))
    idle = {agent: np.repeat(core.control.neutral(agent)[np.newaxis], 8, axis=0) for agent in core.learners}
    sun, price = [], []
    for _ in range(60):
        core.step(idle)
        sun.append(core.table[SUN].copy())
        price.append(core.table["market.exogenous.price_usd_per_mwh"].copy())
    assert np.ptp(sun, axis=0).max() > 0.2
    assert np.ptp(price, axis=0).max() == 0.0


def test_half_an_hour_of_clouds_costs_no_energy_on_the_whole(roll: Any) -> None:
    traces = roll(do_nothing).traces[SUN]
    hour = DayBatch({**load_setup(SETUP), "variability": None}, days=DAYS)
    hour.begin()
    mean = hour.core.table[SUN]
    assert traces.mean() == pytest.approx(mean.mean(), rel=0.01)

"""The default setup on real data costs what its sizing says."""

from __future__ import annotations

import numpy as np
import pytest


def test_doing_nothing_on_the_test_days_costs_what_was_computed_independently(new_env, caiso_records) -> None:
    # Found by another implementation (drop_preserving feeders, 182 interleaved test days): 589 USD a day without, 869
    # with 300 USD per unit of safety; a bus outside its band in 9.9 % of hours; voltages from 0.860 to 1.077.
    days = 182
    env = new_env("ieee34_ieee13", n_env=days, dataset=caiso_records, dataset_path=None, train=False)
    core, grid = env.core, env.plant.grid
    assert env.plant.exogenous.n_days == days
    core.reset(seeds=range(days), options={"day": np.arange(days)})
    actions = {agent: np.repeat(core.control.neutral(agent)[np.newaxis], days, axis=0) for agent in core.learners}
    own = np.isin(grid.areas.of_node, [0, 1, 2])
    economy, total, bad_hours, extremes = np.zeros(days), np.zeros(days), 0.0, []
    for _ in range(24):
        result = core.step(actions)
        economy += sum(result.costs.values())
        total -= sum(result.rewards.values())
        vm_pu = grid.vm_pu[own]
        bad_hours += ((vm_pu < 0.95) | (vm_pu > 1.05)).any(axis=0).mean() / 24
        extremes += [vm_pu.min(), vm_pu.max()]
    assert economy.mean() == pytest.approx(589.2, abs=0.5)
    assert total.mean() == pytest.approx(869.5, abs=0.5)
    assert bad_hours == pytest.approx(0.099, abs=0.001)
    assert (min(extremes), max(extremes)) == pytest.approx((0.860, 1.077), abs=0.001)

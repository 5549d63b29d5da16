"""One bus behind one line: every number of a step is computed by hand."""

from __future__ import annotations

import numpy as np
import pytest


def test_a_step_costs_what_is_bought_and_violates_what_is_out_of_bounds(world, pair_env):
    # 0.9 MW at the end of 0.1 pu: V = 0.9, I = 1, slack = 1 MW (see pair_net). Price 50: 50 USD.
    # Voltage 0.95 - 0.9 = 0.05 pu, line 1 / 0.8 - 1 = 0.25; safety 0.3; reward -50 - 10 * 0.3 = -53.
    env = pair_env([world.device("Engine", "e1", p_max_mw=0.5)], load_mw=0.9, price=np.full(24, 50.0))
    env.reset(seed=0)
    _, rewards, _, _, infos = env.step({"MG1": np.array([-1.0])})
    grid = env.plant.grid
    np.testing.assert_allclose(grid.vm_pu[:, 0], [1.0, 0.9], atol=1e-9)
    np.testing.assert_allclose(grid.slack_mva, [1.0], atol=1e-8)
    np.testing.assert_allclose(grid.losses_mw(), [0.1], atol=1e-8)
    assert infos["MG1"]["cost"] == pytest.approx(50.0, abs=1e-6)
    assert infos["MG1"]["safety"] == pytest.approx(0.30, abs=1e-7)
    assert rewards["MG1"] == pytest.approx(-53.0, abs=1e-5)
    violations = env.plant.violations("MG1")
    assert violations["voltage"][0] == pytest.approx(0.05, abs=1e-8)
    assert violations["line"][0] == pytest.approx(0.25, abs=1e-7)
    assert violations["transformer"][0] == violations["device"][0] == violations["power_flow"][0] == 0.0

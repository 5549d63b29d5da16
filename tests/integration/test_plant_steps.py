"""The plant integrates elapsed time: what is asked of it counts, and not how often it is looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

HOURS = 24
# generator, battery, reactive power, curtailment: within what battery and limits allow all day
LOW, HIGH = np.array([-1.0, -0.15, -0.2, -1.0]), np.array([1.0, 0.15, 0.2, -0.8])


def actions(env: Any) -> list[dict[str, np.ndarray]]:
    rng = np.random.default_rng(4)
    return [{agent: rng.uniform(LOW, HIGH) for agent in env.possible_agents} for _ in range(HOURS)]


def run(env: Any, *, seed: int = 7) -> dict[str, np.ndarray]:
    """State of charge, energy, cost and safety after every hour."""
    env.reset(seed=seed)
    soc_rows = [row for row, name in enumerate(env.core.table.names) if name.endswith(".storage.soc")]
    seen: dict[str, list[Any]] = {"soc": [], "power": [], "cost": [], "safety": [], "reward": []}
    for action in actions(env):
        _, rewards, _, _, infos = env.step(action)
        seen["soc"].append(env.core.table.values[soc_rows, 0].copy())
        seen["power"].append(env.plant.fleet.power_mva()[:, 0].copy())
        seen["cost"].append([infos[agent]["cost"] for agent in rewards])
        seen["safety"].append([infos[agent]["safety"] for agent in rewards])
        seen["reward"].append(list(rewards.values()))
    return {name: np.array(values) for name, values in seen.items()}


@pytest.fixture(scope="module")
def hourly(new_env):
    return run(new_env("ieee34_ieee13"))


@pytest.mark.parametrize("plant_step_s", [900.0, 240.0])
@pytest.mark.parametrize("event_driven", [False, True])
def test_shorter_plant_steps_change_neither_energy_nor_cost(new_env, hourly, plant_step_s, event_driven) -> None:
    fine = run(new_env("ieee34_ieee13", plant_step_s=plant_step_s, event_driven=event_driven))
    for name, values in hourly.items():
        np.testing.assert_allclose(fine[name], values, rtol=1e-9, atol=1e-9, err_msg=name)


def test_a_late_command_moves_energy_by_the_time_it_is_late(new_env) -> None:
    """A battery told to give 0.1 MW an hour, 450 s late: 7/8 of the energy in the first hour."""
    clock = {"coordinator": {"msg_delay_s": 450.0}}
    late = new_env("ieee34_ieee13", event_driven=True, centralized=False, timing=clock, plant_step_s=900.0)
    prompt = new_env("ieee34_ieee13", plant_step_s=900.0)
    # MG1's battery, 1 MWh and 0.25 MW: action 0.4 is 0.1 MW into the grid at an efficiency of 0.95
    action = np.array([-1.0, 0.4, 0.0, -1.0])
    fallen = []
    for env in (prompt, late):
        env.reset(seed=0)
        before = env.core.table["MG1.ess1.storage.soc"][0]
        env.step(dict.fromkeys(env.agents, action))
        fallen.append(before - env.core.table["MG1.ess1.storage.soc"][0])
    assert fallen[0] == pytest.approx(0.1 / 0.95, rel=1e-9)
    assert fallen[1] == pytest.approx(0.1 / 0.95 * 3150.0 / 3600.0, rel=1e-9)


def test_a_violation_weighs_by_how_long_it_lasts(new_env) -> None:
    """The same hour looked at once and at 15 instants: the same safety, not 15 times as much."""
    env, fine = new_env("ieee34_ieee13"), new_env("ieee34_ieee13", plant_step_s=240.0)
    safeties = []
    for one in (env, fine):
        one.reset(seed=3)
        worst = 0.0
        for _ in range(HOURS):
            *_, infos = one.step(dict.fromkeys(one.agents, np.array([-1.0, -1.0, -1.0, 1.0])))
            worst = max(worst, *(info["safety"] for info in infos.values()))
        safeties.append(worst)
    assert safeties[0] > 0.1
    assert safeties[1] == pytest.approx(safeties[0], rel=1e-6)

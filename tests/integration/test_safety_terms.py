"""Every kind of violation can be provoked, and only where there is one."""

from __future__ import annotations

import numpy as np
import pytest

from powergrid.setups.loader import load_setup


def sink(env):
    """Charge, absorb reactive power and throw away sun and wind."""
    wanted = {"gen1.p_mw": -1.0, "ess1.p_mw": -1.0, "q_mvar": -1.0, "curtailment": 1.0}
    return {
        agent: np.array([wanted.get(name, wanted.get(name.partition(".")[2], 0.0)) for name in names])
        for agent, names in env.core.control.action_names.items()
    }


def test_a_sink_provokes_voltages_and_transformers(shared_env) -> None:
    env = shared_env("ieee34_ieee13")
    provoked = {"voltage": 0.0, "transformer": 0.0}
    for seed in range(8):
        env.reset(seed=seed)
        for _ in range(2):
            *_, infos = env.step(sink(env))
            found = env.plant.violations("MG1")
            assert infos["MG1"]["safety"] == pytest.approx(sum(values[0] for values in found.values()), rel=1e-12)
            for term in provoked:
                provoked[term] = max(provoked[term], found[term][0])
    assert min(provoked.values()) > 0.0


def test_heavy_loads_overload_lines(new_env, idle) -> None:
    # the published loads draw up to 480 A of the head line's 730 A: three times as much is too much for some hours
    config = load_setup("ieee13_single")
    (microgrid,) = config["microgrid_configs"]
    env = new_env("ieee13_single", microgrid_configs=[microgrid | {"load_scale": 3.0}])
    env.reset(seed=0)
    overloads = []
    for _ in range(24):
        env.step(idle(env))
        overloads.append(env.plant.violations("MG1")["line"][0])
    assert not env.plant.failed().any()
    assert max(overloads) > 0.0
    assert min(overloads) == 0.0


def test_a_battery_outside_its_window_is_a_violation_of_the_device(shared_env, idle) -> None:
    env = shared_env("ieee13_single")
    env.reset(seed=0)
    battery = env.agent_dict["MG1"].devices["ess1"]
    battery.state.update_feature("StorageBlock", soc=0.95)
    env.step(idle(env))
    assert env.plant.violations("MG1")["device"][0] == pytest.approx(0.05)
    assert battery.safety == pytest.approx(0.05)


def test_a_collapse_is_a_status_a_penalty_and_over_with_the_load(new_env, scaled_series, drawn) -> None:
    # Ten times the load at hour 2 of every day, which nothing can deliver.
    factor = np.ones(24)
    factor[2] = 10.0
    table = scaled_series("load", 1.0)
    hours = np.round(table.local_hour()).astype(int)
    heavy = scaled_series("load", factor[hours])
    env, calm = new_env("ieee34_ieee13", dataset=heavy), new_env("ieee34_ieee13")
    for one in (env, calm):
        one.reset(seed=1)
    for hour, action in enumerate(drawn(env, 24)):
        observations, rewards, terminations, _, infos = env.step(action)
        _, undisturbed, *_ = calm.step(action)
        info = infos["MG1"]
        assert info["converged"] is (hour != 2)
        assert (info["power_flow_status"] != 0) is (hour == 2)
        assert not any(terminations.values())
        if hour == 2:
            assert all(env.plant.violations(agent)["power_flow"][0] == 10.0 for agent in env.possible_agents)
        else:
            assert rewards == pytest.approx(undisturbed, rel=1e-12)
        for agent in env.possible_agents:
            assert np.isfinite(observations[agent]).all()
            assert observations[agent] in env.observation_spaces[agent]
            assert np.isfinite(rewards[agent])


def test_neighbours_of_a_collapse_keep_their_bits(new_env, shared_env, scaled_series) -> None:
    # Environment 1 of 3 gets a load that nothing can deliver; the others are what they are in a batch of their own.
    steps = 6
    batch, single = shared_env("ieee34_ieee13", n_env=7).core, shared_env("ieee34_ieee13").core
    plant = shared_env("ieee34_ieee13", n_env=7).plant
    rng = np.random.default_rng(0)
    actions = [{agent: rng.uniform(-1, 1, (7, dim)) for agent, dim in batch.control.dims.items()} for _ in range(steps)]
    batch.reset(seeds=range(7))
    tables = []
    for step, action in enumerate(actions):
        if step in (2, 3):
            plant.load_scale()[:, [1, 4]] = 50.0
        batch.step(action)
        assert plant.failed().tolist() == [step in (2, 3) and env in (1, 4) for env in range(7)]
        tables.append(batch.table.values.copy())
    assert all(np.isfinite(values).all() for values in tables)
    for env in (0, 2, 6):
        single.reset(seeds=[env])
        for step, action in enumerate(actions):
            single.step({agent: values[env] for agent, values in action.items()})
            np.testing.assert_array_equal(single.table.values[:, 0], tables[step][:, env])

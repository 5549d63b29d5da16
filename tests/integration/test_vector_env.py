"""A thousand grids at once are a thousand single ones."""

from __future__ import annotations

import numpy as np
import pytest

from heron.errors import ConfigError
from powergrid.envs import MultiAgentMicrogrids, NetworkedGridEnv, VectorGridEnv
from powergrid.powerflow import get_threads, set_threads
from powergrid.setups.loader import load_setup


@pytest.mark.parametrize("mode", ["same_step", "next_step"])
def test_environments_are_single_ones_over_autoresets(setup: str, mode: str) -> None:
    config = load_setup(setup) | {"max_episode_steps": 5}
    many = VectorGridEnv(config, n_env=4, autoreset=mode)
    single = MultiAgentMicrogrids(config)
    rng = np.random.default_rng(0)
    actions = [
        {a: rng.uniform(-1.0, 1.0, (4, *many.action_spaces[a].shape)).astype(np.float32) for a in many.possible_agents}
        for _ in range(12)
    ]
    first, _ = many.reset(seed=7)
    steps = [many.step(action) for action in actions]
    for env in (0, 3):
        seen, _ = single.reset(seed=7 + env)
        agent = many.possible_agents[-1]
        np.testing.assert_array_equal(seen[agent], first[agent][env])
        for action, (observations, rewards, terminated, truncated, infos) in zip(actions, steps, strict=True):
            if not single.agents:
                seen, _ = single.reset()
                np.testing.assert_array_equal(seen[agent], observations[agent][env])
                continue
            seen, reward, _, ended, info = single.step({a: values[env] for a, values in action.items()})
            assert reward[agent] == rewards[agent][env]
            assert ended[agent] == truncated[env]
            assert not terminated[env]
            assert info[agent]["power_flow_status"] == infos["power_flow_status"][env]
            assert info[agent]["safety"] == infos["safety"][agent][env]
            if truncated[env] and mode == "same_step":
                np.testing.assert_array_equal(seen[agent], infos["final_obs"][agent][env])
                seen, _ = single.reset()
            np.testing.assert_array_equal(seen[agent], observations[agent][env])


def test_batches_of_any_size_and_any_number_of_threads_agree() -> None:
    config = load_setup("ieee34_ieee13")
    rng = np.random.default_rng(1)
    before, tables = get_threads(), {}
    actions = rng.uniform(-1.0, 1.0, (6, 300, 3, 4))
    try:
        for n_env, threads in ((300, 1), (300, 2), (300, 3), (20, 2)):
            set_threads(threads)
            many = VectorGridEnv(config, n_env=n_env, stacked=True)
            many.reset(seed=0)
            for action in actions:
                many.step(action[:n_env])
            tables[n_env, threads] = many.core.table.values
    finally:
        set_threads(before)
    for (n_env, threads), table in tables.items():
        np.testing.assert_array_equal(
            tables[300, 1][:, :n_env], table, err_msg=f"{n_env} environments, {threads} threads"
        )


def test_each_environment_can_be_given_its_day() -> None:
    many = VectorGridEnv(load_setup("ieee13_single"), n_env=3)
    many.reset(seed=0, options={"day": np.array([4, 0, 9])})
    starts = many.plant.exogenous.start_rows()
    assert ((starts - starts[1]) / 24).tolist() == [4.0, 0.0, 9.0]


def test_days_and_seeds_of_a_masked_reset_are_those_of_the_environments_that_begin() -> None:
    many = VectorGridEnv(load_setup("ieee13_single"), n_env=3)
    many.reset(seed=0, options={"day": 5})
    options = {"day": np.array([1, 2, 3]), "reset_mask": np.array([True, False, True])}
    many.reset(seed=[7, 8, 9], options=options)
    starts = many.plant.exogenous.start_rows()
    assert ((starts - starts[0]) / 24).tolist() == [0.0, 4.0, 2.0]


def test_a_reset_that_is_refused_changes_nothing() -> None:
    many = VectorGridEnv(load_setup("ieee13_single"), n_env=2)
    many.reset(seed=0)
    many.step(np.zeros((2, 1, *many.action_spaces["MG1"].shape)))
    before, episodes = many.core.table.values.copy(), [tree.episode for tree in many.core.trees]
    for options in ({"day": 10**6}, {"dya": 1}, {"day": "monday"}):
        with pytest.raises(ConfigError):
            many.reset(options=options)
    np.testing.assert_array_equal(many.core.table.values, before)
    assert [tree.episode for tree in many.core.trees] == episodes
    assert many.core.steps.tolist() == [1, 1]


def test_what_the_configuration_says_of_the_state_reaches_the_infos() -> None:
    many = VectorGridEnv(load_setup("ieee13_single") | {"info_state": True}, n_env=2)
    _, infos = many.reset(seed=0)
    assert infos["state"].shape == (2, *many.state_space.shape)


def test_an_environment_of_ones_own_comes_in_through_from_env() -> None:
    env = MultiAgentMicrogrids(load_setup("ieee13_single"), n_env=2)
    assert isinstance(env, NetworkedGridEnv)
    many = VectorGridEnv.from_env(env)
    many.reset(seed=0)
    assert many.plant is env.plant
    assert many.config is env.config
    net = many.to_pandapower(1)
    assert net.res_bus.vm_pu.notna().all()

"""heron's contract, kept by a world with array kinds, an object kind, storage, sun and a load."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pettingzoo.test import parallel_api_test

from heron import testing
from heron.envs.core import EnvironmentCore


@pytest.fixture(scope="module")
def make(world):
    from powergrid.envs import NetworkedGridEnv

    rng = np.random.default_rng(0)
    hourly = {name: rng.uniform(0.2, 1.0, 72) for name in ("load", "solar")}
    dataset = {**hourly, "price": rng.normal(40.0, 20.0, 72)}

    def build(n_env: int = 1, **config: Any) -> NetworkedGridEnv:
        net = world.pair_net(load_mw=1.2)
        devices = [
            world.device("Engine", "e1", p_max_mw=0.5, q_max_mvar=0.2, fuel_usd_per_mwh=30.0),
            world.device("Heater", "h1"),
            world.device("Cell", "b1", capacity_mwh=1.0, p_max_mw=0.4, soc_alarm=0.8),
            world.device("Engine", "e2", p_max_mw=0.3),
            world.device("Panel", "pv1", p_rated_mw=0.6),
            world.device("Heater", "h2"),
        ]
        agent = world.grid_agent(net, devices)
        settings = {
            "dataset": dataset,
            "max_episode_steps": 6,
            "settle_storage": True,
            "forecast_steps": {"price": 3},
            **config,
        }
        return NetworkedGridEnv.from_agents(net, [agent], settings, n_env=n_env)

    return build


@pytest.fixture(scope="module")
def make_core(make):
    def build(n_env: int) -> EnvironmentCore:
        core = make(n_env).core
        assert core is not None
        return core

    return build


def test_one_environment_and_a_batch_give_the_same_bits(make_core) -> None:
    testing.check_batch_equals_single(make_core, sizes=(2, 7, 64))


def test_two_builds_run_alike(make_core) -> None:
    testing.check_deterministic(make_core)


def test_a_reset_restores_everything_and_touches_nobody_else(make_core) -> None:
    testing.check_reset_restores_everything(make_core, n_env=3)


def test_going_on_after_a_restore_equals_never_having_stopped(make_core) -> None:
    testing.check_restore_equals_never_stopped(make_core, n_env=2)


def test_observations_stay_in_their_box_and_values_in_their_bounds(make_core) -> None:
    testing.check_observations_in_box(make_core)
    testing.check_values_in_bounds(make_core)


def test_nobody_sees_what_is_hidden(make_core) -> None:
    testing.check_no_leak(make_core)


def test_a_seed_reproduces_whole_episodes(make) -> None:
    testing.check_full_horizon_seed(make)


@pytest.mark.filterwarnings("error")
def test_the_pettingzoo_api_is_kept_without_a_warning(make) -> None:
    parallel_api_test(make(), num_cycles=30)


def test_a_saved_environment_goes_on_in_another(make) -> None:
    first, second = make(), make()
    first.reset(seed=4)
    rng = np.random.default_rng(1)
    actions = [rng.uniform(-1.0, 1.0, first.action_spaces["MG1"].shape) for _ in range(6)]
    for action in actions[:3]:
        first.step({"MG1": action})
    saved = first.save_state()
    expected = [first.step({"MG1": action}) for action in actions[3:]]
    second.restore_state(saved)
    assert second.agents == ["MG1"]
    for action, wanted in zip(actions[3:], expected, strict=True):
        result = second.step({"MG1": action})
        np.testing.assert_array_equal(result[0]["MG1"], wanted[0]["MG1"])
        assert result[1:] == wanted[1:]
    assert second.agents == []

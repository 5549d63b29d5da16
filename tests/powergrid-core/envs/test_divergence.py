"""A power flow that does not converge is an outcome: reported, paid for, and forgotten."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from powergrid.powerflow import PowerFlowStatus

# More than 2.5 MW cannot be delivered over the line (see pair_net). At hour 1 the load is 3 MW, otherwise 1 MW.
LOAD = np.concatenate([[1.0, 3.0], np.ones(22)])
IDLE = {"MG1": [-1.0]}


def make(
    world: Any, pair_env: Any, *, n_env: int = 1, solver: str = "fixed_point", load: Any = LOAD, **config: Any
) -> Any:
    settings = {"max_episode_steps": 4, "solver": solver, **config}
    devices = [world.device("Engine", "e1", p_max_mw=2.0)]
    return pair_env(devices, settings, n_env=n_env, load_mw=1.0, load=load, price=np.full(24, 10.0))


@pytest.mark.parametrize("solver", ["fixed_point", "pandapower"])
def test_the_episode_goes_on_with_a_status_and_a_penalty(world, pair_env, solver: str) -> None:
    env = make(world, pair_env, solver=solver)
    env.reset(seed=0)
    _, _, _, _, good = env.step(IDLE)
    voltages = env.plant.grid.vm_pu.copy()
    observations, rewards, terminations, _, infos = env.step(IDLE)
    assert infos["MG1"]["power_flow_status"] in (PowerFlowStatus.MAX_ITERATIONS, PowerFlowStatus.DIVERGED)
    assert infos["MG1"]["converged"] is False
    assert terminations == {"MG1": False}
    np.testing.assert_array_equal(env.plant.grid.vm_pu, voltages)
    # the flows, and so the cost, are those of the hour before; 10 for the failure comes on top of its violations
    assert infos["MG1"]["cost"] == pytest.approx(good["MG1"]["cost"])
    assert infos["MG1"]["safety"] == pytest.approx(good["MG1"]["safety"] + 10.0)
    assert rewards["MG1"] == pytest.approx(-infos["MG1"]["cost"] - 10.0 * infos["MG1"]["safety"])
    assert np.isfinite(observations["MG1"]).all()
    assert observations["MG1"] in env.observation_spaces["MG1"]
    *_, infos = env.step(IDLE)
    assert infos["MG1"]["power_flow_status"] is PowerFlowStatus.CONVERGED
    assert infos["MG1"]["safety"] == pytest.approx(good["MG1"]["safety"])


def test_the_episode_ends_where_that_is_configured(world, pair_env) -> None:
    env = make(world, pair_env, terminate_on_divergence=True)
    env.reset(seed=0)
    env.step(IDLE)
    _, _, terminations, truncations, _ = env.step(IDLE)
    assert terminations == {"MG1": True}
    assert truncations == {"MG1": False}
    assert env.agents == []


def test_the_next_episode_is_as_if_nothing_had_been(world, pair_env) -> None:
    env, fresh = make(world, pair_env), make(world, pair_env)
    env.reset(seed=0)
    for _ in range(2):
        env.step(IDLE)
    assert env.plant.failed().all()
    for one in (env, fresh):
        one.reset(seed=5)
    np.testing.assert_array_equal(env.core.table.values, fresh.core.table.values)
    assert not env.plant.failed().any()
    for _ in range(4):
        first, second = env.step(IDLE), fresh.step(IDLE)
        np.testing.assert_array_equal(first[0]["MG1"], second[0]["MG1"])
        assert first[1:] == second[1:]
    np.testing.assert_array_equal(env.plant.grid.v, fresh.plant.grid.v)


def test_neighbours_do_not_notice(world, pair_env) -> None:
    # Environment 1 is fed at hour 1 by its generator, environment 0 and 2 are not: they fail.
    batch, single = make(world, pair_env, n_env=3), make(world, pair_env)
    batch.core.reset(seeds=[0, 0, 0])
    single.core.reset(seeds=[0])
    for step in range(4):
        fed = np.array([[-1.0], [1.0], [-1.0]])
        together = batch.core.step({"MG1": fed})
        alone = single.core.step({"MG1": fed[1:2]})
        assert batch.plant.failed().tolist() == [step == 1, False, step == 1]
        np.testing.assert_array_equal(together.observations["MG1"][1], alone.observations["MG1"][0])
        assert together.rewards["MG1"][1] == alone.rewards["MG1"][0]
        np.testing.assert_array_equal(batch.core.table.values[:, 1], single.core.table.values[:, 0])


def test_an_episode_that_cannot_even_begin_shows_numbers(world, pair_env) -> None:
    env = make(world, pair_env, load=np.full(24, 3.0))
    observations, _ = env.reset(seed=0)
    assert np.isfinite(observations["MG1"]).all()
    assert env.plant.failed().all()
    np.testing.assert_array_equal(env.plant.grid.vm_pu, 1.0)
    for _ in range(4):
        observations, rewards, *_ = env.step(IDLE)
        assert np.isfinite(observations["MG1"]).all()
        assert np.isfinite(rewards["MG1"])


@pytest.mark.parametrize("scale", [1e3, 1e9, 1e100])
def test_absurd_loads_give_no_nan_anywhere(world, pair_env, scale: float) -> None:
    env = make(world, pair_env, load=np.concatenate([[1.0], np.full(23, scale)]))
    env.reset(seed=0)
    with np.errstate(all="raise"):
        for _ in range(4):
            observations, rewards, _, _, infos = env.step(IDLE)
    assert np.isfinite(env.core.table.values).all()
    assert np.isfinite(observations["MG1"]).all()
    assert np.isfinite(rewards["MG1"])
    assert infos["MG1"]["converged"] is False

"""Whole runs on the toy world: they learn, repeat themselves, and go on after an interruption."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from toy import AGENTS, ToyEnv
from toy_runs import ROUND, SMALL, InterruptAfter, log, run, weights

from heron.errors import ConfigError
from powergrid_rl.rllib.session import Session
from powergrid_rl.training import (
    Algorithm,
    Budget,
    Route,
    Sharing,
    TrainingSettings,
    load_policy,
    resume,
    train,
)
from powergrid_rl.training.teams import form_roster
from powergrid_rl.training.trainer import training_factory
from powergrid_rl.training.trainers import train_ippo


@pytest.mark.parametrize("algorithm", [Algorithm.MAPPO, Algorithm.IPPO])
def test_learning_beats_its_own_start_by_far(tmp_path: Path, algorithm: Algorithm) -> None:
    # At the start three agents miss by 0.8²/3 + spread² = 0.6 on average: 3 · 20 · 0.6 · 10 steps, about -350 USD.
    result = run(tmp_path / "run", rounds=25, algorithm=algorithm)
    first = float(log(tmp_path / "run", "training_return")[0][0])
    assert first < -250.0
    assert result.training_return > first / 3.0
    assert result.held_out_return > first / 10.0


def test_the_same_seed_gives_the_same_run_and_another_one_another(tmp_path: Path) -> None:
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        run(tmp_path / name, rounds=2, seed=seed)
    columns = ("n_step", "training_return", "entropy", "explained_variance")
    assert log(tmp_path / "first", *columns) == log(tmp_path / "again", *columns)
    assert log(tmp_path / "first", *columns) != log(tmp_path / "other", *columns)
    first, again = weights(tmp_path / "first"), weights(tmp_path / "again")
    assert all(np.array_equal(first[name], again[name]) for name in first)


def test_an_interrupted_run_goes_on_as_if_never_stopped(tmp_path: Path) -> None:
    # fragments of 13 steps cut episodes of 10, so that a checkpoint falls into the middle of one
    whole = run(tmp_path / "whole", rounds=5, n_step=13)
    stopped = run(tmp_path / "parts", rounds=5, n_step=13, display=InterruptAfter(2))
    assert stopped.interrupted
    assert stopped.n_step == 2 * 13 * 16
    resumed = resume(tmp_path / "parts", config={}, env_class=ToyEnv)
    assert not resumed.interrupted
    assert resumed.n_step == whole.n_step
    columns = ("number", "n_step", "training_return", "entropy", "explained_variance", "learning_rate")
    assert log(tmp_path / "parts", *columns) == log(tmp_path / "whole", *columns)
    found, expected = weights(tmp_path / "parts"), weights(tmp_path / "whole")
    assert all(np.array_equal(found[name], expected[name]) for name in expected)


def test_a_resumed_run_can_get_a_longer_budget(tmp_path: Path) -> None:
    run(tmp_path / "run", rounds=1)
    longer = resume(tmp_path / "run", config={}, env_class=ToyEnv, budget=Budget(n_step=3 * ROUND))
    assert longer.n_step == 3 * ROUND
    assert [int(n) for (n,) in log(tmp_path / "run", "n_step")] == [ROUND, 2 * ROUND, 3 * ROUND]


def test_a_loaded_policy_is_the_trained_module(tmp_path: Path) -> None:
    import torch

    settings = TrainingSettings(**SMALL, seed=4)
    factory = training_factory({}, settings, ToyEnv)
    env = factory.build(n_env=7)
    assert env.core is not None
    roster = form_roster(env, settings.sharing)
    session = Session(factory, roster, settings)
    session.round(0.0)
    from powergrid_rl.training.policy_file import policies_of, write_policies

    write_policies(tmp_path / "policy.npz", policies_of(session.actors(), roster))
    module = session.modules()["shared"]
    session.close()
    observations = env.core.reset(seeds=range(7))
    policy_of = load_policy(tmp_path)
    for agent in AGENTS:
        with torch.no_grad():
            mean = module.actor(torch.from_numpy(observations[agent])).numpy()
        found = policy_of(agent).act(env.core.observe(agent))
        np.testing.assert_allclose(found, np.clip(mean, -1.0, 1.0), atol=1e-6)


def test_agents_of_two_kinds_train_per_type(tmp_path: Path) -> None:
    settings = TrainingSettings(**SMALL, sharing=Sharing.PER_TYPE)
    train({"odd": "B"}, folder=tmp_path / "run", settings=settings, budget=Budget(n_step=2 * ROUND), env_class=ToyEnv)
    policy_of = load_policy(tmp_path / "run")
    core = ToyEnv({"odd": "B"}).core
    assert core is not None
    assert {agent: policy_of(agent).act(core.observe(agent)).shape[1] for agent in AGENTS} == {"A": 2, "B": 3, "C": 2}


def test_independent_policies_have_weights_of_their_own(tmp_path: Path) -> None:
    run(tmp_path / "run", rounds=1, sharing=Sharing.INDEPENDENT)
    found = weights(tmp_path / "run")
    assert {name.partition(".")[0] for name in found} == set(AGENTS)
    assert not np.array_equal(found["A.weight.0"], found["B.weight.0"])


def test_the_episode_route_trains_too(tmp_path: Path) -> None:
    result = run(tmp_path / "run", rounds=2, route=Route.EPISODES, n_env=2, n_step=20, minibatch=60)
    assert result.n_step >= 2 * 40
    assert math.isfinite(result.training_return)


@pytest.mark.slow  # another process loads PyTorch and RLlib
def test_sampling_in_another_process_trains_too(tmp_path: Path) -> None:
    result = run(tmp_path / "run", rounds=2, n_worker=1)
    assert result.n_step == 2 * ROUND
    assert math.isfinite(result.training_return)


def test_a_run_leaves_its_files(tmp_path: Path) -> None:
    run(tmp_path / "run", rounds=1)
    names = {path.name for path in (tmp_path / "run").iterdir()}
    expected = {"settings.json", "setup.yaml", "progress.csv", "learning_curve.png", "checkpoints", "tensorboard"}
    assert expected <= names
    assert any((tmp_path / "run" / "tensorboard").glob("events.out.tfevents.*"))


def test_an_unknown_setting_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'gamma'"):
        train_ippo({}, folder=tmp_path, gama=0.9)

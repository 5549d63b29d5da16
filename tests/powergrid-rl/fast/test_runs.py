"""Whole runs of the one-file trainer: they learn, repeat themselves, and go on after an interruption."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import toy_runs
from toy import AGENTS, ToyEnv
from toy_runs import ROUND, InterruptAfter, log, weights

from heron.errors import ConfigError
from powergrid_rl.fast.session import FastSession
from powergrid_rl.training import (
    Algorithm,
    Budget,
    CheckpointError,
    Route,
    RunFolderError,
    Sharing,
    TrainingSettings,
    load_policy,
    resume,
    train,
)
from powergrid_rl.training.folder_lock import FolderLock
from powergrid_rl.training.policy_file import policies_of, write_policies
from powergrid_rl.training.teams import form_roster
from powergrid_rl.training.trainer import training_factory
from powergrid_rl.training.trainers import train_mappo_fast

SMALL: dict[str, Any] = toy_runs.SMALL | {"algorithm": Algorithm.MAPPO_FAST}
run = partial(toy_runs.run, algorithm=Algorithm.MAPPO_FAST)


def test_learning_beats_its_own_start_by_far(tmp_path: Path) -> None:
    # At the start three agents miss by 0.8²/3 + spread² = 0.6 on average: 3 · 20 · 0.6 · 10 steps, about -350 USD.
    result = run(tmp_path / "run", rounds=25)
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
    # rounds of 13 steps cut episodes of 10, so that a checkpoint falls into the middle of one
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


def test_a_checkpoint_holds_tensors_and_plain_values_only(tmp_path: Path) -> None:
    result = run(tmp_path / "run", rounds=1)
    state = torch.load(result.checkpoint / "mappo_fast" / "state.pt", weights_only=True)
    assert state["n_step"] == ROUND
    assert {"networks", "optimiser", "random", "env"} <= set(state)


def test_a_broken_checkpoint_is_refused(tmp_path: Path) -> None:
    result = run(tmp_path / "run", rounds=1)
    (result.checkpoint / "mappo_fast" / "state.pt").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(CheckpointError, match=r"state\.pt cannot be read"):
        resume(tmp_path / "run", config={}, env_class=ToyEnv, budget=Budget(n_step=2 * ROUND))


class Memory(ToyEnv):
    """Its plant keeps something that is no array."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert self.core is not None
        self.core.plant.save_state = lambda: {"diary": {1, 2}}  # type: ignore[method-assign]


def test_a_state_that_cannot_be_written_plainly_is_refused_by_name(tmp_path: Path) -> None:
    settings = TrainingSettings(**SMALL)
    with pytest.raises(CheckpointError, match=r"\['plant'\]\['diary'\] is of class set"):
        train({}, folder=tmp_path / "run", settings=settings, budget=Budget(n_step=ROUND), env_class=Memory)


def test_a_loaded_policy_is_the_trained_network(tmp_path: Path) -> None:
    settings = TrainingSettings(**SMALL, seed=4)
    factory = training_factory({}, settings, ToyEnv)
    env = factory.build(n_env=7)
    assert env.core is not None
    roster = form_roster(env, settings.sharing)
    session = FastSession(factory, roster, settings)
    session.round(0.0)
    write_policies(tmp_path / "policy.npz", policies_of(session.actors(), roster))
    observations = env.core.reset(seeds=range(7))
    policy_of = load_policy(tmp_path)
    for agent in AGENTS:
        with torch.no_grad():
            mean = session.trainer.networks.actor(torch.from_numpy(observations[agent])).numpy()
        found = policy_of(agent).act(env.core.observe(agent))
        np.testing.assert_allclose(found, np.clip(mean, -1.0, 1.0), atol=1e-6)


def test_a_run_leaves_its_files(tmp_path: Path) -> None:
    run(tmp_path / "run", rounds=1)
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert {"settings.json", "setup.yaml", "progress.csv", "checkpoints"} <= names


def test_a_folder_that_another_process_trains_into_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("fcntl", reason="this system has no file locks")
    with FolderLock(tmp_path), pytest.raises(RunFolderError, match="being trained into"):
        run(tmp_path, rounds=1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sharing": Sharing.INDEPENDENT}, "one policy for all, not independent"),
        ({"n_worker": 1}, "samples arrays in this process"),
        ({"route": Route.EPISODES}, "samples arrays in this process"),
    ],
)
def test_what_one_file_cannot_do_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        TrainingSettings(**{**SMALL, **changes})


def test_agents_with_different_spaces_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    settings = TrainingSettings(**SMALL)
    with pytest.raises(ConfigError, match="cannot be shared by agents with different spaces"):
        train({"odd": "B"}, folder=tmp_path / "run", settings=settings, env_class=ToyEnv)
    assert not (tmp_path / "run").exists()


def test_an_unknown_setting_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'gamma'"):
        train_mappo_fast({}, folder=tmp_path, gama=0.9)

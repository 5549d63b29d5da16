"""Trained policies among the others; what was trained here is made of numpy arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from small_world import BATTERY, GENERATOR, alone

from heron.errors import ConfigError
from powergrid.envs import MultiAgentMicrogrids
from powergrid_rl.evaluation import ContestOptions, compare
from powergrid_rl.evaluation.checkpoints import contestants, label, trained_config
from powergrid_rl.training.errors import CheckpointError
from powergrid_rl.training.learned_policy import ActorWeights
from powergrid_rl.training.policy_file import PolicyFile, write_policies


def write_run(folder: Path, *, bias: float = 0.0, setup: dict | None = None) -> Path:
    """A run whose policy always answers with tanh-free ``bias`` for every entry."""
    env = MultiAgentMicrogrids(alone(GENERATOR, BATTERY))
    env.reset(seed=0)
    names = tuple(env.core.observe("MG1").names)
    dim = env.core.control.dims["MG1"]
    weights = (np.zeros((dim, len(names)), dtype=np.float32),)
    actor = ActorWeights(weights=weights, biases=(np.full(dim, bias, dtype=np.float32),), activation="tanh")
    policies = PolicyFile(
        actors={"shared": actor}, teams={"MG1": "shared"}, learners=("MG1",), names={"MG1": names}, one_hot=False
    )
    checkpoint = folder / "checkpoints" / "0000000001"
    checkpoint.mkdir(parents=True)
    write_policies(checkpoint / "policy.npz", policies)
    (checkpoint / "progress.json").write_text("{}", encoding="utf-8")
    (folder / "checkpoints" / "latest").write_text("0000000001\n", encoding="utf-8")
    if setup is not None:
        (folder / "setup.yaml").write_text(yaml.safe_dump(setup), encoding="utf-8")
    return folder


def test_a_run_takes_part_under_its_name(tmp_path: Path) -> None:
    run = write_run(tmp_path / "mappo_seed0", bias=0.25)
    (one,) = contestants([run])
    assert (one.name, one.run) == ("mappo_seed0", None)
    found = compare(alone(GENERATOR, BATTERY), {one.name: one.make}, options=ContestOptions(candidates=0))
    assert "mappo_seed0" in found.rollouts


@pytest.mark.parametrize("inside", ["", "checkpoints/0000000001", "checkpoints/0000000001/policy.npz"])
def test_run_checkpoint_and_file_are_all_the_same_run(tmp_path: Path, inside: str) -> None:
    run = write_run(tmp_path / "mappo", setup={"env_id": "small"})
    (one,) = contestants([run / inside])
    assert one.name == "mappo"
    assert one.run == run


def test_runs_of_one_name_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / seed / "run", setup={"env_id": "small"}) for seed in ("a", "b")]
    assert [one.name for one in contestants(runs)] == [run.as_posix() for run in runs]


def test_a_folder_without_a_policy_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="holds no trained policy"):
        contestants([tmp_path])


def test_the_configuration_is_that_of_the_training(tmp_path: Path) -> None:
    setup = {"env_id": "small", "penalty": 7}
    found = contestants([write_run(tmp_path / name, setup=setup) for name in ("a", "b")])
    config = trained_config(found)
    assert config is not None
    assert (config["env_id"], config["penalty"]) == ("small", 7)


def test_without_a_written_configuration_there_is_none(tmp_path: Path) -> None:
    assert trained_config(contestants([write_run(tmp_path / "a")])) is None
    assert trained_config([]) is None


def test_different_configurations_are_named_and_refused(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / str(penalty), setup={"env_id": "small", "penalty": penalty}) for penalty in (7, 8)]
    with pytest.raises(ConfigError, match=r"different configurations \(penalty\).*--setup"):
        trained_config(contestants(runs))


def test_a_data_set_is_called_by_its_name() -> None:
    assert label({"dataset": "caiso_like"}) == "caiso_like"
    assert label({"dataset": None, "dataset_path": "/somewhere/my_year.npz"}) == "my_year.npz"
    assert label({}) == "nominal values"
    assert label(alone(BATTERY)) == "TimeSeriesTable"

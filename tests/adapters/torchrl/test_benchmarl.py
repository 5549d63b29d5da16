"""Microgrids as a task of BenchMARL: several of its algorithms train for two rounds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("benchmarl", reason="the extra benchmarl is not installed")

from benchmarl.algorithms import IppoConfig, MaddpgConfig, MappoConfig, QmixConfig
from benchmarl.experiment import Experiment, ExperimentConfig
from benchmarl.models.mlp import MlpConfig
from torchrl.envs.utils import MarlGroupMapType

from powergrid_rl.adapters.benchmarl import PowerGridTask

N_ENV = 8
FRAMES = N_ENV * 4  # an episode of each


def short_run(folder: Path) -> ExperimentConfig:
    config = ExperimentConfig.get_from_yaml()
    config.loggers, config.create_json, config.render = [], False, False
    config.save_folder = str(folder)
    config.lr, config.gamma = 1e-3, 1.0
    config.max_n_frames, config.evaluation_interval, config.evaluation_episodes = 2 * FRAMES, 2 * FRAMES, 2
    config.on_policy_collected_frames_per_batch = config.off_policy_collected_frames_per_batch = FRAMES
    config.on_policy_n_envs_per_worker = config.off_policy_n_envs_per_worker = N_ENV
    config.on_policy_n_minibatch_iters, config.on_policy_minibatch_size = 2, 16
    config.off_policy_n_optimizer_steps, config.off_policy_train_batch_size = 4, 16
    config.off_policy_memory_size = 1000
    return config


@pytest.mark.parametrize("algorithm", [MappoConfig, IppoConfig, MaddpgConfig, QmixConfig])
def test_an_algorithm_trains_for_two_rounds(algorithm: Any, tmp_path: Path) -> None:
    experiment = Experiment(
        task=PowerGridTask("ieee34_ieee13", changes={"max_episode_steps": 4}),
        algorithm_config=algorithm.get_from_yaml(),
        model_config=MlpConfig.get_from_yaml(),
        critic_model_config=MlpConfig.get_from_yaml(),
        seed=0,
        config=short_run(tmp_path),
    )
    before = [p.detach().clone() for p in experiment.policy.parameters()]
    experiment.run()
    assert experiment.total_frames == 2 * FRAMES
    assert np.isfinite(experiment.mean_return)
    assert any((old != new).any() for old, new in zip(before, experiment.policy.parameters(), strict=True))


def test_a_task_says_what_there_is() -> None:
    task = PowerGridTask("ieee34_ieee13", group_map=MarlGroupMapType.ONE_GROUP_PER_AGENT)
    env = task.get_env_fun(2, continuous_actions=True, seed=0, device="cpu")()
    assert task.group_map(env) == {name: [name] for name in ("MG1", "MG2", "MG3")}
    assert task.max_steps(env) == 24
    assert set(task.observation_spec(env).keys(True, True)) == {(f"MG{k}", "observation") for k in (1, 2, 3)}
    assert task.state_spec(env)["state"].shape == (86,)
    assert task.action_spec(env)["MG2", "action"].shape == (1, 4)
    assert ("MG1", "info", "safety") in task.info_spec(env).keys(True, True)


def test_rewards_are_scaled_and_costs_are_not() -> None:
    task = PowerGridTask("ieee34_ieee13", reward_scale=20.0)
    env = task.get_env_fun(2, continuous_actions=True, seed=0, device="cpu")()
    (scaling,) = task.get_env_transforms(env)
    out = env.rollout(3)
    expected = out["next", "agents", "reward"].clone() / 20.0
    np.testing.assert_allclose(scaling(out["next"])["agents", "reward"], expected, rtol=1e-6)
    logged = task.log_info(out)
    assert logged["agents/cost"] == pytest.approx(float(out["next", "agents", "info", "cost"].mean()))


@pytest.mark.parametrize("algorithm", ["mappo", "qmix"])
def test_the_example_trains(
    algorithm: str, run_example: Callable[..., str], earned: Callable[[str], dict[str, float]]
) -> None:
    found = earned(run_example("08_benchmarl.py", "--test", "--algorithm", algorithm))
    assert set(found) == {"untrained", "trained"}
    assert np.isfinite(list(found.values())).all()


def test_the_lines_of_the_documentation_run(run_blocks: Callable[[str], str]) -> None:
    run_blocks("needs BenchMARL")

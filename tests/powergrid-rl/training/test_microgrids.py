"""The default setup through RLlib's own wrapper and through the trainer; needs devices and data sets."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("powergrid_devices", reason="powergrid-devices is not installed")
pytest.importorskip("powergrid_datasets", reason="powergrid-datasets is not installed")
pytest.importorskip("ray.rllib", reason="the extra rllib is not installed")


def test_rllibs_wrapper_takes_the_default_setup() -> None:
    from ray.rllib.env.wrappers.pettingzoo_env import ParallelPettingZooEnv

    from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
    from powergrid.setups.loader import load_setup

    env = ParallelPettingZooEnv(MultiAgentMicrogrids(load_setup("ieee34_ieee13")))
    observations, _ = env.reset(seed=0)
    assert set(observations) == {"MG1", "MG2", "MG3"}
    for _step in range(24):
        actions = {agent: env.action_space[agent].sample() for agent in observations}
        observations, rewards, _terminated, truncated, _infos = env.step(actions)
        assert all(np.isfinite(reward) for reward in rewards.values())
    assert truncated["__all__"]


def test_a_short_run_on_the_default_setup_gives_policies_that_act(tmp_path: Path) -> None:
    from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
    from powergrid.setups.loader import load_setup
    from powergrid_rl.training import Budget, TrainingSettings, load_policy, train

    config = load_setup("ieee34_ieee13")
    settings = TrainingSettings(n_env=8, n_step=24, minibatch=576)
    result = train(config, folder=tmp_path / "run", settings=settings, budget=Budget(n_step=400))
    assert math.isfinite(result.held_out_return)
    held_out = MultiAgentMicrogrids({**load_setup(tmp_path / "run"), "train": False}, n_env=3)
    assert held_out.core is not None
    held_out.core.reset(seeds=[0, 1, 2])
    policy_of = load_policy(result.folder)
    actions = {agent: policy_of(agent).act(held_out.core.observe(agent)) for agent in held_out.core.learners}
    assert all(np.isfinite(reward).all() for reward in held_out.core.step(actions).rewards.values())


def test_a_mixed_setup_is_refused_for_one_policy_and_trains_per_type(tmp_path: Path) -> None:
    from heron.errors import ConfigError
    from powergrid.setups.loader import load_setup
    from powergrid_rl.training import Budget, Sharing, TrainingSettings, load_policy, train

    config = load_setup("ieee34_ieee13")
    config["microgrid_configs"][2]["devices"].pop()  # MG3 has no wind turbine, and sees less
    small = {"n_env": 8, "n_step": 24, "minibatch": 576}
    with pytest.raises(ConfigError, match=r"MG1, MG2: observations .*; MG3: observations"):
        train(config, folder=tmp_path / "shared", settings=TrainingSettings(**small), budget=Budget(n_step=192))
    assert not (tmp_path / "shared").exists()
    settings = TrainingSettings(**small, sharing=Sharing.PER_TYPE)
    result = train(config, folder=tmp_path / "mixed", settings=settings, budget=Budget(n_step=192))
    assert math.isfinite(result.held_out_return)
    assert load_policy(tmp_path / "mixed")("MG3") is not None

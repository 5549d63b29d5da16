"""Grids behind Gymnasium's interfaces are the grids behind arrays."""

from __future__ import annotations

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from heron.envs import CentralControlEnv, CentralControlVectorEnv, SharedPolicyVectorEnv
from powergrid.envs import MultiAgentMicrogrids, VectorGridEnv
from powergrid.setups.loader import load_setup

STEPS = 4


@pytest.mark.parametrize("mode", ["next_step", "same_step"])
def test_a_central_controller_is_gymnasiums_vector_of_single_grids(mode: str) -> None:
    config = load_setup("ieee13_single") | {"max_episode_steps": STEPS}
    many = CentralControlVectorEnv(VectorGridEnv(config, n_env=3, autoreset=mode))
    singles = SyncVectorEnv(
        [lambda: CentralControlEnv(MultiAgentMicrogrids(config))] * 3, autoreset_mode=AutoresetMode[mode.upper()]
    )
    np.testing.assert_array_equal(many.reset(seed=2)[0], singles.reset(seed=2)[0])
    rng = np.random.default_rng(0)
    for _ in range(2 * STEPS + 2):
        actions = rng.uniform(-1.0, 1.0, many.action_space.shape).astype(np.float32)
        ours, theirs = many.step(actions), singles.step(actions)
        for left, right in zip(ours[:4], theirs[:4], strict=True):
            np.testing.assert_array_equal(left, right)
        assert set(ours[4]) == set(theirs[4])
        for name in {"cost", "safety", "limited", "power_flow_status", "converged"} & set(ours[4]):
            np.testing.assert_array_equal(ours[4][name], theirs[4][name], err_msg=name)


def test_agents_that_share_a_policy_go_through_the_same_trajectory() -> None:
    config = load_setup("ieee34_ieee13") | {"max_episode_steps": STEPS}
    shared = SharedPolicyVectorEnv(VectorGridEnv(config, n_env=2))
    plain = VectorGridEnv(config, n_env=2, stacked=True)
    np.testing.assert_array_equal(shared.reset(seed=5)[0], plain.reset(seed=5)[0].reshape(6, -1))
    rng = np.random.default_rng(0)
    for _ in range(2 * STEPS):
        actions = rng.uniform(-1.0, 1.0, (6, 4)).astype(np.float32)
        observations, rewards, _, truncated, infos = shared.step(actions)
        shown, earned, _, ended, said = plain.step(actions.reshape(2, 3, 4))
        np.testing.assert_array_equal(observations, shown.reshape(6, -1))
        np.testing.assert_array_equal(rewards, earned.reshape(6))
        np.testing.assert_array_equal(truncated, np.repeat(ended, 3))
        found = infos["final_info"] if ended.all() else infos
        np.testing.assert_array_equal(found["safety"], said["safety"].reshape(6))

"""Gymnasium's faces: judged by Gymnasium's own checker, wrappers and vector environment."""

from __future__ import annotations

import warnings
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.vector.utils import batch_space
from gymnasium.wrappers.vector import NormalizeReward, RecordEpisodeStatistics

from heron.envs import (
    CentralControlEnv,
    CentralControlVectorEnv,
    CoreOptions,
    ObserverOptions,
    SharedPolicyVectorEnv,
    VectorEnv,
)
from heron.envs.demo import HeatingEnv, heating_core
from heron.errors import ActionError, ConfigError

STEPS = 3
MODES = ("next_step", "same_step")


def options(**changed: Any) -> CoreOptions:
    return CoreOptions(step_s=3600.0, max_steps=STEPS, **changed)


def arrays(n_env: int = 3, *, learners: Any = "coordinators", **settings: Any) -> VectorEnv:
    return VectorEnv(heating_core(n_env, learners=learners, options=options()), **settings)


def single(**changed: Any) -> CentralControlEnv:
    return CentralControlEnv(HeatingEnv(options=options(**changed)))


def with_state() -> CentralControlEnv:
    env = single()
    env.env.info_state = True
    return env


def drawn(n_step: int, shape: tuple[int, ...], *, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.uniform(-1.0, 1.0, shape).astype(np.float32) for _ in range(n_step)]


def assert_same(ours: Any, theirs: Any, name: str = "infos") -> None:
    """Nested infos are equal, but for the integer and float types inside."""
    if isinstance(theirs, dict):
        assert set(ours) == set(theirs), name
        for key in theirs:
            assert_same(ours[key], theirs[key], f"{name}.{key}")
    elif theirs.dtype == object:
        for left, right in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(left, right, err_msg=name)
    else:
        np.testing.assert_array_equal(ours, theirs, err_msg=name)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("make", [single, with_state])
def test_a_central_controller_is_gymnasiums_own_vector_of_single_ones(make: Any, mode: str) -> None:
    many = CentralControlVectorEnv(arrays(autoreset=mode, info_state=make is with_state))
    singles = SyncVectorEnv([make] * 3, autoreset_mode=AutoresetMode[mode.upper()])
    assert many.metadata["autoreset_mode"] == singles.metadata["autoreset_mode"]
    for name in ("single_observation_space", "single_action_space", "observation_space", "action_space"):
        assert getattr(many, name) == getattr(singles, name), name
    observations, infos = many.reset(seed=7)
    theirs, their_infos = singles.reset(seed=7)
    np.testing.assert_array_equal(observations, theirs)
    assert_same(infos, their_infos)
    many.reset(options={"reset_mask": np.array([True, False, False])})
    singles.reset(options={"reset_mask": np.array([True, False, False])})
    for actions in drawn(1, many.action_space.shape):  # environment 0 is behind, so that not all end at once
        many.step(actions)
        singles.step(actions)
    many.reset(options={"reset_mask": np.array([True, False, False])})
    singles.reset(options={"reset_mask": np.array([True, False, False])})
    for actions in drawn(3 * STEPS, many.action_space.shape, seed=1):
        ours, expected = many.step(actions), singles.step(actions)
        for left, right in zip(ours[:4], expected[:4], strict=True):
            assert left.dtype == right.dtype
            np.testing.assert_array_equal(left, right)
        assert_same(ours[4], expected[4])


@pytest.mark.parametrize("mode", MODES)
def test_agents_that_share_a_policy_are_rows_of_the_arrays(mode: str) -> None:
    shared = SharedPolicyVectorEnv(arrays(autoreset=mode))
    plain = arrays(autoreset=mode)
    assert shared.num_envs == 6
    first, _ = shared.reset(seed=3)
    shown, _ = plain.reset(seed=3)
    np.testing.assert_array_equal(first[1::2], shown["house2"])
    for actions in drawn(2 * STEPS, (6, 2)):
        observations, rewards, _, truncated, infos = shared.step(actions)
        by_agent = {"house1": actions[0::2], "house2": actions[1::2]}
        shown, reward, _, ended, said = plain.step(by_agent)
        np.testing.assert_array_equal(observations[0::2], shown["house1"])
        np.testing.assert_array_equal(rewards[1::2], reward["house2"])
        np.testing.assert_array_equal(truncated, np.repeat(ended, 2))
        if mode == "same_step" and ended.all():
            np.testing.assert_array_equal(np.stack(infos["final_obs"])[1::2], said["final_obs"]["house2"])
            np.testing.assert_array_equal(infos["final_info"]["cost"][1::2], said["cost"]["house2"])
        elif "cost" in infos:
            np.testing.assert_array_equal(infos["cost"][1::2], said["cost"]["house2"])


@pytest.mark.parametrize("face", [CentralControlVectorEnv, SharedPolicyVectorEnv])
def test_stacked_arrays_underneath_change_nothing(face: Any) -> None:
    apart, together = face(arrays()), face(arrays(stacked=True))
    apart.reset(seed=0)
    together.reset(seed=0)
    for actions in drawn(STEPS + 1, apart.action_space.shape):
        for left, right in zip(apart.step(actions)[:2], together.step(actions)[:2], strict=True):
            np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("face", [CentralControlVectorEnv, SharedPolicyVectorEnv])
@pytest.mark.parametrize("mode", MODES)
def test_returns_are_recorded_by_gymnasiums_wrapper(face: Any, mode: str) -> None:
    env = RecordEpisodeStatistics(face(arrays(autoreset=mode)))
    env.reset(seed=0)
    earned = np.zeros(env.num_envs)
    for actions in drawn(STEPS, env.action_space.shape):
        _, rewards, _, truncated, infos = env.step(actions)
        earned = earned + rewards
    assert truncated.all()
    np.testing.assert_array_equal(infos["episode"]["r"], earned)
    assert infos["episode"]["l"].tolist() == [STEPS] * env.num_envs


@pytest.mark.parametrize("mode", MODES)
def test_rewards_are_normalised_by_gymnasiums_wrapper(mode: str) -> None:
    env = NormalizeReward(SharedPolicyVectorEnv(arrays(8, autoreset=mode)))
    env.reset(seed=0)
    rewards = [env.step(actions)[1] for actions in drawn(40 * STEPS, env.action_space.shape)]
    assert np.isfinite(rewards).all()
    assert 0.05 < np.std(rewards[STEPS:]) < 5.0  # of the order of one whatever a USD is


def test_gymnasiums_checker_has_nothing_to_say_of_a_single_environment() -> None:
    gymnasium.register("CentralHeating-v0", entry_point=single)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            check_env(gymnasium.make("CentralHeating-v0", disable_env_checker=True).unwrapped)
    finally:
        del gymnasium.registry["CentralHeating-v0"]


def test_a_central_controller_earns_the_sum() -> None:
    env, apart = single(), HeatingEnv(options=options())
    env.reset(seed=4)
    apart.reset(seed=4)
    (action,) = drawn(1, (4,))
    _, reward, *_, info = env.step(action)
    _, rewards, _, _, infos = apart.step({"house1": action[:2], "house2": action[2:]})
    assert reward == rewards["house1"] + rewards["house2"]
    assert info["cost"] == infos["house1"]["cost"] + infos["house2"]["cost"]
    assert isinstance(info["limited"], int)


def test_batched_spaces_are_gymnasiums() -> None:
    env = SharedPolicyVectorEnv(arrays())
    assert env.observation_space == batch_space(env.single_observation_space, 6)
    assert env.action_space.shape == (6, 2)


def test_agents_that_differ_cannot_share_a_policy() -> None:
    core = heating_core(2, options=options(), learners=["house1", "house2.room1"])
    with pytest.raises(ConfigError, match=r"share a policy have different observations: \{'house1': Box"):
        SharedPolicyVectorEnv(VectorEnv(core))


def test_agents_with_actions_of_different_lengths_can_be_controlled_together() -> None:
    learners = ["house1", "house2.room1"]
    many = CentralControlVectorEnv(arrays(2, learners=learners))
    alone = CentralControlEnv(HeatingEnv(learners=learners, options=options()))
    many.reset(seed=0)
    alone.reset(seed=1)
    for actions in drawn(STEPS - 1, (2, 3)):
        observations, rewards, *_ = many.step(actions)
        seen, reward, *_ = alone.step(actions[1])
        np.testing.assert_array_equal(observations[1], seen)
        assert rewards[1] == reward


def test_agents_of_an_environment_begin_together() -> None:
    env = SharedPolicyVectorEnv(arrays())
    env.reset(seed=0)
    mask = np.array([True, True, False, False, False, True])
    with pytest.raises(ConfigError, match="begins an episode for some agents of an environment"):
        env.reset(options={"reset_mask": mask})
    with pytest.raises(ConfigError, match=r"reset_mask has shape \(3,\) and type bool. .* 6 sub-environments"):
        env.reset(options={"reset_mask": mask[:3]})
    env.step(np.zeros((6, 2), np.float32))
    mask[-1] = False
    env.reset(options={"reset_mask": mask})
    assert env.vector.core.steps.tolist() == [0, 1, 1]


def test_actions_of_another_shape_are_refused() -> None:
    env = CentralControlVectorEnv(arrays())
    env.reset(seed=0)
    with pytest.raises(ActionError, match=r"Actions have shape \(3, 5\), expected \(3, 4\)"):
        env.step(np.zeros((3, 5)))
    alone = single()
    alone.reset(seed=0)
    with pytest.raises(ActionError, match=r"The action has shape \(5,\), expected \(4,\)"):
        alone.step(np.zeros(5))


def test_which_agent_it_is_can_be_seen_with_a_shared_policy() -> None:
    core = heating_core(2, options=options(observer=ObserverOptions(one_hot=True)))
    observations, _ = SharedPolicyVectorEnv(VectorEnv(core)).reset(seed=0)
    assert observations[:, -2:].tolist() == [[1.0, 0.0], [0.0, 1.0]] * 2

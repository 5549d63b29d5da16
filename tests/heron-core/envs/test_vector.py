"""The vector face: arrays of many environments."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from heron.envs import CoreOptions, ObserverOptions, VectorEnv
from heron.envs.demo import HeatingEnv, heating_core
from heron.errors import ActionError, ConfigError, StateError

STEPS = 3


def vector(n_env: int = 3, **settings: Any) -> VectorEnv:
    options = CoreOptions(step_s=3600.0, max_steps=STEPS)
    return VectorEnv(heating_core(n_env, options=options), **settings)


def draw(n_step: int, n_env: int = 3, *, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.uniform(-1.0, 1.0, (n_env, 2, 2)).astype(np.float32) for _ in range(n_step)]


def by_agent(actions: np.ndarray) -> dict[str, np.ndarray]:
    return {"house1": actions[:, 0], "house2": actions[:, 1]}


@pytest.mark.parametrize("mode", ["same_step", "next_step"])
def test_environments_are_single_ones_over_autoresets(mode: str) -> None:
    many = vector(autoreset=mode)
    observations, _ = many.reset(seed=5)
    singles = [HeatingEnv(options=CoreOptions(step_s=3600.0, max_steps=STEPS)) for _ in range(3)]
    for env, single in enumerate(singles):
        first, _ = single.reset(seed=5 + env)
        np.testing.assert_array_equal(first["house2"], observations["house2"][env])
    for actions in draw(4 * STEPS):
        observations, rewards, _, truncated, infos = many.step(by_agent(actions))
        for env, single in enumerate(singles):
            if not single.agents:  # what the next-step mode makes of the step after the last
                seen, _ = single.reset()
                assert rewards["house1"][env] == 0.0
                np.testing.assert_array_equal(seen["house1"], observations["house1"][env])
                continue
            seen, reward, _, ended, info = single.step({a: v[env] for a, v in by_agent(actions).items()})
            assert (reward["house1"], ended["house1"]) == (rewards["house1"][env], truncated[env])
            assert info["house1"]["cost"] == infos["cost"]["house1"][env]
            shown = observations
            if truncated[env] and mode == "same_step":
                shown, (after, _) = infos["final_obs"], single.reset()
                np.testing.assert_array_equal(after["house1"], observations["house1"][env])
            np.testing.assert_array_equal(seen["house1"], shown["house1"][env])


def test_in_the_next_step_mode_others_go_on_while_one_begins() -> None:
    many = vector(autoreset=AutoresetMode.NEXT_STEP)
    many.reset(seed=0)
    actions = draw(5)
    many.step(actions[0])
    many.reset(options={"reset_mask": np.array([False, True, False])})  # environment 1 is a step behind
    ends = [many.step(action)[3].tolist() for action in actions[1:]]
    assert ends == [[False] * 3, [True, False, True], [False, True, False], [False] * 3]


def test_the_last_observation_is_kept_where_an_episode_begins_anew_at_once() -> None:
    many = vector()
    many.reset(seed=0)
    for actions in draw(STEPS - 1):
        assert "final_obs" not in many.step(actions)[4]
    *_, truncated, infos = many.step(draw(1)[0])
    assert truncated.all()
    assert infos["_final_obs"].all()
    assert infos["final_obs"]["house1"].shape == (3, many.observation_spaces["house1"].shape[0])


def test_where_an_episode_is_over_can_be_asked() -> None:
    many = vector(autoreset="next_step")
    many.reset(seed=0)
    for actions in draw(STEPS):
        assert not many.ended.any()
        many.step(actions)
    assert many.ended.all()
    many.step(draw(1)[0])  # the next episodes begin
    assert not many.ended.any()


def test_without_autoreset_an_ended_episode_has_to_be_reset() -> None:
    many = vector(autoreset="disabled")
    many.reset(seed=0)
    for actions in draw(STEPS):
        many.step(actions)
    with pytest.raises(ConfigError, match="The episode of environment 0 has ended"):
        many.step(draw(1)[0])
    many.reset(options={"reset_mask": np.array([True, False, True])})
    with pytest.raises(ConfigError, match="The episode of environment 1 has ended"):
        many.step(draw(1)[0])
    many.reset()
    many.step(draw(1)[0])


def test_stacked_arrays_hold_what_the_mappings_do() -> None:
    apart, together = vector(), vector(stacked=True)
    apart.reset(seed=0)
    together.reset(seed=0)
    for actions in draw(STEPS):
        observations, rewards, _, _, infos = apart.step(by_agent(actions))
        stack, reward, _, _, info = together.step(actions)
        assert stack.shape == (3, 2, observations["house1"].shape[1])
        for place, agent in enumerate(apart.possible_agents):
            np.testing.assert_array_equal(stack[:, place], observations[agent])
            np.testing.assert_array_equal(reward[:, place], rewards[agent])
            np.testing.assert_array_equal(info["cost"][:, place], infos["cost"][agent])
    np.testing.assert_array_equal(info["final_obs"][:, 1], infos["final_obs"]["house2"])


def test_learners_are_marked_in_stacked_observations_too() -> None:
    options = CoreOptions(step_s=3600.0, max_steps=STEPS, observer=ObserverOptions(one_hot=True))
    stack, _ = VectorEnv(heating_core(2, options=options), stacked=True).reset(seed=0)
    assert stack[:, :, -2:].tolist() == [[[1.0, 0.0], [0.0, 1.0]]] * 2


def test_observations_stay_what_they_were() -> None:
    many = vector()
    first, _ = many.reset(seed=0)
    before = first["house1"].copy()
    many.step(draw(1)[0])
    np.testing.assert_array_equal(first["house1"], before)


def test_going_on_after_a_restore_equals_never_having_stopped() -> None:
    many = vector(autoreset="next_step")
    many.reset(seed=0)
    actions = draw(2 * STEPS)
    for action in actions[:STEPS]:  # an autoreset is due
        many.step(action)
    saved = many.save_state()
    went_on = [many.step(action)[0]["house1"] for action in actions[STEPS:]]
    many.reset(seed=9)
    many.restore_state(saved)
    for seen, action in zip(went_on, actions[STEPS:], strict=True):
        np.testing.assert_array_equal(many.step(action)[0]["house1"], seen)


def test_the_full_state_comes_with_the_infos_where_wished() -> None:
    many = vector(info_state=True)
    _, infos = many.reset(seed=0)
    np.testing.assert_array_equal(infos["state"], many.state())
    assert many.state_space.shape == infos["state"].shape[1:]
    for actions in draw(STEPS):
        infos = many.step(actions)[4]
    assert infos["final_state"].shape == infos["state"].shape
    assert (infos["final_state"] != infos["state"]).any()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"autoreset": "never"}, r"no autoreset mode 'never'. Choose one of \['disabled', 'next_step', 'same_step'\]"),
    ],
)
def test_unknown_modes_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        vector(**settings)


def test_seeds_and_masks_have_to_fit() -> None:
    many = vector()
    with pytest.raises(ConfigError, match="2 seeds for 3 environments"):
        many.reset(seed=[1, 2])
    with pytest.raises(ConfigError, match="reset_mask has shape"):
        many.reset(options={"reset_mask": np.array([0, 1, 0])})


def test_an_action_that_is_no_number_changes_nothing() -> None:
    many = vector()
    many.reset(seed=0)
    before = many.core.table.values.copy()
    actions = draw(1)[0]
    actions[1, 1, 0] = np.nan
    with pytest.raises(ActionError, match=r"agent 'house2' is nan in field .* \(environment 1\)"):
        many.step(actions)
    np.testing.assert_array_equal(many.core.table.values, before)


def test_an_environment_that_was_never_reset_cannot_be_stepped() -> None:
    many = vector()
    with pytest.raises(ConfigError, match=r"No episode is under way in environment 0. Call reset"):
        many.step(draw(1)[0])
    many.reset(options={"reset_mask": np.array([True, True, False])})
    with pytest.raises(ConfigError, match="No episode is under way in environment 2"):
        many.step(draw(1)[0])


@pytest.mark.parametrize("seed", [1.5, "a", True])
def test_a_seed_that_is_no_whole_number_is_refused(seed: Any) -> None:
    with pytest.raises(ConfigError, match="is not a whole number"):
        vector().reset(seed=seed)


def test_the_state_of_something_else_is_refused() -> None:
    many = vector()
    with pytest.raises(StateError, match="This is no state of a VectorEnv"):
        many.restore_state({"core": many.core.save_state(), "agents": []})

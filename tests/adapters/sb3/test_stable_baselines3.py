"""Stable-Baselines3's view of many environments, tried with its own wrappers, checker and PPO."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

pytest.importorskip("stable_baselines3", reason="the extra sb3 is not installed")

from stable_baselines3 import PPO, SAC
from stable_baselines3.common.env_checker import check_env
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecMonitor, VecNormalize

from heron.envs import CentralControlEnv
from heron.errors import ConfigError
from heron.types import Float32Array
from powergrid.envs import MultiAgentMicrogrids, VectorGridEnv
from powergrid.setups.loader import load_setup
from powergrid_rl.adapters.stable_baselines3 import StableBaselinesVecEnv

STEPS = 4
pytestmark = pytest.mark.filterwarnings("error")
MakeGrids = Callable[..., VectorGridEnv]
Drawn = Callable[..., list[Float32Array]]


def test_agents_as_environments_go_through_the_same_trajectory(grids: MakeGrids, drawn: Drawn) -> None:
    env, plain = StableBaselinesVecEnv(grids()), grids(settings={"stacked": True})
    env.seed(5)
    first, _ = plain.reset(seed=5)
    np.testing.assert_array_equal(env.reset(), first.reshape(9, -1))
    for actions in drawn(2 * STEPS + 1, 9, 4):
        observations, rewards, dones, infos = env.step(actions)
        shown, reward, _, ended, said = plain.step(actions.reshape(3, 3, 4))
        np.testing.assert_array_equal(observations, shown.reshape(9, -1))
        np.testing.assert_array_equal(rewards, reward.reshape(9).astype(np.float32))
        np.testing.assert_array_equal(dones, np.repeat(ended, 3))
        if ended.any():
            last = np.stack([info["terminal_observation"] for info in infos])
            np.testing.assert_array_equal(last, said["final_obs"].reshape(9, -1))


def test_a_central_controller_is_a_vector_of_single_environments(drawn: Drawn) -> None:
    config = load_setup("ieee13_single") | {"max_episode_steps": STEPS}
    env = StableBaselinesVecEnv(VectorGridEnv(config, n_env=2), central=True)
    theirs = DummyVecEnv([lambda: CentralControlEnv(MultiAgentMicrogrids(config))] * 2)
    env.seed(1)
    theirs.seed(1)
    np.testing.assert_array_equal(env.reset(), theirs.reset())
    for actions in drawn(2 * STEPS, 2, 7):
        ours, expected = env.step(actions), theirs.step(actions)
        for left, right in zip(ours[:3], expected[:3], strict=True):
            assert left.dtype == right.dtype
            np.testing.assert_array_equal(left, right)
        for left, right in zip(ours[3], expected[3], strict=True):
            if "terminal_observation" in right:
                np.testing.assert_array_equal(left["terminal_observation"], right["terminal_observation"])
                assert left["TimeLimit.truncated"] is right["TimeLimit.truncated"] is True


def test_an_end_that_settles_everything_is_no_time_limit(grids: MakeGrids, drawn: Drawn) -> None:
    env = StableBaselinesVecEnv(grids(), value_after_limit=False)
    env.reset()
    for actions in drawn(STEPS, 9, 4):
        *_, dones, infos = env.step(actions)
    assert dones.all()
    assert not any(info["TimeLimit.truncated"] for info in infos)


def test_nothing_is_said_of_episodes_that_go_on_unless_asked(grids: MakeGrids, drawn: Drawn) -> None:
    quiet = StableBaselinesVecEnv(grids())
    talking = StableBaselinesVecEnv(grids(), info_keys=("cost", "power_flow_status"))
    quiet.reset()
    talking.reset()
    plain = grids()
    plain.reset()
    for actions in drawn(STEPS, 9, 4):
        silent, said = quiet.step(actions)[3], talking.step(actions)[3]
        _, _, _, _, infos = plain.step(actions.reshape(3, 3, 4))
        assert said[4]["cost"] == infos["cost"]["MG2"][1]
        assert said[4]["power_flow_status"] == 0
        if "terminal_observation" not in silent[0]:
            assert silent == [{}] * 9
            assert all(info is silent[0] for info in silent)


def test_an_unknown_entry_of_the_infos_is_refused(grids: MakeGrids) -> None:
    with pytest.raises(ConfigError, match="Infos have no 'costs'. Did you mean 'cost'"):
        StableBaselinesVecEnv(grids(), info_keys=("costs",))


def test_other_autoreset_modes_are_refused(grids: MakeGrids) -> None:
    with pytest.raises(ConfigError, match="a new episode in the same step, not NEXT_STEP"):
        StableBaselinesVecEnv(grids(settings={"autoreset": "next_step"}))


def test_days_are_chosen_through_options_for_the_next_reset_only(grids: MakeGrids) -> None:
    env = StableBaselinesVecEnv(grids())
    env.seed(0)
    env.set_options({"day": np.array([4, 0, 9])})
    env.reset()
    rows = env.vector.plant.exogenous.start_rows()
    assert ((rows - rows[1]) / 24).tolist() == [4.0, 0.0, 9.0]
    env.seed(0)
    env.reset()
    assert env.vector.plant.exogenous.start_rows().tolist() != rows.tolist()
    env.set_options([{"day": 1}] * 8 + [{"day": 2}])
    with pytest.raises(ConfigError, match="The options differ between environments"):
        env.reset()


def test_attributes_and_methods_are_those_of_the_environments(grids: MakeGrids) -> None:
    env = StableBaselinesVecEnv(grids())
    assert env.agents == ["MG1", "MG2", "MG3"] * 3
    assert env.get_attr("n_env") == [3] * 9
    assert env.get_attr("observation_space", [0, 8]) == [env.observation_space] * 2
    assert not env.has_attr("no_such_thing")
    env.set_attr("info_state", True)
    assert env.vector.info_state
    env.reset()
    states = env.env_method("state")
    assert len(states) == 9
    assert states[0].shape == (3, *env.vector.state_space.shape)
    assert env.env_is_wrapped(Monitor, [1, 2]) == [False, False]
    with pytest.raises(AttributeError, match="no_such_thing"):
        env.set_attr("no_such_thing", 1)
    with pytest.raises(ConfigError, match="'state' is called for 1 of 9 environments"):
        env.env_method("state", indices=0)
    with pytest.raises(IndexError, match="There is no environment 9"):
        env.get_attr("n_env", [9])


def test_the_librarys_checker_has_nothing_to_say_of_a_single_environment() -> None:
    check_env(CentralControlEnv(MultiAgentMicrogrids(load_setup("ieee13_single"))), warn=True)


def test_returns_are_counted_and_normalised_by_the_librarys_wrappers(grids: MakeGrids, drawn: Drawn) -> None:
    plain = grids(settings={"stacked": True})
    plain.reset(seed=0)
    env = VecNormalize(VecMonitor(StableBaselinesVecEnv(grids())), norm_obs=False)
    env.seed(0)
    env.reset()
    earned = np.zeros(9, dtype=np.float32)
    for actions in drawn(STEPS, 9, 4):
        *_, infos = env.step(actions)
        earned += plain.step(actions.reshape(3, 3, 4))[1].reshape(9).astype(np.float32)
    assert [info["episode"]["r"] for info in infos] == earned.tolist()
    assert {info["episode"]["l"] for info in infos} == {STEPS}


def test_ppo_learns_for_some_rounds(grids: MakeGrids) -> None:
    env = VecMonitor(StableBaselinesVecEnv(grids(8), value_after_limit=False))
    normal = VecNormalize(env, norm_obs=False)
    model = PPO("MlpPolicy", normal, n_steps=8, batch_size=96, n_epochs=2, gamma=1.0, device="cpu", seed=0)
    before = [parameter.detach().clone() for parameter in model.policy.parameters()]
    model.learn(3 * 8 * 24)
    assert model.num_timesteps == 3 * 8 * 24
    assert any((old != new).any() for old, new in zip(before, model.policy.parameters(), strict=True))
    mean, _ = evaluate_policy(model, env, n_eval_episodes=24)
    assert np.isfinite(mean)


def test_an_off_policy_learner_takes_the_central_controller(grids: MakeGrids) -> None:
    env = StableBaselinesVecEnv(grids(2, setup="ieee13_single"), central=True)
    model = SAC("MlpPolicy", env, learning_starts=8, batch_size=8, buffer_size=64, device="cpu", seed=0)
    model.learn(24)
    assert model.num_timesteps == 24


def test_the_example_trains(run_example: Callable[..., str], earned: Callable[[str], dict[str, float]]) -> None:
    found = earned(run_example("08_stable_baselines3.py", "--test"))
    assert set(found) == {"untrained", "trained"}
    assert np.isfinite(list(found.values())).all()


def test_the_lines_of_the_documentation_run(run_blocks: Callable[[str], str]) -> None:
    run_blocks("needs Stable-Baselines3")

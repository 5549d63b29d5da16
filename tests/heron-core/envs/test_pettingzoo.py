"""The PettingZoo face."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from pettingzoo.test import parallel_api_test

from heron.agents import FieldAgent
from heron.core import ConstantPolicy
from heron.envs import CoreOptions, PettingZooParallelEnv
from heron.envs.demo import HeatingEnv, Room, heating_core
from heron.errors import ActionError, ConfigError, UnknownNameError
from heron.scheduling import TimingScheme
from heron.testing import check_full_horizon_seed


@pytest.fixture
def env() -> HeatingEnv:
    made = HeatingEnv(options=CoreOptions(step_s=3600.0, max_steps=3))
    made.reset(seed=0)
    return made


def neutral(env: HeatingEnv) -> dict[str, np.ndarray]:
    return {agent: np.full(env.action_space(agent).shape, -1.0, dtype=np.float32) for agent in env.agents}


@pytest.mark.parametrize("learners", ["coordinators", "devices"])
def test_pettingzoos_own_test_passes_without_warnings(learners: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parallel_api_test(HeatingEnv(learners=learners), num_cycles=60)


def test_two_environments_with_one_seed_agree_to_the_end() -> None:
    check_full_horizon_seed(HeatingEnv)


def test_spaces_are_the_same_object_on_every_call(env: HeatingEnv) -> None:
    assert env.observation_space("house1") is env.observation_space("house1")
    assert env.action_space("house1") is env.action_spaces["house1"]
    assert env.possible_agents == ["house1", "house2"]
    assert env.action_space("house1").shape == (2,)
    assert env.action_space("house1").dtype == np.float32
    assert env.state_space.contains(env.state())


def test_the_first_infos_are_empty() -> None:
    observations, infos = HeatingEnv().reset(seed=1)
    assert infos == {"house1": {}, "house2": {}}
    assert observations["house1"].shape == (8,)
    assert observations["house1"].dtype == np.float32


def test_a_step_gives_five_dicts_of_plain_numbers(env: HeatingEnv) -> None:
    observations, rewards, terminations, truncations, infos = env.step(neutral(env))
    assert set(observations) == set(rewards) == set(terminations) == set(truncations) == set(infos)
    assert type(rewards["house1"]) is float
    assert (terminations["house1"], truncations["house1"]) == (False, False)
    assert set(infos["house1"]) == {"cost", "safety", "limited", "obs_clipped"}
    assert type(infos["house1"]["cost"]) is float
    assert (infos["house1"]["limited"], infos["house1"]["obs_clipped"]) == ((), 0)
    # the heaters are off: no cost, and 10 is the weight of safety
    assert (infos["house1"]["cost"], rewards["house1"]) == (0.0, -10.0 * infos["house1"]["safety"])


def test_a_limited_setpoint_is_named(env: HeatingEnv) -> None:
    infos = env.step({"house1": np.array([0.0, 1.5]), "house2": np.array([-2.0, -2.0])})[4]
    assert infos["house1"]["limited"] == ("house1.room2.heat",)
    assert infos["house2"]["limited"] == ("house2.room1.heat", "house2.room2.heat")


def test_what_the_plant_reports_is_in_the_infos(env: HeatingEnv) -> None:
    assert env.core is not None
    env.core.plant.report = lambda: {"storms": np.array([2])}  # type: ignore[method-assign]
    assert env.step(neutral(env))[4]["house2"]["storms"] == 2


def test_a_clipped_observation_is_counted(env: HeatingEnv) -> None:
    assert env.core is not None
    env.core.plant._values[0] = -100.0  # type: ignore[attr-defined]
    # (-100 - 4) / 5 = -20.8 is shown as -10
    observations, *_, infos = env.step(neutral(env))
    assert infos["house1"]["obs_clipped"] == 1
    assert observations["house1"].min() == -10.0


def test_infos_carry_the_state_when_asked_to(env: HeatingEnv) -> None:
    env.info_state = True
    np.testing.assert_array_equal(env.reset(seed=0)[1]["house1"]["state"], env.state())
    np.testing.assert_array_equal(env.step(neutral(env))[4]["house2"]["state"], env.state())


def test_the_episode_ends_for_everybody_and_then_wants_a_reset(env: HeatingEnv) -> None:
    for _ in range(2):
        env.step(neutral(env))
    truncations = env.step(neutral(env))[3]
    assert truncations == {"house1": True, "house2": True}
    assert env.agents == []
    with pytest.raises(ConfigError, match=r"No episode is under way. Call reset\(\)"):
        env.step({})
    env.reset()
    assert env.agents == ["house1", "house2"]


def test_a_wrong_action_is_an_error(env: HeatingEnv) -> None:
    with pytest.raises(ActionError, match="No action for agent 'house2'"):
        env.step({"house1": np.zeros(2)})


def test_actions_can_be_latched_without_time_passing(env: HeatingEnv) -> None:
    assert env.core is not None
    env.apply_actions({"house1": np.array([1.0, 0.0]), "house2": np.zeros(2)})
    assert env.core.table["house1.room1.setpoint.heat"][0] == 1.0
    assert env.core.steps[0] == 0


def test_observations_can_be_had_at_any_time(env: HeatingEnv) -> None:
    observations = env.step(neutral(env))[0]
    for agent, values in env.get_observations().items():
        np.testing.assert_array_equal(values, observations[agent])


def test_agents_of_any_level_are_found_by_name(env: HeatingEnv) -> None:
    assert isinstance(env.get_heron_agent("house1.room2"), Room)
    with pytest.raises(UnknownNameError, match="Nobody is called 'house1.room9'. Did you mean 'house1.room"):
        env.get_heron_agent("house1.room9")


def test_agents_can_be_reset_alone(env: HeatingEnv) -> None:
    room = env.get_heron_agent("house1.room1")
    env.step({agent: np.ones(2) for agent in env.agents})
    assert room.action.c.tolist() == [1.0]
    env.reset_agents()
    assert room.action.c.tolist() == [0.0]


def test_a_saved_environment_goes_on_where_it_was(env: HeatingEnv) -> None:
    env.step(neutral(env))
    saved = env.save_state()
    first = [env.step(neutral(env)) for _ in range(2)]
    assert env.agents == []
    env.restore_state(saved)
    assert env.agents == ["house1", "house2"]
    second = [env.step(neutral(env)) for _ in range(2)]
    assert [step[1] for step in first] == [step[1] for step in second]


def test_agents_are_registered_before_the_environment_is_built() -> None:
    env = PettingZooParallelEnv()
    env.register_agent(FieldAgent("a"))
    assert env.get_heron_agent("a").agent_id == "a"
    with pytest.raises(ConfigError, match="Two agents are named 'a'"):
        env.register_agent(FieldAgent("a"))
    with pytest.raises(ConfigError, match=r"not built yet. Call super\(\).__init__"):
        env.reset()
    with pytest.raises(ConfigError, match="'b' comes too late: the environment is built"):
        HeatingEnv().register_agent(FieldAgent("b"))


def test_a_batch_is_not_shown_as_one_environment() -> None:
    env = PettingZooParallelEnv()
    env._start(heating_core(3))
    with pytest.raises(ConfigError, match="shows one environment, this core holds 3"):
        env.reset(seed=0)


def test_physical_spaces_are_those_of_the_fields() -> None:
    env = HeatingEnv(options=CoreOptions(normalized_actions=False))
    assert (env.action_space("house1").low.tolist(), env.action_space("house1").high.tolist()) == ([0, 0], [1, 1])


def test_actions_and_seeds_matter() -> None:
    def total(action: float, seed: int) -> float:
        env = HeatingEnv()
        env.reset(seed=seed)
        rewards: list[float] = []
        while env.agents:
            rewards += env.step({agent: np.full(2, action) for agent in env.agents})[1].values()
        assert len(set(rewards)) > 24
        return sum(rewards)

    totals: dict[Any, float] = {(action, seed): total(action, seed) for action in (-1.0, 0.0, 1.0) for seed in (0, 1)}
    assert len(set(totals.values())) == 6


def test_nothing_to_render_or_close(env: HeatingEnv) -> None:
    env.get_heron_agent("supplier").policy = ConstantPolicy(0.0)
    env.render()
    env.close()


def test_a_timing_alone_is_no_execution() -> None:
    with pytest.raises(ConfigError, match=r"was given a TimingScheme\. Give Execution\(timing=…\)\."):
        HeatingEnv().setup_event_driven(TimingScheme())  # type: ignore[arg-type]

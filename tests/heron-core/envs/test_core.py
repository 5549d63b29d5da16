"""The environment core: episodes, actions, rewards, saved states."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from heron.core import ConstantPolicy, Observation, Policy, RandomPolicy, SeedTree
from heron.envs import CoreOptions, EnvironmentCore, SynchronousCore
from heron.envs.demo import heating_core
from heron.errors import ActionError, ConfigError, StateError
from heron.types import FloatArray

IDLE = {"house1": np.full((1, 2), -1.0), "house2": np.full((1, 2), -1.0)}


def started(n_env: int = 1, *, seed: int = 0, **options: Any) -> SynchronousCore:
    core = heating_core(n_env, options=CoreOptions(**{"step_s": 3600.0, "max_steps": 3, "penalty": 2.0, **options}))
    core.reset(seeds=range(seed, seed + n_env))
    return core


def actions(n_env: int, value: float = 0.0) -> dict[str, FloatArray]:
    return {"house1": np.full((n_env, 2), value), "house2": np.full((n_env, 2), value)}


@pytest.mark.parametrize("options", [{"step_s": 0.0}, {"step_s": -1.0}, {"max_steps": 0}, {"step_s": np.nan}])
def test_options_that_let_no_time_pass_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="are not positive"):
        CoreOptions(**options)


def test_an_episode_is_truncated_after_its_steps() -> None:
    core = started()
    assert [bool(core.step(IDLE).truncated[0]) for _ in range(3)] == [False, False, True]
    assert not core.step(IDLE).terminated[0]


def test_the_reward_is_the_negative_cost_less_the_penalty_once() -> None:
    core = started()
    result = core.step(actions(1, 1.0))
    for agent_id in core.learners:
        expected = -result.costs[agent_id] - 2.0 * result.safeties[agent_id]
        np.testing.assert_array_equal(result.rewards[agent_id], expected)
        # full heat in two rooms for an hour, at a tariff of 1 or 3 USD/h
        assert result.costs[agent_id][0] in (2.0, 6.0)


def test_a_shared_reward_is_the_mean_over_learners() -> None:
    alone, shared = started(), started(share_reward=True)
    given = {"house1": np.zeros((1, 2)), "house2": np.ones((1, 2))}
    one, both = alone.step(given), shared.step(given)
    mean = (one.rewards["house1"] + one.rewards["house2"]) / 2.0
    np.testing.assert_array_equal(both.rewards["house1"], mean)
    np.testing.assert_array_equal(both.rewards["house2"], mean)
    assert one.rewards["house1"][0] != one.rewards["house2"][0]
    # costs stay each agent's own
    np.testing.assert_array_equal(both.costs["house1"], one.costs["house1"])


def test_an_environments_own_reward_replaces_cost_and_safety() -> None:
    core = started(2)
    core.reward_function = lambda: ({"house1": 5.0, "house2": np.array([1.0, 2.0])}, {"house1": 1.0, "house2": 0.0})
    result = core.step(actions(2))
    # 5 - 2 · 1: the penalty is applied once, by the core
    np.testing.assert_array_equal(result.rewards["house1"], [3.0, 3.0])
    np.testing.assert_array_equal(result.rewards["house2"], [1.0, 2.0])
    assert result.costs["house1"][0] > 0.0


def test_an_own_reward_that_forgets_an_agent_names_it() -> None:
    core = started()
    core.reward_function = lambda: ({"house1": 5.0, "house2": 1.0}, {"house1": 1.0})
    with pytest.raises(ConfigError, match="'house2' is missing"):
        core.step(IDLE)


def test_rewards_stay_as_they_were() -> None:
    core = started()
    first = core.step(actions(1, 1.0))
    before = copy.deepcopy(first)
    core.step(IDLE)
    for name in ("rewards", "costs", "safeties", "observations"):
        for agent_id, values in getattr(first, name).items():
            np.testing.assert_array_equal(values, getattr(before, name)[agent_id])


def test_a_single_environment_takes_actions_without_its_axis() -> None:
    one, other = started(), started()
    one.step({"house1": [0.1, 0.2], "house2": [0.3, 0.4]})
    other.step({"house1": np.array([[0.1, 0.2]]), "house2": np.array([[0.3, 0.4]])})
    np.testing.assert_array_equal(one.table.values, other.table.values)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"house1": np.zeros((1, 2))}, "No action for agent 'house2'. Give one for every agent"),
        ({**IDLE, "house3": np.zeros((1, 2))}, "Action for 'house3', who is no learner. Did you mean 'house"),
        (
            {**IDLE, "house2": np.zeros((1, 3))},
            r"Action of agent 'house2' has shape \(1, 3\), expected \(2,\): \['room1.heat', 'room2.heat'\]",
        ),
        (
            {**IDLE, "house2": np.array([[0.0, np.nan]])},
            r"Action of agent 'house2' is nan in field 'room2.heat' \(environment 0\)",
        ),
        ({**IDLE, "house2": ["warm", "cold"]}, r"Action of agent 'house2' is no array of numbers: \['warm', 'cold'\]"),
        ({**IDLE, "house1": np.array([[np.inf, 0.0]])}, "Action of agent 'house1' is inf in field 'room1.heat'"),
    ],
)
def test_a_wrong_action_names_agent_and_field_and_changes_nothing(given: dict[str, Any], message: str) -> None:
    core = started()
    before = core.table.values.copy()
    with pytest.raises(ActionError, match=message):
        core.step(given)
    np.testing.assert_array_equal(core.table.values, before)


def test_several_environments_need_their_axis() -> None:
    core = started(3)
    with pytest.raises(ActionError, match=r"has shape \(2,\), expected \(3, 2\)"):
        core.step({"house1": np.zeros(2), "house2": np.zeros((3, 2))})


@pytest.mark.parametrize("n_env", [1, 4])
def test_environment_i_gets_what_a_single_one_gets_from_seed_plus_i(n_env: int) -> None:
    batch = started(n_env, seed=10)
    for env in range(n_env):
        single = started(seed=10 + env)
        np.testing.assert_array_equal(batch.table.values[:, env], single.table.values[:, 0])


def test_a_reset_without_seed_goes_on_to_the_next_episode() -> None:
    core = started(seed=4)
    core.reset()
    core.reset()
    assert (core.trees[0].seed, core.trees[0].episode) == (4, 2)
    expected = SeedTree(4, 2).generator("house1.room1", "begin").uniform(16.0, 22.0)
    assert core.table["house1.room1.room_climate.temperature_degc"][0] == expected


def test_episodes_of_a_batch_are_numbered_each_by_itself() -> None:
    core = started(3)
    core.reset(envs=np.array([1]))
    core.reset(envs=np.array([1, 2]))
    assert [tree.episode for tree in core.trees] == [0, 2, 1]


def test_environments_without_a_seed_differ() -> None:
    core = heating_core(3)
    core.reset()
    temperatures = core.table["house1.room1.room_climate.temperature_degc"]
    assert len(set(temperatures.tolist())) == 3


def test_a_seed_too_many_is_refused() -> None:
    core = started(2)
    with pytest.raises(ConfigError, match="3 seeds for 2 environments"):
        core.reset(seeds=[1, 2, 3])
    with pytest.raises(ConfigError, match="2 seeds for 1 environments"):
        core.reset(seeds=[1, 2], envs=np.array([0]))


def test_a_partial_reset_leaves_the_other_environments_running() -> None:
    core = started(2)
    core.step(actions(2))
    before = core.table.values[:, 0].copy()
    core.reset(envs=np.array([1]))
    np.testing.assert_array_equal(core.table.values[:, 0], before)
    assert core.steps.tolist() == [1, 0]


def test_options_of_a_reset_reach_the_plant() -> None:
    core = started()
    core.reset(seeds=[0], options={"start": 5})
    assert core.plant.cursor.tolist() == [5]  # type: ignore[attr-defined]


def test_time_of_an_observation_is_that_of_the_episode() -> None:
    core = started(2)
    core.step(actions(2))
    core.reset(envs=np.array([1]))
    assert core.observe("house1").time_s.tolist() == [3600.0, 0.0]


class Counting(Policy):
    """A policy with a memory: its action is how often it was asked, and some noise."""

    def __init__(self) -> None:
        self.count = 0
        self._noise = RandomPolicy()

    def reset(self, streams: Any) -> None:
        self.count = 0
        self._noise.reset(streams)

    def save_state(self) -> dict[str, Any]:
        return {"count": self.count}

    def restore_state(self, state: Any) -> None:
        self.count = state["count"]

    def act(self, observation: Observation) -> FloatArray:
        self.count += 1
        self._noise.action_dim = self.action_dim
        return np.clip(0.01 * self.count + 0.1 * self._noise.act(observation), -1.0, 1.0)


def test_policies_go_on_after_a_restore_as_if_never_stopped() -> None:
    core, other = started(2), started(2)
    for one in (core, other):
        one.agents["supplier"].policy = Counting()
        one.reset(seeds=[0, 1])
    core.step(actions(2))
    saved = core.save_state()
    core.step(actions(2))
    core.step(actions(2))
    expected = core.table.values.copy()
    for target in (core, other):
        target.restore_state(saved)
        target.step(actions(2))
        target.step(actions(2))
        np.testing.assert_array_equal(target.table.values, expected)


def test_a_policy_draws_from_its_agents_own_stream() -> None:
    core = started(2)
    core.agents["supplier"].policy = RandomPolicy()
    core.reset(seeds=[3, 4])
    core.step(actions(2))
    drawn = SeedTree(4).generator("supplier", "policy").uniform(-1.0, 1.0, 1)[0]
    # -1 … 1 is 0 … 4 USD/h
    np.testing.assert_allclose(core.table["house1.inbox.price"][1], 2.0 + 2.0 * drawn, rtol=1e-15)


def test_a_saved_state_of_another_size_is_refused() -> None:
    with pytest.raises(StateError, match=r"Saved state of shape \(\d+, 2\) does not fit this environment's \(\d+, 3\)"):
        started(3).restore_state(started(2).save_state())


def test_a_copied_environment_goes_its_own_way_with_the_same_bits() -> None:
    core = started(2)
    core.step(actions(2))
    twin = copy.deepcopy(core)
    for _ in range(2):
        core.step(actions(2, 0.3))
        twin.step(actions(2, 0.3))
    np.testing.assert_array_equal(core.table.values, twin.table.values)
    assert (
        twin.agents["house1"].state.house_climate.coldest_degc[0] == twin.table["house1.house_climate.coldest_degc"][0]
    )
    twin.step(actions(2, 1.0))
    assert not np.array_equal(core.table.values, twin.table.values)


@pytest.mark.parametrize("ends", [True, False])
def test_a_failed_plant_ends_the_episode_only_where_asked(ends: bool) -> None:
    core = started(2, terminate_on_failure=ends)
    core.plant.failed = lambda: np.array([False, True])  # type: ignore[method-assign]
    final: list[list[bool]] = []
    core.plant.settle = lambda last: final.append(last.tolist())  # type: ignore[method-assign]
    result = core.step(actions(2))
    assert result.terminated.tolist() == [False, ends]
    assert result.truncated.tolist() == [False, False]
    assert final == [[False, ends]]


def test_a_failure_at_the_last_step_is_a_termination() -> None:
    core = started(terminate_on_failure=True, max_steps=1)
    core.plant.failed = lambda: np.array([True])  # type: ignore[method-assign]
    result = core.step(IDLE)
    assert (result.terminated.tolist(), result.truncated.tolist()) == ([True], [False])


def test_an_execution_mode_says_how_a_step_goes() -> None:
    core = started()
    with pytest.raises(NotImplementedError):
        EnvironmentCore.step(core, IDLE)


def test_a_constant_policy_of_the_wrong_size_is_found_at_its_first_turn() -> None:
    core = started()
    core.agents["supplier"].policy = ConstantPolicy([0.0, 0.0])
    with pytest.raises(ActionError, match="Constant action of shape"):
        core.step(IDLE)


@pytest.mark.parametrize("seed", [1.9, "a", None])
def test_a_seed_that_is_no_whole_number_is_refused(seed: object) -> None:
    with pytest.raises(ConfigError, match="is not a whole number"):
        heating_core(1).reset(seeds=[seed])  # type: ignore[list-item]


def test_a_value_that_is_no_number_is_named_before_anyone_sees_it() -> None:
    core = heating_core(2)
    core.reset(seeds=[0, 1])
    advance = core.plant.advance

    def spoiled(step_ns: int) -> None:
        advance(step_ns)
        core.table["house1.room1.room_climate.temperature_degc"][1] = np.nan

    core.plant.advance = spoiled  # type: ignore[method-assign]
    with pytest.raises(StateError, match=r"temperature_degc' is nan after a step \(environment 1\)"):
        core.step({agent: np.zeros((2, dim)) for agent, dim in core.control.dims.items()})


def test_actions_that_are_neither_mapping_nor_array_are_refused() -> None:
    with pytest.raises(ActionError, match="Actions are list, not a mapping from agents"):
        heating_core(1).step([0.0, 0.0])  # type: ignore[arg-type]


def test_one_array_of_all_actions_does_what_a_mapping_does() -> None:
    actions = np.random.default_rng(0).uniform(-1.0, 1.0, (3, 2, 2))
    by_agent, joint = heating_core(3), heating_core(3)
    for core, given in ((by_agent, {"house1": actions[:, 0], "house2": actions[:, 1]}), (joint, actions)):
        core.reset(seeds=[0, 1, 2])
        core.step(given)
    np.testing.assert_array_equal(by_agent.table.values, joint.table.values)


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        (np.zeros((3, 4)), r"has shape \(3, 4\), expected \(3, 2, 2\)"),
        (np.full((3, 2, 2), "a"), "holds <U1, not numbers"),
    ],
)
def test_an_array_of_actions_that_does_not_fit_is_refused(actions: np.ndarray, message: str) -> None:
    with pytest.raises(ActionError, match=message):
        heating_core(3).step(actions)

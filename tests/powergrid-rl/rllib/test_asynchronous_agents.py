"""Agents that act at rates of their own, as RLlib sees them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ray.rllib.env.multi_agent_env_runner import MultiAgentEnvRunner
from ray.rllib.utils.pre_checks.env import check_multiagent_environments
from toy import AGENTS, TICKS_S, EventToyEnv
from toy_runs import SMALL

from heron.envs import SynchronousCore
from powergrid_rl.rllib.algorithm import ppo_config
from powergrid_rl.rllib.episode_env import EpisodeEnv
from powergrid_rl.training import Algorithm, Budget, Route, TrainingSettings, train
from powergrid_rl.training.environment import EnvironmentFactory
from powergrid_rl.training.held_out import HeldOutEpisodes
from powergrid_rl.training.teams import form_roster

ON_EVENTS: dict[str, Any] = {"event_driven": True}
EPISODE_S = 10


def environment(config: dict[str, Any] = ON_EVENTS, **settings: Any) -> EpisodeEnv:
    return EpisodeEnv({"factory": EnvironmentFactory(config=config, env_class=EventToyEnv), **settings})


def middle(agents: Any) -> dict[str, Any]:
    return {agent: np.full(2, 0.25, dtype=np.float32) for agent in agents}


def noted_rewards(env: EpisodeEnv) -> list[np.ndarray[Any, Any]]:
    """Rewards of every plant interval from now on, as the plant's clock settles it."""
    core = env._env.core
    assert core is not None
    passed: list[np.ndarray[Any, Any]] = []
    pass_interval = core.pass_interval

    def noting(*args: Any, **kwargs: Any) -> Any:
        settled = pass_interval(*args, **kwargs)
        passed.append(settled[0][:, 0].copy())
        return settled

    core.pass_interval = noting  # type: ignore[method-assign]
    return passed


def test_only_agents_that_are_due_get_something() -> None:
    env = environment()
    observations, infos = env.reset(seed=0)
    assert set(observations) == set(infos) == set(AGENTS)
    for second in range(1, EPISODE_S + 1):
        observations, rewards, terminated, truncated, infos = env.step(middle(observations))
        due = {agent for agent in AGENTS if second % TICKS_S[agent] == 0} if second < EPISODE_S else set(AGENTS)
        assert set(observations) == set(rewards) == set(infos) == due
        assert set(terminated) == set(truncated) == {*due, "__all__"}
        assert terminated["__all__"] == (second == EPISODE_S)
        assert all(infos[agent]["due"] for agent in due)


def test_what_agents_get_is_what_they_earned_since_they_acted() -> None:
    env = environment()
    passed = noted_rewards(env)
    observations, _ = env.reset(seed=3)
    got = dict.fromkeys(AGENTS, 0.0)
    begun = dict.fromkeys(AGENTS, 0)
    for second in range(1, EPISODE_S + 1):
        observations, rewards, *_ = env.step(middle(observations))
        for agent, reward in rewards.items():
            own = [float(interval[AGENTS.index(agent)]) for interval in passed[begun[agent] : second]]
            assert reward == pytest.approx(sum(own), rel=1e-12)
            begun[agent] = second
            got[agent] += reward
    for place, agent in enumerate(AGENTS):
        assert got[agent] == pytest.approx(sum(float(interval[place]) for interval in passed), rel=1e-12)
    assert len(passed) == EPISODE_S


def test_rllibs_checks_pass() -> None:
    check_multiagent_environments(environment())
    check_multiagent_environments(environment({}))


@pytest.mark.parametrize("on_events", [False, True])
def test_a_time_limit_can_be_an_interruption(on_events: bool) -> None:
    env = environment({"event_driven": on_events}, value_after_limit=True)
    observations, _ = env.reset(seed=0)
    flags: list[tuple[bool, bool]] = []
    for _ in range(EPISODE_S):
        observations, _, terminated, truncated, _ = env.step(middle(observations))
        flags.append((terminated["__all__"], truncated["__all__"]))
        assert not any(terminated.values())
        assert not any(truncated[agent] for agent in observations)
    assert flags == [(False, False)] * (EPISODE_S - 1) + [(False, True)]


def settings(**changes: Any) -> TrainingSettings:
    return TrainingSettings(**{**SMALL, "route": Route.EPISODES, "n_env": 2, "n_step": 40, **changes})


def test_returns_in_rllibs_episodes_are_sums_over_plant_intervals() -> None:
    chosen = settings(n_env=1)
    factory = EnvironmentFactory(config={**ON_EVENTS, "agent_one_hot": True}, env_class=EventToyEnv)
    runner = MultiAgentEnvRunner(config=ppo_config(factory, form_roster(factory.build(), chosen.sharing), chosen))
    env = runner.env.unwrapped.envs[0].unwrapped
    assert isinstance(env, EpisodeEnv)
    passed = noted_rewards(env)
    episodes = runner.sample(num_episodes=3)
    assert len(episodes) == 3
    for number, episode in enumerate(episodes):
        intervals = passed[number * EPISODE_S : (number + 1) * EPISODE_S]
        assert episode.get_return() == pytest.approx(float(np.sum(intervals)), rel=1e-9)
        # A acts at every second, B at every other, C at 0, 4 and 8 s
        steps = {agent: len(one) for agent, one in episode.agent_episodes.items()}
        assert steps == {"A": 10, "B": 5, "C": 3}
    runner.stop()


@pytest.mark.parametrize("algorithm", [Algorithm.MAPPO, Algorithm.IPPO])
def test_agents_of_different_rates_learn(tmp_path: Path, algorithm: Algorithm) -> None:
    chosen = settings(algorithm=algorithm)
    budget = Budget(n_step=2 * chosen.n_step_round)
    result = train(ON_EVENTS, folder=tmp_path / "run", settings=chosen, budget=budget, env_class=EventToyEnv)
    assert result.n_step == 2 * chosen.n_step_round
    with (tmp_path / "run" / "progress.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    # three agents that miss by 0.6 on average: 3 · 20 · 0.6 · 10 s, about -350 USD
    assert all(-900.0 < float(row["training_return"]) < -100.0 for row in rows)
    assert np.isfinite(result.held_out_return)


def test_held_out_episodes_of_a_run_on_events_are_in_lockstep() -> None:
    factory = EnvironmentFactory(config={**ON_EVENTS, "agent_one_hot": True}, env_class=EventToyEnv)
    assert isinstance(HeldOutEpisodes(factory)._core, SynchronousCore)

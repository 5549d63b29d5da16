"""Both routes from the environment to the learner say the same."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from ray.rllib.core.columns import Columns
from ray.rllib.env.multi_agent_episode import MultiAgentEpisode
from ray.rllib.evaluation.postprocessing import Postprocessing
from toy import AGENTS, ToyEnv

from powergrid_rl.rllib.algorithm import LearnerPipeline, TeamOfAgent, module_spec, ppo_config
from powergrid_rl.rllib.array_sampler import ArraySampler
from powergrid_rl.rllib.chunk import Chunk
from powergrid_rl.rllib.chunk_batch import team_rows
from powergrid_rl.rllib.episode_env import EpisodeEnv
from powergrid_rl.rllib.module import STATE
from powergrid_rl.training.environment import EnvironmentFactory
from powergrid_rl.training.settings import Algorithm, Route, TrainingSettings
from powergrid_rl.training.teams import Roster, Sharing, form_roster

N_ENV, N_STEP = 4, 23  # episodes of 10 steps: every fragment is cut in the middle of one


def settings(**changes: Any) -> TrainingSettings:
    kept: dict[str, Any] = {"n_env": N_ENV, "n_step": N_STEP, "reward_scale": 5.0, "hidden": (16,), "seed": 3}
    return TrainingSettings(**{**kept, **changes})


def factory() -> EnvironmentFactory:
    return EnvironmentFactory(config={"agent_one_hot": True, "info_state": True}, env_class=ToyEnv)


def sampled(chosen: TrainingSettings) -> tuple[Roster, Any, Chunk]:
    """Roster, networks and a chunk from the array route."""
    torch.manual_seed(chosen.seed)
    roster = form_roster(factory().build(), chosen.sharing)
    modules = module_spec(roster, chosen).build()
    sampler = ArraySampler(factory().build_vector(n_env=chosen.n_env), roster.teams, seed=chosen.seed, worker_index=0)
    return roster, modules, sampler.sample({team.name: modules[team.name] for team in roster.teams}, chosen.n_step)


def episodes_of(chunk: Chunk, roster: Roster, chosen: TrainingSettings) -> list[list[MultiAgentEpisode]]:
    """The same actions once more, by environment, in RLlib's episodes."""
    seeds = np.random.SeedSequence((chosen.seed, 0)).generate_state(chosen.n_env + 1)[:-1]
    return [_replay(chunk, roster, chosen, env_index, int(seed)) for env_index, seed in enumerate(seeds)]


def _replay(
    chunk: Chunk, roster: Roster, chosen: TrainingSettings, env_index: int, seed: int
) -> list[MultiAgentEpisode]:
    env = EpisodeEnv({"factory": factory(), "value_after_limit": chosen.value_after_limit})
    observations, infos = env.reset(seed=seed)
    done: list[MultiAgentEpisode] = []
    episode = _begin(roster, observations, infos)
    place = {agent: (team.name, i) for team in roster.teams for i, agent in enumerate(team.agents)}
    for step in range(chosen.n_step):
        actions = {agent: chunk.teams[name].actions[step, env_index, i] for agent, (name, i) in place.items()}
        outputs = {
            agent: {
                Columns.ACTION_LOGP: chunk.teams[name].log_probability[step, env_index, i],
                Columns.ACTION_DIST_INPUTS: np.concatenate(
                    [chunk.teams[name].means[step, env_index, i], chunk.teams[name].log_spread]
                ),
            }
            for agent, (name, i) in place.items()
        }
        clipped = {agent: np.clip(action, -1.0, 1.0) for agent, action in actions.items()}
        observations, rewards, terminated, truncated, infos = env.step(clipped)
        episode.add_env_step(
            observations, actions, rewards, infos,
            terminateds=terminated, truncateds=truncated, extra_model_outputs=outputs,
        )  # fmt: skip
        if terminated["__all__"] or truncated["__all__"]:
            done.append(episode)
            episode = _begin(roster, *env.reset())
    return [one.to_numpy() for one in [*done, episode] if len(one)]


def _begin(roster: Roster, observations: Any, infos: Any) -> MultiAgentEpisode:
    episode = MultiAgentEpisode(agent_to_module_mapping_fn=TeamOfAgent(roster.teams))
    episode.add_env_reset(observations=observations, infos=infos)
    return episode


def batch_of_episodes(modules: Any, episodes: Sequence[MultiAgentEpisode], pipeline: Any) -> dict[str, Any]:
    return pipeline(rl_module=modules, batch={}, episodes=list(episodes), shared_data={}, metrics=None)


def pipeline_of(roster: Roster, chosen: TrainingSettings) -> Any:
    config = ppo_config(factory(), roster, chosen)
    return config.build_learner_connector(input_observation_space=None, input_action_space=None)


@pytest.mark.parametrize("value_after_limit", [False, True])
@pytest.mark.parametrize("algorithm", [Algorithm.MAPPO, Algorithm.IPPO])
@pytest.mark.parametrize("sharing", [Sharing.SHARED, Sharing.INDEPENDENT])
def test_both_routes_give_the_same_value_targets(
    sharing: Sharing, algorithm: Algorithm, value_after_limit: bool
) -> None:
    chosen = settings(sharing=sharing, algorithm=algorithm, value_after_limit=value_after_limit)
    roster, modules, chunk = sampled(chosen)
    again = copy.deepcopy(modules)
    per_env = episodes_of(chunk, roster, chosen)
    lengths = [len(episode) for episode in per_env[0]]
    assert lengths == [10, 10, 3]
    episodes = [episode for one in per_env for episode in one]
    pipeline = pipeline_of(roster, settings(**{**vars_of(chosen), "route": Route.EPISODES}))
    batch = batch_of_episodes(again, episodes, pipeline)
    for team in roster.teams:
        rows = team_rows(modules[team.name], team.name, [chunk], accounting_of(roster, chosen))
        columns = batch[team.name]
        real = columns[Columns.LOSS_MASK].numpy()
        expected = in_episode_order(rows, per_env, team.agents)
        np.testing.assert_array_equal(columns[Columns.OBS].numpy()[real], expected[Columns.OBS])
        if algorithm is Algorithm.MAPPO:
            np.testing.assert_array_equal(columns[STATE].numpy()[real], expected[STATE])
        for name in (Postprocessing.VALUE_TARGETS, Postprocessing.ADVANTAGES):
            np.testing.assert_allclose(columns[name].numpy()[real], expected[name], rtol=0.0, atol=4e-6)


def vars_of(chosen: TrainingSettings) -> dict[str, Any]:
    return {name: getattr(chosen, name) for name in TrainingSettings.__dataclass_fields__}


def accounting_of(roster: Roster, chosen: TrainingSettings) -> Any:
    (piece,) = LearnerPipeline(roster, chosen)()
    return piece._accounting


def in_episode_order(
    rows: dict[str, Any], per_env: Sequence[Sequence[MultiAgentEpisode]], agents: Sequence[str]
) -> dict[str, Any]:
    """Rows of the array route, ``(step · env, agent, …)``, in RLlib's order: environment, episode, agent, step."""
    ordered: dict[str, Any] = {}
    for name, values in rows.items():
        stacked = values.reshape(N_STEP, N_ENV, *values.shape[1:])
        if name == STATE:  # one row for all agents
            stacked = np.repeat(stacked[:, :, np.newaxis], len(agents), axis=2)
        parts = []
        for env, episodes in enumerate(per_env):
            begin = 0
            for episode in episodes:
                own = [agents.index(agent) for agent in episode.agent_ids if agent in agents]  # a set: any order
                length = chunk_length(episode)
                parts += [stacked[begin : begin + length, env, agent] for agent in own]
                begin += length
        ordered[name] = np.concatenate(parts)
    return ordered


def chunk_length(episode: MultiAgentEpisode) -> int:
    """Steps of an episode without the one that RLlib has added for the last value."""
    return len(next(iter(episode.agent_episodes.values()))) - 1


def test_the_array_routes_states_are_those_of_its_observations() -> None:
    # an agent's own target is part of its observation (first entry) and of the state (entries 0, 1, 2)
    _, _, chunk = sampled(settings())
    for place in range(len(AGENTS)):
        seen = chunk.teams["shared"].observations[..., place, 0]
        np.testing.assert_array_equal(chunk.states[..., place], seen)
        np.testing.assert_array_equal(
            chunk.final_states[:, place], chunk.teams["shared"].final_observations[:, place, 0]
        )


def test_final_states_are_those_before_the_new_episode() -> None:
    # 23 steps of episodes of 10: two ends in each of four environments; the clock stands at 10/10 there and at 0 after
    _, _, chunk = sampled(settings())
    assert chunk.final_states.shape[0] == 2 * N_ENV
    clock = 3
    np.testing.assert_array_equal(chunk.final_states[:, clock], 1.0)
    np.testing.assert_array_equal(chunk.states[10, :, clock], 0.0)
    assert chunk.truncated[9].all()
    assert not chunk.truncated[10].any()


def test_a_chunk_counts_environment_steps() -> None:
    _, _, chunk = sampled(settings())
    assert len(chunk) == N_ENV * N_STEP


def test_every_row_is_learned_from_once_per_epoch() -> None:
    chosen = settings(n_epoch=3, minibatch=10_000)
    roster, modules, chunk = sampled(chosen)
    (piece,) = LearnerPipeline(roster, chosen)()
    batch = piece(rl_module=modules, batch={}, episodes=[chunk])["shared"]
    n_row = N_ENV * N_STEP
    assert len(batch[Columns.OBS]) == 3 * n_row
    actions = chunk.teams["shared"].actions.reshape(n_row, -1)
    for epoch in range(3):
        given = batch[Columns.ACTIONS][epoch * n_row : (epoch + 1) * n_row].reshape(n_row, -1).numpy()
        np.testing.assert_array_equal(np.sort(given, axis=0), np.sort(actions, axis=0))
        assert not np.array_equal(given, actions)


def test_each_round_has_an_order_of_its_own_that_the_weights_remember() -> None:
    chosen = settings(minibatch=10_000)
    roster, modules, chunk = sampled(chosen)

    def order(networks: Any) -> np.ndarray:
        (piece,) = LearnerPipeline(roster, chosen)()
        return piece(rl_module=networks, batch={}, episodes=[chunk])["shared"][Columns.ACTIONS].numpy()

    first = order(modules)
    restored = module_spec(roster, chosen).build()
    restored.set_state(modules.get_state())
    second = order(modules)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(order(restored), second)


def test_actions_are_stored_as_drawn_and_cut_for_the_environment() -> None:
    chosen = settings(log_spread=1.0)
    _, _, chunk = sampled(chosen)
    assert np.abs(chunk.teams["shared"].actions).max() > 1.0
    # an aim beyond ±1 would cost more than 20·(1 + 0.8)² + 2 = 66.8 USD
    assert chunk.teams["shared"].rewards.min() > -66.9


def test_log_probabilities_are_those_of_rllibs_distribution() -> None:
    _, modules, chunk = sampled(settings())
    team = chunk.teams["shared"]
    spread = np.broadcast_to(team.log_spread, team.means.shape)
    logits = torch.from_numpy(np.concatenate([team.means, spread], axis=-1))
    distribution = modules["shared"].get_train_action_dist_cls().from_logits(logits)
    expected = distribution.logp(torch.from_numpy(team.actions)).numpy()
    np.testing.assert_allclose(team.log_probability, expected, atol=1e-5)


def test_sampling_goes_on_after_a_restore_as_if_never_stopped() -> None:
    chosen = settings()
    roster = form_roster(factory().build(), chosen.sharing)
    modules = module_spec(roster, chosen).build()
    acting = {"shared": modules["shared"]}

    def sampler() -> ArraySampler:
        return ArraySampler(factory().build_vector(n_env=N_ENV), roster.teams, seed=1, worker_index=0)

    first = sampler()
    first.sample(acting, 7)
    saved = copy.deepcopy(first.save_state())
    expected = first.sample(acting, 15)
    second = sampler()
    second.restore_state(saved)
    found = second.sample(acting, 15)
    np.testing.assert_array_equal(found.states, expected.states)
    np.testing.assert_array_equal(found.teams["shared"].actions, expected.teams["shared"].actions)
    np.testing.assert_array_equal(second.returns, first.returns)

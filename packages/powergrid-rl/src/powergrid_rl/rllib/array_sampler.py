"""Acting in many environments at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from ray.rllib.core.columns import Columns

from heron.envs.vector import VectorEnv
from heron.types import BoolArray, Float32Array
from powergrid_rl.rllib.chunk import Chunk, TeamChunk
from powergrid_rl.training.environment import draw_seeds
from powergrid_rl.training.teams import Team

_LOG_TWO_PI = float(np.log(2.0 * np.pi))


class ArraySampler:
    """Steps environments and writes down what happens; episodes that end begin anew at once.

    Parameters
    ----------
    env
        The environments, with the state in their infos and observations by agent: teams may differ in their spaces.
    teams
        Who shares a policy.
    seed, worker_index
        Seeds of the environments and of exploration are drawn from both; without a seed they differ in every run.
    """

    def __init__(self, env: VectorEnv, teams: Sequence[Team], *, seed: int | None, worker_index: int) -> None:
        self.env = env
        self.teams = tuple(teams)
        *own, noise = draw_seeds(None if seed is None else (seed, worker_index), env.n_env + 1)
        self._noise = torch.Generator().manual_seed(noise)
        self._seen, infos = env.reset(seed=own)
        self._state: Float32Array = infos["state"]
        self.returns = np.zeros((len(env.possible_agents), env.n_env))
        self.finished: list[np.ndarray[Any, Any]] = []

    def sample(self, modules: Mapping[str, Any], n_step: int) -> Chunk:
        """Let the agents act for some steps in every environment.

        Parameters
        ----------
        modules
            Acting networks by team.
        n_step
            Steps per environment.
        """
        record = _Record(self.env, self.teams, n_step)
        for step in range(n_step):
            actions: dict[str, Any] = {}
            for team in self.teams:
                observed = self._stack(team, self._seen)
                drawn = self._draw(modules[team.name], observed)
                record.write_team(step, team.name, observed, *drawn)
                for place, agent in enumerate(team.agents):
                    actions[agent] = np.clip(drawn[0][:, place], -1.0, 1.0)
            record.states[step] = self._state
            self._step(step, actions, record)
        record.states[n_step] = self._state
        for team in self.teams:
            record.teams[team.name].observations[n_step] = self._stack(team, self._seen)
            record.teams[team.name].log_spread = modules[team.name].log_spread.detach().numpy().copy()
        return record.chunk()

    def save_state(self) -> dict[str, Any]:
        """Everything needed to go on as if never stopped."""
        return {
            "env": self.env.save_state(),
            "noise": self._noise.get_state().numpy(),
            "returns": self.returns.copy(),
        }

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave."""
        self._seen = self.env.restore_state(state["env"])
        self._state = self.env.state()
        self._noise.set_state(torch.from_numpy(np.array(state["noise"])))
        self.returns = np.array(state["returns"])

    @torch.no_grad()
    def _draw(self, module: Any, observed: Float32Array) -> tuple[Float32Array, Float32Array, Float32Array]:
        """Actions, their means and log probabilities."""
        inputs = module.forward_exploration({Columns.OBS: torch.from_numpy(observed)})[Columns.ACTION_DIST_INPUTS]
        mean, log_spread = inputs.chunk(2, dim=-1)
        noise = torch.randn(mean.shape, generator=self._noise)
        action = mean + log_spread.exp() * noise
        log_probability = -(0.5 * noise.square() + log_spread + 0.5 * _LOG_TWO_PI).sum(dim=-1)
        return action.numpy(), mean.numpy(), log_probability.numpy()

    def _step(self, step: int, actions: Mapping[str, Any], record: _Record) -> None:
        self._seen, rewards, terminated, truncated, infos = self.env.step(actions)
        self._state = infos["state"]
        for place, agent in enumerate(self.env.possible_agents):
            self.returns[place] += rewards[agent]
        record.write_result(step, rewards, terminated, truncated)
        if "action_used" in infos:
            record.write_used(step, infos["action_used"])
        ended = terminated | truncated
        if ended.any():
            last = {team.name: self._stack(team, infos["final_obs"]) for team in self.teams}
            record.write_finals(ended, infos["final_state"], last)
            self.finished.append(self.returns[:, ended].copy())
            self.returns[:, ended] = 0.0

    @staticmethod
    def _stack(team: Team, observations: Mapping[str, Float32Array]) -> Float32Array:
        return np.stack([observations[agent] for agent in team.agents], axis=1)


class _Record:
    """Arrays that a chunk is written into."""

    def __init__(self, env: VectorEnv, teams: Sequence[Team], n_step: int) -> None:
        self._members = {team.name: team.agents for team in teams}
        n_env = env.n_env
        self.states = np.zeros((n_step + 1, n_env, env.state_space.shape[0]), dtype=np.float32)
        self.terminated = np.zeros((n_step, n_env), dtype=np.bool_)
        self.truncated = np.zeros((n_step, n_env), dtype=np.bool_)
        self.teams = {team.name: _empty_team(team, n_step, n_env) for team in teams}
        self._final_states: list[Float32Array] = []
        self._final_observations: dict[str, list[Float32Array]] = {team.name: [] for team in teams}

    def write_team(self, step: int, name: str, observed: Any, action: Any, mean: Any, log_probability: Any) -> None:
        """What one team saw and did."""
        team = self.teams[name]
        team.observations[step] = observed
        team.actions[step] = action
        team.means[step] = mean
        team.log_probability[step] = log_probability

    def write_result(self, step: int, rewards: Mapping[str, Any], terminated: BoolArray, truncated: BoolArray) -> None:
        """What everyone got."""
        self.terminated[step] = terminated
        self.truncated[step] = truncated
        for name, agents in self._members.items():
            for place, agent in enumerate(agents):
                self.teams[name].rewards[step, :, place] = rewards[agent]

    def write_used(self, step: int, used: Mapping[str, BoolArray]) -> None:
        """Whose action was used."""
        for name, agents in self._members.items():
            team = self.teams[name]
            if team.used is None:
                team.used = np.ones(team.rewards.shape, dtype=np.bool_)
            team.used[step] = np.stack([used[agent] for agent in agents], axis=1)

    def write_finals(self, ended: BoolArray, states: Float32Array, observations: Mapping[str, Float32Array]) -> None:
        """The last states and observations of episodes that have ended."""
        self._final_states.append(states[ended])
        for name, seen in observations.items():
            self._final_observations[name].append(seen[ended])

    def chunk(self) -> Chunk:
        """All of it."""
        if self._final_states:
            for name, seen in self._final_observations.items():
                self.teams[name].final_observations = np.concatenate(seen)
        n_state = self.states.shape[-1]
        finals = np.concatenate(self._final_states) if self._final_states else np.zeros((0, n_state), np.float32)
        return Chunk(
            teams=self.teams,
            states=self.states,
            terminated=self.terminated,
            truncated=self.truncated,
            final_states=finals,
        )


def _empty_team(team: Team, n_step: int, n_env: int) -> TeamChunk:
    n_agent, n_seen, n_action = len(team.agents), team.observation_space.shape[-1], team.action_space.shape[-1]
    shape = (n_step, n_env, n_agent)
    return TeamChunk(
        observations=np.zeros((n_step + 1, n_env, n_agent, n_seen), dtype=np.float32),
        actions=np.zeros((*shape, n_action), dtype=np.float32),
        means=np.zeros((*shape, n_action), dtype=np.float32),
        log_spread=np.zeros(n_action, dtype=np.float32),
        log_probability=np.zeros(shape, dtype=np.float32),
        rewards=np.zeros(shape),
        final_observations=np.zeros((0, n_agent, n_seen), dtype=np.float32),
    )

"""The Gymnasium face: one environment, one controller of everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np

from heron.envs.agent_axis import joined_space
from heron.envs.event_driven import EventDrivenCore
from heron.envs.pettingzoo import PettingZooParallelEnv
from heron.errors import ActionError, ConfigError
from heron.types import Float32Array, FloatArray

_BY_AGENT = ("cost", "safety", "obs_clipped")


class CentralControlEnv(gymnasium.Env[Any, Any]):
    """One controller that sees what all agents see and acts for all of them.

    Observations and actions are the agents' side by side, in the order of ``possible_agents``. Its reward, and the
    ``cost`` and ``safety`` of the infos, are the sums over the agents.

    Parameters
    ----------
    env
        The environment with its agents.
    """

    metadata = {"render_modes": []}  # noqa: RUF012  # as the base class declares it

    def __init__(self, env: PettingZooParallelEnv) -> None:
        if not isinstance(env, PettingZooParallelEnv) or (env.core is not None and env.core.n_env != 1):
            raise ConfigError(
                f"One PettingZoo environment is asked for, not {type(env).__name__} of another number.",
                remedy="Build it without n_env; for many there is CentralControlVectorEnv.",
            )
        self.env = env
        self.render_mode = None
        self.observation_space = joined_space(env.observation_spaces)
        self.action_space = joined_space(env.action_spaces)
        edges = np.cumsum([0, *(space.shape[0] for space in env.action_spaces.values())]).tolist()
        self._spans = {agent: slice(edges[k], edges[k + 1]) for k, agent in enumerate(env.action_spaces)}

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Float32Array, dict[str, Any]]:
        """Begin an episode; without a seed the next one. The options are handed to the plant.

        Raises
        ------
        ConfigError
            If the environment runs on events.
        """
        if isinstance(self.env.core, EventDrivenCore):
            raise ConfigError(
                "One controller of everything acts at one instant; on events every agent has instants of its own.",
                remedy="Step the PettingZoo environment, or build it without event_driven.",
            )
        super().reset(seed=seed)
        observations, infos = self.env.reset(seed=seed, options=options)
        return self._joined(observations), dict(infos[self.env.possible_agents[0]])

    def step(self, action: FloatArray | Float32Array) -> tuple[Float32Array, float, bool, bool, dict[str, Any]]:
        """Let one interval pass.

        Parameters
        ----------
        action : (dim,)
            The agents' actions side by side.

        Returns
        -------
        observation, reward, terminated, truncated, info
            ``info`` has ``cost``, ``safety``, ``obs_clipped``, ``limited`` (the number of limited setpoints) and what
            the plant reports.

        Raises
        ------
        ActionError
            If the action is misshapen or not a number.
        ConfigError
            If the episode has ended.
        """
        values = np.asarray(action)
        if values.shape != self.action_space.shape:
            raise ActionError(f"The action has shape {values.shape}, expected {self.action_space.shape}.")
        by_agent = {agent: values[span] for agent, span in self._spans.items()}
        observations, rewards, terminated, truncated, infos = self.env.step(by_agent)
        first = self.env.possible_agents[0]
        info = dict(infos[first])
        for name in _BY_AGENT:
            info[name] = sum(said[name] for said in infos.values())
        info["limited"] = sum(len(said["limited"]) for said in infos.values())
        return self._joined(observations), sum(rewards.values()), terminated[first], truncated[first], info

    def close(self) -> None:
        """Close the environment."""
        self.env.close()

    def _joined(self, observations: Mapping[str, Float32Array]) -> Float32Array:
        return np.concatenate([observations[agent] for agent in self.env.possible_agents])

"""The PettingZoo environment as RLlib's own runners take it: the episode route."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium
from ray.rllib.env.multi_agent_env import MultiAgentEnv

from heron.envs import EventDrivenCore, PettingZooParallelEnv

FACTORY = "factory"
VALUE_AFTER_LIMIT = "value_after_limit"
_EVERYONE = "__all__"


class EpisodeEnv(MultiAgentEnv):
    """One environment, built from the ``factory`` in its configuration.

    In lockstep everyone acts at every step. Where the environment runs on events, only agents that are due get an
    observation, and with it what they have earned since they acted last: RLlib asks nobody else for an action, and lets
    an action last until its agent is due again. At the end of an episode everyone gets what is left.

    Parameters
    ----------
    settings
        RLlib's ``env_config``; unless ``value_after_limit`` is set, the time limit is the end of the task, and a
        truncated episode is reported as terminated.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__()
        self._env: PettingZooParallelEnv = settings[FACTORY].build()
        self._value_after_limit = bool(settings.get(VALUE_AFTER_LIMIT, False))
        env = self._env
        self.possible_agents = list(env.possible_agents)
        self.agents = list(env.possible_agents)
        self.observation_spaces = dict(env.observation_spaces)
        self.action_spaces = dict(env.action_spaces)
        self.observation_space = gymnasium.spaces.Dict(self.observation_spaces)
        self.action_space = gymnasium.spaces.Dict(self.action_spaces)

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Begin an episode; gives observations and infos of the agents that are to act first."""
        observations, infos = self._env.reset(seed=seed, options=options)
        core = self._env.core
        due = core.loop.due if isinstance(core, EventDrivenCore) else self.possible_agents
        return _of(observations, due), _of(infos, due)

    def step(self, action_dict: Mapping[str, Any]) -> tuple[Any, ...]:
        """Let the agents that are due act, and time pass until some are due again.

        Parameters
        ----------
        action_dict
            Actions of the agents that got an observation last.

        Returns
        -------
        observations, rewards, terminateds, truncateds, infos
            Of the agents that are due now; the flags also of ``"__all__"``.
        """
        observations, rewards, terminated, truncated, infos = self._env.step(action_dict)
        due = [agent for agent, info in infos.items() if info.get("due", True)]
        flags = _of(terminated, due), _of(truncated, due)
        ended = self._flags(*flags, is_terminated=any(terminated.values()), is_truncated=any(truncated.values()))
        return _of(observations, due), _of(rewards, due), *ended, _of(infos, due)

    def close(self) -> None:
        """Let go of the environment."""
        self._env.close()

    def _flags(
        self, terminated: dict[str, bool], truncated: dict[str, bool], *, is_terminated: bool, is_truncated: bool
    ) -> tuple[dict[str, bool], dict[str, bool]]:
        """Flags as RLlib is to see them."""
        if not self._value_after_limit:
            is_terminated, is_truncated = is_terminated or is_truncated, False
            terminated, truncated = dict.fromkeys(terminated, is_terminated), dict.fromkeys(truncated, False)
        elif is_truncated:
            # RLlib 2.60 takes an episode for terminated when every single agent is reported as truncated.
            truncated = dict.fromkeys(truncated, False)
        return {**terminated, _EVERYONE: is_terminated}, {**truncated, _EVERYONE: is_truncated}


def _of(values: Mapping[str, Any], agents: Any) -> dict[str, Any]:
    return {agent: values[agent] for agent in values if agent in agents}

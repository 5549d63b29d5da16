"""The PettingZoo environment as RLlib's own runners take it: the episode route."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ray.rllib.env.wrappers.pettingzoo_env import ParallelPettingZooEnv

FACTORY = "factory"
VALUE_AFTER_LIMIT = "value_after_limit"
_EVERYONE = "__all__"


class EpisodeEnv(ParallelPettingZooEnv):
    """One environment, built from the ``factory`` in its configuration.

    Parameters
    ----------
    settings
        RLlib's ``env_config``; unless ``value_after_limit`` is set, the time limit is the end of the task, and a
        truncated episode is reported as terminated.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings[FACTORY].build())
        self._value_after_limit = bool(settings.get(VALUE_AFTER_LIMIT, False))

    def step(self, action_dict: dict[str, Any]) -> tuple[Any, ...]:
        """Let one interval pass."""
        observations, rewards, terminated, truncated, infos = super().step(action_dict)
        if not self._value_after_limit:
            terminated = {name: flag or truncated[name] for name, flag in terminated.items()}
            truncated = dict.fromkeys(truncated, False)
        elif truncated[_EVERYONE]:
            # RLlib 2.60 takes an episode for terminated when every single agent is reported as truncated.
            truncated = {name: name == _EVERYONE for name in truncated}
        return observations, rewards, terminated, truncated, infos

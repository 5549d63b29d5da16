"""Policies: from an observation to an action, for all environments at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from heron.core.observation import Observation
from heron.errors import ActionError
from heron.types import FloatArray


class Policy(ABC):
    """Decides an agent's action.

    Actions have the agent's own dimension and the environment's action units, -1 … 1 by default.
    """

    action_dim: int = 0

    def attach(self, action_dim: int) -> None:
        """Learn the dimension of the agent's action; called when the environment is built."""
        self.action_dim = action_dim

    def reset(self, streams: Sequence[np.random.Generator]) -> None:
        """Begin episodes; one random stream per environment.

        Called with the streams of all environments also when only some of them begin anew.
        """

    def save_state(self) -> dict[str, Any]:
        """What a policy with a memory remembers; the environment keeps the random streams itself."""
        return {}

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave; called after `reset`."""

    @abstractmethod
    def act(self, observation: Observation) -> FloatArray:
        """Action for an observation, shape ``(n_env, action_dim)``."""


class ConstantPolicy(Policy):
    """The same action at every step.

    Parameters
    ----------
    action : (action_dim,)
        The action, or one number for all its entries.
    """

    def __init__(self, action: ArrayLike) -> None:
        self._action = np.asarray(action, dtype=np.float64)

    def act(self, observation: Observation) -> FloatArray:
        """The constant, once per environment."""
        shape = (len(observation.values), self.action_dim or self._action.size)
        try:
            return np.broadcast_to(self._action, shape).copy()
        except ValueError as cause:
            raise ActionError(
                f"Constant action of shape {self._action.shape} for agent {observation.agent_id!r}, "
                f"which takes {self.action_dim} values."
            ) from cause


class RandomPolicy(Policy):
    """Uniform actions, each environment from its own stream.

    Parameters
    ----------
    seed
        Seed used until an environment hands in its streams at reset.
    low, high
        Bounds of every entry, in the environment's action units.
    """

    def __init__(self, seed: int = 0, *, low: float = -1.0, high: float = 1.0) -> None:
        self._streams: list[np.random.Generator] = []
        self._seed = seed
        self._low, self._high = low, high

    def reset(self, streams: Sequence[np.random.Generator]) -> None:
        """Draw from these streams from now on."""
        self._streams = list(streams)

    def act(self, observation: Observation) -> FloatArray:
        """One uniform draw per environment and entry."""
        n_env = len(observation.values)
        while len(self._streams) < n_env:
            self._streams.append(np.random.default_rng((self._seed, len(self._streams))))
        draws = [stream.uniform(self._low, self._high, self.action_dim) for stream in self._streams[:n_env]]
        return np.array(draws, dtype=np.float64).reshape(n_env, self.action_dim)

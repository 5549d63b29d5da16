"""The axis of agents: what is given by agent as arrays with the environments first, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np

from heron.envs.observer import Vectors
from heron.errors import ConfigError
from heron.types import Float32Array, FloatArray


def joined(observations: Any) -> Float32Array:
    """Observations of all agents side by side, ``(n_env, sum of dim)``, of what `VectorEnv` shows in either form."""
    if isinstance(observations, Vectors):
        return observations.stacked
    stacked: Float32Array = observations.reshape(len(observations), -1)
    return stacked


def by_row(values: Any) -> Any:
    """Numbers by agent as ``(n_env, n_agent)``; an array that already is one is handed through."""
    return np.stack(list(values.values()), axis=1) if isinstance(values, Mapping) else values


def total(values: Any) -> Any:
    """Sum over the agents, ``(n_env,)``, of ``(n_env, n_agent)``: in their order, so the same bits for any batch."""
    summed = np.zeros(len(values), dtype=values.dtype)
    for column in values.T:
        summed = summed + column
    return summed


def joined_space(spaces: Mapping[str, gymnasium.spaces.Box]) -> gymnasium.spaces.Box:
    """Box of the agents' vectors side by side."""
    low = np.concatenate([space.low for space in spaces.values()])
    high = np.concatenate([space.high for space in spaces.values()])
    return gymnasium.spaces.Box(low, high, dtype=np.float32)


def common_space(spaces: Mapping[str, gymnasium.spaces.Box], *, what: str) -> gymnasium.spaces.Box:
    """The one Box that all agents have.

    Parameters
    ----------
    spaces
        Box by agent.
    what
        What they are spaces of, for the message: ``"observations"``.

    Raises
    ------
    ConfigError
        If they differ, with each agent's.
    """
    first = next(iter(spaces.values()))
    if any(space != first for space in spaces.values()):
        raise ConfigError(
            f"Agents that share a policy have different {what}: {dict(spaces)}.",
            remedy="Choose learners that are alike, or one controller for all of them.",
        )
    return first


class JoinedActions:
    """Actions of all agents side by side, taken apart for the environment.

    Parameters
    ----------
    spaces
        Box by agent, in order.
    """

    def __init__(self, spaces: Mapping[str, gymnasium.spaces.Box]) -> None:
        dims = [space.shape[0] for space in spaces.values()]
        edges = np.cumsum([0, *dims]).tolist()
        self._spans = {agent: slice(edges[k], edges[k + 1]) for k, agent in enumerate(spaces)}
        self._dim = dims[0] if len(set(dims)) == 1 else None

    def apart(self, actions: FloatArray | Float32Array) -> Any:
        """What `VectorEnv` takes, of actions ``(n_env, sum of dim)``: one array where it can be, else by agent."""
        if self._dim is not None:
            return actions.reshape(len(actions), -1, self._dim)
        return {agent: actions[:, span] for agent, span in self._spans.items()}


class LimitedCount:
    """Counts limited setpoints by learner.

    Parameters
    ----------
    members
        Names of the agents at and below each learner, the learners in order.
    """

    def __init__(self, members: Sequence[Sequence[str]]) -> None:
        self._n_learner = len(members)
        self._place = {name: place for place, names in enumerate(members) for name in names}

    def of(self, limited: Mapping[str, Any], n_env: int) -> Any:
        """Number of setpoints that were limited, ``(n_env, n_learner)``, of the flags by agent."""
        counted = np.zeros((n_env, self._n_learner), dtype=np.int64)
        for name, flags in limited.items():
            if name in self._place:
                counted[:, self._place[name]] += np.count_nonzero(flags, axis=0)
        return counted

"""A stretch of experience as arrays, as the array route hands it to the learner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from heron.types import BoolArray, Float32Array, FloatArray


@dataclass(slots=True, kw_only=True)
class TeamChunk:
    """What the agents of one team saw, did and got.

    Parameters
    ----------
    observations : (n_step + 1, n_env, n_agent, n_observation)
        The last one is what the agents saw after the last action; where an episode ended there, the new episode's.
    actions, means : (n_step, n_env, n_agent, n_action)
        Actions as drawn, not clipped, and means of the Gaussians they were drawn from.
    log_spread : (n_action,)
        Logarithm of the Gaussians' spread.
    log_probability : (n_step, n_env, n_agent)
        Of the action, under the policy that drew it.
    rewards : (n_step, n_env, n_agent)
        As the environment gave them. [USD]
    final_observations : (n_final, n_agent, n_observation)
        Last observations of the episodes that ended, in the order of `Chunk.finals`.
    used : (n_step, n_env, n_agent)
        Whether the environment used the action; None where it used every one.
    """

    observations: Float32Array
    actions: Float32Array
    means: Float32Array
    log_spread: Float32Array
    log_probability: Float32Array
    rewards: FloatArray
    final_observations: Float32Array
    used: BoolArray | None = None


@dataclass(slots=True, kw_only=True)
class Chunk:
    """Experience of all environments of one runner over some steps; RLlib takes it for an episode.

    Parameters
    ----------
    teams
        By module.
    states : (n_step + 1, n_env, n_state)
        Global state beside the observations.
    terminated, truncated : (n_step, n_env)
        Where an episode ended with this step.
    final_states : (n_final, n_state)
        Global state at the end of the episodes that ended.
    """

    teams: Mapping[str, TeamChunk]
    states: Float32Array
    terminated: BoolArray
    truncated: BoolArray
    final_states: Float32Array

    def __len__(self) -> int:
        return int(self.terminated.size)

    def finals(self) -> BoolArray:
        """Where an episode ended, ``(n_step, n_env)``; row by row this is the order of the final entries."""
        ended: BoolArray = self.terminated | self.truncated
        return ended

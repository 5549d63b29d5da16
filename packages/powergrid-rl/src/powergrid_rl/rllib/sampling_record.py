"""Metrics of sampling, under RLlib's own names."""

from __future__ import annotations

from typing import Any

import numpy as np
from ray.rllib.utils.metrics import (
    EPISODE_AGENT_RETURN_MEAN,
    EPISODE_LEN_MEAN,
    EPISODE_RETURN_MAX,
    EPISODE_RETURN_MEAN,
    EPISODE_RETURN_MIN,
    NUM_AGENT_STEPS_SAMPLED,
    NUM_AGENT_STEPS_SAMPLED_LIFETIME,
    NUM_ENV_STEPS_SAMPLED,
    NUM_ENV_STEPS_SAMPLED_LIFETIME,
    NUM_EPISODES,
    NUM_EPISODES_LIFETIME,
    NUM_MODULE_STEPS_SAMPLED,
    NUM_MODULE_STEPS_SAMPLED_LIFETIME,
)

from powergrid_rl.rllib.array_sampler import ArraySampler
from powergrid_rl.rllib.chunk import Chunk


class SamplingRecord:
    """Writes what was sampled into RLlib's metrics; an algorithm stops sampling by them.

    Parameters
    ----------
    metrics
        The runner's metrics.
    config
        The algorithm's configuration.
    """

    def __init__(self, metrics: Any, config: Any) -> None:
        self._metrics = metrics
        self._window = max(1, config.metrics_num_episodes_for_smoothing // max(1, config.num_env_runners))

    def log(self, chunk: Chunk, sampler: ArraySampler) -> None:
        """Count the steps of a chunk and the returns of the episodes that ended in it."""
        self._count(NUM_ENV_STEPS_SAMPLED, NUM_ENV_STEPS_SAMPLED_LIFETIME, len(chunk))
        for team in sampler.teams:
            self._count(
                (NUM_MODULE_STEPS_SAMPLED, team.name),
                (NUM_MODULE_STEPS_SAMPLED_LIFETIME, team.name),
                len(chunk) * len(team.agents),
            )
            for agent in team.agents:
                self._count((NUM_AGENT_STEPS_SAMPLED, agent), (NUM_AGENT_STEPS_SAMPLED_LIFETIME, agent), len(chunk))
        finished = np.concatenate(sampler.finished, axis=1) if sampler.finished else np.zeros((0, 0))
        sampler.finished.clear()
        if finished.size:
            self._log_episodes(finished, sampler.env.possible_agents, int(chunk.terminated.size))

    def _log_episodes(self, returns: Any, learners: Any, n_step: int) -> None:
        """Returns ``(n_learner, n_episode)``, logged episode by episode as RLlib's own runners do."""
        n_episode = returns.shape[1]
        self._count(NUM_EPISODES, NUM_EPISODES_LIFETIME, n_episode)
        self._metrics.log_value(EPISODE_LEN_MEAN, n_step / n_episode, window=self._window)
        total = returns.sum(axis=0)
        for value in total[-self._window :]:
            self._metrics.log_value(EPISODE_RETURN_MEAN, float(value), window=self._window)
        self._metrics.log_value(EPISODE_RETURN_MIN, float(total.min()), reduce="min", window=self._window)
        self._metrics.log_value(EPISODE_RETURN_MAX, float(total.max()), reduce="max", window=self._window)
        for learner, value in zip(learners, returns.mean(axis=1), strict=True):
            self._metrics.log_value((EPISODE_AGENT_RETURN_MEAN, learner), float(value), window=1)

    def _count(self, key: Any, lifetime: Any, number: int) -> None:
        self._metrics.log_value(key, number, reduce="sum")
        with_throughput = lifetime == NUM_ENV_STEPS_SAMPLED_LIFETIME
        self._metrics.log_value(lifetime, number, reduce="lifetime_sum", with_throughput=with_throughput)

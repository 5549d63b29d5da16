"""Environments that are stepped through whole episodes with actions drawn beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from powergrid.bench.case import Case
from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
from powergrid.envs.vector_grid_env import VectorGridEnv
from powergrid.setups.loader import load_setup

SETUP = "ieee34_ieee13"
_LEAST_STEPS = 120


class SingleEpisodes:
    """A PettingZoo environment.

    Parameters
    ----------
    config
        Configuration of `MultiAgentMicrogrids`.
    steps
        Steps to take of one episode, for a slow environment; without it, whole episodes, several where they are short.
    """

    def __init__(self, config: Mapping[str, Any], *, steps: int | None = None) -> None:
        self.env = MultiAgentMicrogrids(config)
        rng = np.random.default_rng(0)
        boxes = self.env.action_spaces
        self._actions = [
            {agent: rng.uniform(-1.0, 1.0, boxes[agent].shape).astype(np.float32) for agent in self.env.possible_agents}
            for _ in range(steps or self.env.config.max_episode_steps)
        ]
        self._rounds = 1 if steps else _rounds(len(self._actions))

    def step(self) -> None:
        """Take all steps."""
        for actions in self._actions:
            self.env.step(actions)

    def reset_and_step(self) -> None:
        """Begin an episode and take all steps."""
        self.env.reset()
        self.step()

    def case(self, name: str) -> Case:
        """Steps alone."""
        count = len(self._actions)
        return Case(name=name, run=self.step, before=self.env.reset, count=count, rounds=self._rounds)

    def case_with_resets(self, name: str) -> Case:
        """Steps and the reset before them, per step."""
        return Case(name=name, run=self.reset_and_step, count=len(self._actions), rounds=self._rounds)


class BatchEpisodes:
    """A `VectorGridEnv`.

    Parameters
    ----------
    config
        Its configuration.
    n_env
        Number of environments.
    """

    def __init__(self, config: Mapping[str, Any], n_env: int) -> None:
        self.env = VectorGridEnv(config, n_env=n_env, stacked=True)
        self._last = self.env.config.max_episode_steps
        shape = (self._last, n_env, len(self.env.possible_agents), self.env.core.control.dims[self._first()])
        self._actions = np.random.default_rng(0).uniform(-1.0, 1.0, shape).astype(np.float32)

    def step(self, *, before: Callable[[], None] = lambda: None) -> None:
        """Take all steps but the last, with something done before each."""
        for actions in self._actions[:-1]:
            before()
            self.env.step(actions)

    def step_into_next(self) -> None:
        """Take all steps; with the last of them every environment begins its next episode."""
        for actions in self._actions:
            self.env.step(actions)

    def case(self, name: str, *, threads: int = 1) -> Case:
        """Steps alone."""
        count = (self._last - 1) * self.env.n_env
        rounds = _rounds(count)
        return Case(name=name, run=self.step, before=self.env.reset, count=count, rounds=rounds, threads=threads)

    def case_with_resets(self, name: str, *, threads: int = 1) -> Case:
        """Steps and one reset for every episode, per step."""
        count = self._last * self.env.n_env
        rounds = _rounds(count)
        return Case(
            name=name, run=self.step_into_next, before=self.env.reset, count=count, rounds=rounds, threads=threads
        )

    def _first(self) -> str:
        return self.env.possible_agents[0]


def _rounds(steps: int) -> int:
    return max(1, _LEAST_STEPS // steps)


def default_config() -> dict[str, Any]:
    """Configuration of the setup that everything is measured on."""
    return load_setup(SETUP)

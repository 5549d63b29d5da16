"""Rewards that add up while time passes."""

from __future__ import annotations

from typing import Any

import numpy as np

from heron.envs.core_options import CoreOptions
from heron.types import FloatArray, IndexArray


class RewardMeter:
    """Adds up reward, cost and safety of plant intervals, each learner since it was last read.

    Parameters
    ----------
    n_learner, n_env
        Shape of what is added.
    options
        Length of a step and discount.

    Attributes
    ----------
    reward, cost, safety : (n_learner, n_env)
        Sums; safety is the sum of means over the time they cover, in steps.
    elapsed_ns : (n_learner,)
        Time they cover. [ns]
    """

    def __init__(self, n_learner: int, n_env: int, options: CoreOptions) -> None:
        self._discount, self._step_ns = options.reward_discount, options.step_ns
        self._sums = np.zeros((3, n_learner, n_env))
        self.elapsed_ns: IndexArray = np.zeros(n_learner, dtype=np.int64)

    @property
    def reward(self) -> FloatArray:
        """Sum of the rewards, each discounted by the time that had passed when its interval began."""
        reward: FloatArray = self._sums[0]
        return reward

    @property
    def cost(self) -> FloatArray:
        """Sum of the costs."""
        cost: FloatArray = self._sums[1]
        return cost

    @property
    def safety(self) -> FloatArray:
        """Sum of the violations, each by its share in a step."""
        safety: FloatArray = self._sums[2]
        return safety

    def add(self, elapsed_ns: int, reward: FloatArray, cost: FloatArray, safety: FloatArray) -> None:
        """Add an interval, ``(n_learner, n_env)`` each. [ns]"""
        if self._discount != 1.0:
            reward = reward * (self._discount ** (self.elapsed_ns / self._step_ns))[:, np.newaxis]
        self._sums[0] += reward
        self._sums[1] += cost
        self._sums[2] += safety
        self.elapsed_ns += elapsed_ns

    def clear(self, learners: IndexArray | slice = slice(None)) -> None:
        """Begin anew for some learners, by number."""
        self._sums[:, learners] = 0.0
        self.elapsed_ns[learners] = 0

    def save_state(self) -> dict[str, Any]:
        """What has been added."""
        return {"sums": self._sums.copy(), "elapsed_ns": self.elapsed_ns.copy()}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take back what `save_state` gave."""
        self._sums[...] = state["sums"]
        self.elapsed_ns[...] = state["elapsed_ns"]

"""Synchronous execution: everyone acts at the same instants."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from heron.envs.core import EnvironmentCore, StepResult
from heron.errors import StateError
from heron.types import Float32Array, FloatArray


class SynchronousCore(EnvironmentCore):
    """Steps in lockstep, for training.

    The exogenous values of the interval are already in the table when agents act. A step latches
    setpoints, lets the plant advance, settles cost and safety, and writes the next interval's
    exogenous values before anyone observes.
    """

    def step(self, actions: Mapping[str, Any] | FloatArray | Float32Array) -> StepResult:
        """Let one interval pass in every environment; all act at once."""
        checked = self.check_actions(actions)
        self.control.latch(checked, self.table)
        self.plant.advance(self.step_ns)
        self.binding.let_age(self.options.step_s)
        self.steps += 1
        truncated = self.steps >= self.options.max_steps
        failed = self.plant.failed()
        terminated = failed & self.options.terminate_on_failure
        self.plant.settle(truncated | terminated)
        reward, cost, safety = self.rewards()
        self.plant.write_exogenous()
        self._check_finite()
        observations, clipped = self.observer.vectors()
        return StepResult(
            observations=observations,
            reward=reward,
            cost=cost,
            safety=safety,
            terminated=terminated,
            truncated=truncated & ~terminated,
            clipped=clipped,
        )

    def _check_finite(self) -> None:
        # One sum is the cheapest look at everything; rows that cancel to infinity are told apart below.
        values = self.table.values
        if math.isfinite(values.sum()) or bool(np.isfinite(values).all()):
            return
        row, env = np.argwhere(~np.isfinite(values))[0]
        raise StateError(
            f"{self.table.names[row]!r} is {values[row, env]} after a step (environment {env}).",
            remedy="A device or protocol of your own computed a value that is no number; look at what it returned.",
        )

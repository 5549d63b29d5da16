"""Synchronous execution: everyone acts at the same instants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heron.envs.core import EnvironmentCore, StepResult


class SynchronousCore(EnvironmentCore):
    """Steps in lockstep, for training.

    The exogenous values of the interval are already in the table when agents act. A step latches
    setpoints, lets the plant advance, settles cost and safety, and writes the next interval's
    exogenous values before anyone observes.
    """

    def step(self, actions: Mapping[str, Any]) -> StepResult:
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
        observations, clipped = self.observer.vectors()
        return StepResult(
            observations=observations,
            rewards=dict(zip(self.learners, reward, strict=True)),
            costs=dict(zip(self.learners, cost, strict=True)),
            safeties=dict(zip(self.learners, safety, strict=True)),
            terminated=terminated,
            truncated=truncated & ~terminated,
            clipped=clipped,
        )

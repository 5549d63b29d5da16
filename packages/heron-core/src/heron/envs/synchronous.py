"""Synchronous execution: everyone acts at the same instants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heron.core.clock import in_seconds
from heron.envs.core import EnvironmentCore, StepResult
from heron.envs.reward_meter import RewardMeter
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
        reward, cost, safety = self._pass_step()
        terminated, truncated = self.terminated(), self.truncated()
        self._failed[...] = False
        self.plant.write_exogenous()
        self.check_finite()
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

    def _pass_step(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Reward, cost and safety of a whole step, plant interval by plant interval."""
        n_part = self.step_ns // self.plant_step_ns
        age_s = in_seconds(self.plant_step_ns)
        if n_part == 1:
            settled = self.pass_interval(self.step_ns, ends_step=True)
            self.binding.let_age(age_s)
            return settled
        meter = RewardMeter(len(self.learners), self.n_env, self.options)
        for part in range(1, n_part + 1):
            settled = self.pass_interval(self.plant_step_ns, ends_step=part == n_part)
            self.binding.let_age(age_s)
            meter.add(self.plant_step_ns, *settled)
            if part < n_part:
                self.plant.write_exogenous()
        return meter.reward, meter.cost, meter.safety

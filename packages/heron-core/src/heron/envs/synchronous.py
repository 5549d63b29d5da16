"""Synchronous execution: everyone acts at the same instants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heron.core.clock import in_seconds
from heron.envs.core import EnvironmentCore
from heron.envs.reward_meter import RewardMeter
from heron.envs.step_result import StepResult
from heron.errors import StateError
from heron.types import BoolArray, Float32Array, FloatArray


class SynchronousCore(EnvironmentCore):
    """Steps in lockstep, for training.

    The exogenous values of the interval are already in the table when agents act. A step latches
    setpoints, lets the plant advance, settles cost and safety, and writes the next interval's
    exogenous values before anyone observes.
    """

    def step(self, actions: Mapping[str, Any] | FloatArray | Float32Array) -> StepResult:
        """Let one interval pass in every environment; all act at once."""
        checked = self.check_actions(actions)
        self.exchanges.meet(self.observe)
        used = self._take(checked)
        reward, cost, safety = self._pass_step()
        terminated, truncated = self.terminated(), self.truncated()
        self._failed[...] = False
        self._end_interval()
        self._end_step(terminated | truncated)
        self.check_finite()
        observations, clipped = self.observations()
        return StepResult(
            observations=observations,
            reward=reward,
            cost=cost,
            safety=safety,
            terminated=terminated,
            truncated=truncated & ~terminated,
            clipped=clipped,
            used=used,
        )

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave.

        Raises
        ------
        StateError
            If it belongs to another configuration, or to a core on events: it may stand in the midst of a step.
        """
        if "scheduler" in state:
            raise StateError(
                "The saved state is of a core on events, where things are due within a step.",
                remedy="Restore it into a core of its own kind.",
            )
        super().restore_state(state)

    def _take(self, actions: FloatArray) -> BoolArray | None:
        """Let everyone decide on a step; gives `StepResult.used`."""
        self.control.latch(actions, self.table)
        return None

    def _begin_interval(self) -> None:
        """Called before the plant passes an interval."""

    def _end_interval(self) -> None:
        """Called when the plant has passed an interval and its time has come to an end."""
        self.plant.write_exogenous()

    def _end_step(self, ended: BoolArray) -> None:
        """Called when a step is over, with the environments whose episode is, before anyone observes."""

    def _pass_step(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Reward, cost and safety of a whole step, plant interval by plant interval."""
        n_part = self.step_ns // self.plant_step_ns
        age_s = in_seconds(self.plant_step_ns)
        if n_part == 1:
            self._begin_interval()
            settled = self.pass_interval(self.step_ns, ends_step=True)
            self.binding.let_age(age_s)
            return settled
        meter = RewardMeter(len(self.learners), self.n_env, self.options)
        self._begin_limits()
        for part in range(1, n_part + 1):
            self._begin_interval()
            settled = self.pass_interval(self.plant_step_ns, ends_step=part == n_part)
            self.binding.let_age(age_s)
            meter.add(self.plant_step_ns, *settled)
            if part < n_part:
                self._end_interval()
        return meter.reward, meter.cost, meter.safety

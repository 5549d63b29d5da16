"""What a step gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from heron.envs.observer import Vectors
from heron.types import BoolArray, FloatArray, IndexArray


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTiming:
    """Whose turn it is after a step of event-driven execution.

    Parameters
    ----------
    due
        Learners whose next action is asked for; everyone else's reward goes on adding up.
    used
        Learners whose action of this step was used.
    elapsed_s
        By due learner, the time that its reward covers. [s]
    time_s
        Present instant. [s]
    """

    due: frozenset[str]
    used: frozenset[str]
    elapsed_s: Mapping[str, float]
    time_s: float


@dataclass(slots=True)
class StepResult:
    """What a step gave.

    Parameters
    ----------
    observations
        By learner, ``(n_env, dim)`` float32 each.
    reward, cost, safety : (n_learner, n_env)
        Of the interval that has just passed, the learners in order.
    terminated, truncated : (n_env,)
        Where the episode has ended.
    clipped
        By learner, entries of the observation that were cut to the Box, ``(n_env,)`` each.
    timing
        Who was due, in event-driven execution; None where everyone acts at once.
    used : (n_learner, n_env)
        Whether a learner's action was taken as a whole, where timing is drawn; None where every action is.
    """

    observations: Vectors
    reward: FloatArray
    cost: FloatArray
    safety: FloatArray
    terminated: BoolArray
    truncated: BoolArray
    clipped: dict[str, IndexArray]
    timing: StepTiming | None = None
    used: BoolArray | None = None

    @property
    def rewards(self) -> dict[str, FloatArray]:
        """Reward by learner, ``(n_env,)`` each."""
        return dict(zip(self.observations, self.reward, strict=True))

    @property
    def costs(self) -> dict[str, FloatArray]:
        """Cost by learner, ``(n_env,)`` each."""
        return dict(zip(self.observations, self.cost, strict=True))

    @property
    def safeties(self) -> dict[str, FloatArray]:
        """Safety by learner, ``(n_env,)`` each."""
        return dict(zip(self.observations, self.safety, strict=True))

"""How environments run."""

from __future__ import annotations

from dataclasses import dataclass, field

from heron.core.clock import nanoseconds
from heron.envs.observer import ObserverOptions
from heron.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreOptions:
    """How an environment runs.

    Parameters
    ----------
    step_s
        Length of a step, the interval between decisions in lockstep. [s]
    plant_step_s
        Length of the intervals in which the plant advances, a whole fraction of ``step_s``; as long when not given.
        Cost and reward of a step are the sums over its intervals, safety their mean. [s]
    max_steps
        Steps after which an episode is truncated.
    penalty
        Weight of safety in the reward.
    reward_discount
        Discount per ``step_s`` within a reward that adds up over several plant intervals, by the time that has passed
        since it began to; 1 adds them as they are.
    share_reward
        Give every learner the mean of all learners' rewards.
    normalized_actions
        Whether actions are -1 … 1 or physical.
    terminate_on_failure
        End an episode where the plant could not be solved.
    observer
        How observations look.
    """

    step_s: float = 1.0
    plant_step_s: float | None = None
    max_steps: int = 24
    penalty: float = 10.0
    reward_discount: float = 1.0
    share_reward: bool = False
    normalized_actions: bool = True
    terminate_on_failure: bool = False
    observer: ObserverOptions = field(default_factory=ObserverOptions)

    def __post_init__(self) -> None:
        if not self.step_s > 0.0 or self.max_steps < 1:
            raise ConfigError(f"Steps of {self.step_s} s and episodes of {self.max_steps} steps are not positive.")
        if not 0.0 < self.reward_discount <= 1.0:
            raise ConfigError(f"A reward discount of {self.reward_discount!r} is not above 0 and at most 1.")
        part_ns = self.plant_step_ns
        if part_ns < 1 or self.step_ns % part_ns:
            raise ConfigError(
                f"A plant step of {self.plant_step_s} s does not divide steps of {self.step_s} s.",
                remedy="Let plant_step_s be step_s divided by a whole number.",
            )

    @property
    def step_ns(self) -> int:
        """Length of a step. [ns]"""
        return nanoseconds(self.step_s, "step_s")

    @property
    def plant_step_ns(self) -> int:
        """Length of a plant interval. [ns]"""
        return self.step_ns if self.plant_step_s is None else nanoseconds(self.plant_step_s, "plant_step_s")

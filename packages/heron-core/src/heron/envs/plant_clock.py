"""The plant's own clock: how far it has advanced."""

from __future__ import annotations

from typing import Any

from heron.core.clock import in_seconds
from heron.envs.core import EnvironmentCore
from heron.envs.reward_meter import RewardMeter


class PlantClock:
    """Lets the plant advance up to an instant, with what is latched until then.

    Parameters
    ----------
    core
        Environment whose plant it is.

    Attributes
    ----------
    reached_ns, aged_ns
        Instants up to which the plant has advanced, and what lies in the inboxes has grown old. [ns]
    meter
        Rewards of the intervals that have passed.
    """

    def __init__(self, core: EnvironmentCore) -> None:
        self._core = core
        self.reached_ns = 0
        self.aged_ns = 0
        self.meter = RewardMeter(len(core.learners), core.n_env, core.options)

    def reset(self) -> None:
        """Begin an episode."""
        self.reached_ns = self.aged_ns = 0
        self.meter.clear()

    def advance_to(self, now_ns: int) -> None:
        """Let the plant pass the time since it last advanced, whatever its length. [ns]"""
        elapsed_ns = now_ns - self.reached_ns
        if elapsed_ns == 0:
            return
        self.reached_ns = now_ns
        settled = self._core.pass_interval(elapsed_ns, ends_step=now_ns % self._core.step_ns == 0)
        self.meter.add(elapsed_ns, *settled)
        self.age_to(now_ns)

    def age_to(self, now_ns: int) -> None:
        """Let what lies in the inboxes grow old until now. [ns]"""
        if now_ns > self.aged_ns:
            self._core.binding.let_age(in_seconds(now_ns - self.aged_ns))
            self.aged_ns = now_ns

    def save_state(self) -> dict[str, Any]:
        """Where the clock stands."""
        return {"reached_ns": self.reached_ns, "aged_ns": self.aged_ns, "meter": self.meter.save_state()}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take back what `save_state` gave."""
        self.reached_ns, self.aged_ns = state["reached_ns"], state["aged_ns"]
        self.meter.restore_state(state["meter"])

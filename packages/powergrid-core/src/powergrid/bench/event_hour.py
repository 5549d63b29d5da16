"""Hours of the default setup on events."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from heron.core.observation import Observation
from heron.core.policy import Policy
from heron.types import FloatArray
from powergrid.bench.case import Case
from powergrid.bench.measure import Timing, measure
from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids

PLANT_STEP_S = 1.0
FIELD_LEVEL, COORDINATOR_LEVEL = 1, 2
_STEP_S, _POLL_S, _RARELY_S = 3600.0, 60.0, 60.0


class DrawnPolicy(Policy):
    """Actions that were drawn beforehand, one after the other."""

    def attach(self, action_dim: int) -> None:
        """Draw them."""
        super().attach(action_dim)
        self._actions = np.random.default_rng(0).uniform(-1.0, 1.0, (64, 1, action_dim))
        self._next = 0

    def act(self, observation: Observation) -> FloatArray:
        """The next of them."""
        self._next = (self._next + 1) % len(self._actions)
        action: FloatArray = self._actions[self._next]
        return action


class TimeOnEvents:
    """Some simulated time of a setup whose agents decide by themselves.

    Parameters
    ----------
    config
        Configuration of `MultiAgentMicrogrids`.
    duration_s
        How much, an episode at most. [s]
    tick_s
        From one tick of a device to the next. [s]
    deciding
        Level of the agents that decide: microgrids, or devices.
    """

    def __init__(
        self, config: Mapping[str, Any], duration_s: float, *, tick_s: float = 1.0, deciding: int = COORDINATOR_LEVEL
    ) -> None:
        clocks = {"field": {"tick_interval_s": tick_s}, "coordinator": {"tick_interval_s": _POLL_S}}
        changed = {"event_driven": True, "plant_step_s": PLANT_STEP_S, "timing": clocks, "learners": []}
        self.env = MultiAgentMicrogrids({**config, **changed})
        self.duration_s, self.n_event = duration_s, 0
        assert self.env.core is not None
        for agent in self.env.core.agents.values():
            if agent.level == deciding and agent.action_dim:
                agent.policy = DrawnPolicy()

    @property
    def n_device(self) -> int:
        """Number of agents that tick."""
        assert self.env.core is not None
        return sum(agent.level == FIELD_LEVEL for agent in self.env.core.agents.values())

    def begin(self) -> None:
        """Begin an episode."""
        self.env.reset(seed=0)

    def run(self) -> None:
        """Let the time pass."""
        self.n_event = self.env.run_event_driven(self.duration_s)

    def case(self, name: str) -> Case:
        """The time, by plant steps."""
        self.begin()
        self.run()
        count, per_h = round(self.duration_s / PLANT_STEP_S), self.n_event * _STEP_S / self.duration_s
        return Case(name=name, run=self.run, before=self.begin, count=count, note=f"{per_h:,.0f} events an hour")


class LockstepHour:
    """The same plant steps in lockstep: one decision for the whole hour."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.env = MultiAgentMicrogrids({**config, "plant_step_s": PLANT_STEP_S})
        rng = np.random.default_rng(0)
        self._actions = {
            agent: rng.uniform(-1.0, 1.0, self.env.action_space(agent).shape) for agent in self.env.possible_agents
        }

    def run(self) -> None:
        """One step."""
        self.env.step(self._actions)

    def case(self, name: str) -> Case:
        """The step, by plant steps."""
        return Case(name=name, run=self.run, before=self.env.reset, count=round(_STEP_S / PLANT_STEP_S))


def tick_cost_us(config: Mapping[str, Any], duration_s: float, *, deciding: int, repeats: int) -> float:
    """What a tick of a device costs: the difference of two runs in which devices tick every second and every minute.

    Parameters
    ----------
    config, duration_s, deciding
        As in `TimeOnEvents`.
    repeats
        Pairs of runs; the median of their differences is given.
    """
    often = TimeOnEvents(config, duration_s, tick_s=PLANT_STEP_S, deciding=deciding)
    rarely = TimeOnEvents(config, duration_s, tick_s=_RARELY_S, deciding=deciding)
    timings = [Timing(one.case("ticks")) for one in (often, rarely)]
    measure(timings, repeats)
    more_ticks = often.n_device * (duration_s / PLANT_STEP_S - duration_s / _RARELY_S)
    per_tick = [
        (one - other) * timings[0].case.count / more_ticks
        for one, other in zip(timings[0].cpu_s, timings[1].cpu_s, strict=True)
    ]
    return 1e6 * statistics.median(per_tick)


def observing(env: MultiAgentMicrogrids, agent_id: str, times: int) -> Callable[[], None]:
    """Lets an agent look so many times."""
    core = env.core
    assert core is not None

    def look() -> None:
        for _ in range(times):
            core.observe(agent_id)

    return look

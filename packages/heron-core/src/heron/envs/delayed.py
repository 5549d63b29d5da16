"""Lockstep with timing of its own in every environment: for training on what testing on events will bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from heron.agents.agent import Agent
from heron.agents.field_agent import FieldAgent
from heron.core.clock import in_seconds
from heron.core.observation import Observation
from heron.envs.core import EnvironmentCore
from heron.envs.core_options import CoreOptions
from heron.envs.drawn_timing import DrawnTiming
from heron.envs.observer import Vectors
from heron.envs.setpoint_queue import SetpointQueue
from heron.envs.snapshot_ring import SnapshotRing
from heron.envs.synchronous import SynchronousCore
from heron.errors import ConfigError, StateError, UnknownNameError, suggest
from heron.plant.interface import Plant
from heron.scheduling.tick_config import TickConfig
from heron.scheduling.timing_range import TimingRange
from heron.scheduling.timing_scheme import TimingScheme
from heron.types import BoolArray, FloatArray, IndexArray

Timing: TypeAlias = "TimingRange | Mapping[str, TimingRange]"
"""One range for all learners, or one each; a learner of whom nothing is said is in lockstep."""


class DelayedCore(SynchronousCore):
    """Steps in lockstep whose learners see late, act late, are not always heard, and do not decide at every step.

    How late and how rarely is drawn when an episode begins, for every environment and learner from a stream of its own,
    within a `TimingRange`; everything lies on the grid of plant intervals. With delays that are whole plant intervals
    and the same all the time it gives the numbers of `EventDrivenCore` with these delays, bit for bit, and with ranges
    that hold nothing but lockstep those of `SynchronousCore`.

    Rewards, costs and `state` are those of the plant as it is. A learner whose turn it is not goes on seeing what it
    saw last, and its action is not used. What stands in its own inbox it sees as it was at its last turn, without
    delay. Agents that do not learn decide in lockstep, by what is there.

    Parameters
    ----------
    plant, agents, learners, n_env, options
        As in `EnvironmentCore`.
    timing
        Ranges that timing is drawn from.

    Raises
    ------
    ConfigError
        If a learner's action is no fixed map to setpoints, as that of a price is not.
    UnknownNameError
        If a range is for somebody who does not learn.
    """

    def __init__(
        self,
        plant: Plant,
        agents: Mapping[str, Agent],
        *,
        learners: str | Sequence[str],
        n_env: int = 1,
        options: CoreOptions | None = None,
        timing: Timing | None = None,
    ) -> None:
        super().__init__(plant, agents, learners=learners, n_env=n_env, options=options)
        self._run_delayed(timing or {})

    @classmethod
    def of(cls, core: EnvironmentCore, timing: Timing) -> DelayedCore:
        """The same agents and plant with drawn timing; the core that is given is not to be used any more.

        Raises
        ------
        ConfigError, UnknownNameError
            As the class.
        """
        if not isinstance(core, SynchronousCore):
            raise ConfigError(
                f"Timing is drawn for environments in lockstep, not for a {type(core).__name__}.",
                remedy="Build the environment without event_driven.",
            )
        taken = cls.__new__(cls)
        taken.__dict__.update(core.__dict__)
        taken._run_delayed(timing)
        return taken

    def observations(self) -> tuple[Vectors, dict[str, IndexArray]]:
        """What every learner saw at its last turn, ``(n_env, dim)`` each, and how many entries were clipped."""
        return self.observer.vectors(self._ring.gather(self._shown_at()))

    def observe(self, agent_id: str) -> Observation:
        """What a learner saw at its last turn; what anybody else sees now."""
        if agent_id not in self._span_of:
            return super().observe(agent_id)
        physical = self._ring.gather(self._shown_at(), self._span_of[agent_id])
        since = self._world_at[self.learners.index(agent_id)] - self._begun_at
        time_s = since * in_seconds(self.plant_step_ns)
        return self.observer.view_of(agent_id, physical, time_s)[0]

    def save_state(self) -> dict[str, Any]:
        """Everything needed to go on as if never stopped, what is on its way included."""
        return {
            **super().save_state(),
            "delayed": {
                "now": self._now,
                "begun_at": self._begun_at.copy(),
                "world_at": self._world_at.copy(),
                "inbox_at": self._inbox_at.copy(),
                "ring": self._ring.save_state(),
                "queue": self._queue.save_state(),
                "drawn": self._drawn.save_state(),
            },
        }

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave.

        Raises
        ------
        StateError
            If it belongs to another configuration, to other ranges or to a core without drawn timing.
        """
        own = state.get("delayed")
        if own is None:
            raise StateError(
                "The saved state is of a core without drawn timing.", remedy="Restore it into a core of its own kind."
            )
        fits = self._ring.fits(own["ring"]) and self._queue.fits(own["queue"]) and self._drawn.fits(own["drawn"])
        if not fits:
            raise StateError(
                "The saved state is of a core whose timing is drawn from other ranges.", remedy="Give it the same."
            )
        super().restore_state(state)
        self._now = int(own["now"])
        self._begun_at[...] = own["begun_at"]
        self._world_at[...] = own["world_at"]
        self._inbox_at[...] = own["inbox_at"]
        self._ring.restore_state(own["ring"])
        self._queue.restore_state(own["queue"])
        self._drawn.restore_state(own["drawn"])

    def _run_delayed(self, timing: Timing) -> None:
        self._check_routed()
        n_part = self.step_ns // self.plant_step_ns
        n_learner, n_env = len(self.learners), self.n_env
        links, self._learner_of = self._links()
        self._linked, self._first_link = np.unique(self._learner_of, return_index=True)
        self._drawn = DrawnTiming(
            self._ranges(timing),
            self._learner_of,
            n_env=n_env,
            n_step=self.options.max_steps,
            interval_ns=self.plant_step_ns,
        )
        depth = self._drawn.longest_age + self._drawn.longest_tick * n_part + 1
        self._ring = SnapshotRing(self.table, self.observer.learner_rows, groups=self._groups(), depth=depth)
        queued = self._drawn.longest_way // n_part + 1
        self._queue = SetpointQueue(self.control.routed.rows, links=links, n_env=n_env, depth=queued)
        self._now = 0
        self._begun_at = np.zeros(n_env, dtype=np.int64)
        self._world_at = np.zeros((n_learner, n_env), dtype=np.int64)
        self._inbox_at = np.zeros((n_learner, n_env), dtype=np.int64)
        self._ring.keep(self._now)
        for agent in self.agents.values():
            agent.connect(self.observe, self.control.policy_changed)

    def _episodes_begun(self, envs: IndexArray) -> None:
        self._begun_at[envs] = self._now
        self._queue.clear(envs)
        self._drawn.draw(envs, self.trees)
        self._ring.keep(self._now, None if len(envs) == self.n_env else envs)
        begins = np.zeros(self.n_env, dtype=np.bool_)
        begins[envs] = True
        self._look(np.broadcast_to(begins, self._world_at.shape))

    def _take(self, actions: FloatArray) -> BoolArray:
        self.control.latch_unrouted(actions, self.table)
        decides = self._drawn.decides(self.steps)
        arrives = self._drawn.arrives(self.steps)
        due = self._now + self._drawn.ways(self.steps)
        taken = decides[self._learner_of] & arrives
        self._queue.put(self.control.routed_setpoints(actions), due=due[self._learner_of], taken=taken)
        used = decides.copy()
        used[self._linked] &= np.logical_and.reduceat(arrives, self._first_link, axis=0)
        return used

    def _begin_interval(self) -> None:
        self._queue.latch_due(self._now, self.table.values)

    def _end_interval(self) -> None:
        super()._end_interval()
        self._now += 1
        self._ring.keep(self._now)

    def _end_step(self, ended: BoolArray) -> None:
        self._look(self._drawn.decides(self.steps) | ended)

    def _look(self, looks: BoolArray) -> None:
        """Let learners see the world, some environments of each, ``(n_learner, n_env)``."""
        seen_at = np.maximum(self._now - self._drawn.ages(self.steps), self._begun_at)
        np.copyto(self._world_at, seen_at, where=looks)
        np.copyto(self._inbox_at, self._now, where=looks)

    def _shown_at(self) -> IndexArray:
        """Moments of what is shown: of the world to every learner, then of its inbox."""
        return np.concatenate([self._world_at, self._inbox_at])

    def _check_routed(self) -> None:
        for number, agent_id in enumerate(self.learners):
            if self.control.dims[agent_id] and number not in self.control.routed_learners:
                raise ConfigError(
                    f"What {agent_id!r} decides is no fixed map to setpoints: it cannot be delayed in lockstep.",
                    remedy="Train with a setpoint protocol, or run the environment on events.",
                )

    def _links(self) -> tuple[IndexArray, IndexArray]:
        """Number of the link, from a learner to a device, by routed row, and of the learner by link."""
        device_of = {int(row): place for place, block in enumerate(self.plant.setpoints.values()) for row in block.rows}
        devices = np.array([device_of[int(row)] for row in self.control.routed.rows], dtype=np.intp)
        pairs = np.stack([self.control.routed_learners, devices], axis=1)
        links, of_row = np.unique(pairs, axis=0, return_inverse=True)
        return of_row.reshape(-1), links[:, 0]

    def _groups(self) -> IndexArray:
        """Which of `_shown_at` each of the learners' rows shows."""
        groups: list[int] = []
        self._span_of: dict[str, slice] = {}
        for number, agent_id in enumerate(self.learners):
            rows = self.observer.rows[agent_id]
            self._span_of[agent_id] = slice(len(groups), len(groups) + len(rows))
            own = np.isin(rows, self.binding.inbox_rows(agent_id))
            groups += (number + len(self.learners) * own).tolist()
        return np.array(groups, dtype=np.intp)

    def _ranges(self, timing: Timing) -> dict[str, TimingRange]:
        if isinstance(timing, TimingRange):
            return dict.fromkeys(self.learners, timing)
        for agent_id in timing:
            if agent_id not in self.learners:
                raise UnknownNameError(
                    f"A TimingRange is given for {agent_id!r}, who does not learn; learners are {list(self.learners)}.",
                    remedy=suggest(agent_id, self.learners),
                )
        return {agent_id: timing.get(agent_id, TimingRange()) for agent_id in self.learners}


def timing_ranges(core: EnvironmentCore, scheme: TimingScheme, *, factor: float = 2.0) -> dict[str, TimingRange]:
    """Ranges around a timing scheme for every learner of an environment.

    Parameters
    ----------
    core
        The environment; an agent's ``tick_config`` comes before what the scheme says of it.
    scheme
        Clocks and links of the world.
    factor
        How far delays and losses go beyond the scheme. [1]

    Raises
    ------
    ConfigError
        As `TimingRange.around`.
    """
    own = {name: agent.tick_config for name, agent in core.agents.items() if isinstance(agent.tick_config, TickConfig)}
    clocks = replace(scheme, agents={**scheme.agents, **own})
    ranges: dict[str, TimingRange] = {}
    for agent_id in core.learners:
        agent = core.agents[agent_id]
        below = [one.agent_id for one in agent.walk() if one is not agent and isinstance(one, FieldAgent)]
        ranges[agent_id] = TimingRange.around(
            clocks, agent_id, level=agent.level, step_s=core.options.step_s, devices=below, factor=factor
        )
    return ranges

"""Event-driven execution: everyone acts when it is their time, and nothing arrives before it can."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from heron.agents.agent import Agent
from heron.agents.proxy import ProxyAgent
from heron.core.clock import in_seconds, nanoseconds
from heron.core.observation import Observation
from heron.envs.broker_choice import choose_broker
from heron.envs.control_loop import ControlLoop
from heron.envs.core import EnvironmentCore
from heron.envs.core_options import CoreOptions
from heron.envs.exchange import Exchange
from heron.envs.execution import Execution
from heron.envs.incidents import Incidents
from heron.envs.limited_flags import LimitedFlags
from heron.envs.mail import Mail
from heron.envs.observer import Vectors
from heron.envs.peer_rounds import PeerRounds
from heron.envs.plant_clock import PlantClock
from heron.envs.step_result import StepResult, StepTiming
from heron.errors import ConfigError, StateError, UnknownNameError, suggest
from heron.messaging.channel import ChannelSpec
from heron.plant.interface import Plant
from heron.scheduling.event import Event, EventKind
from heron.scheduling.scheduler import EventScheduler
from heron.scheduling.tick_config import TickConfig
from heron.types import Float32Array, FloatArray, IndexArray

_LONGEST_DRAW = 20
"""Snapshots are kept for this many times a delay that is drawn; a draw beyond shows the oldest of them."""


class EventDrivenCore(EnvironmentCore):
    """One environment whose agents act at their own ticks.

    The plant advances at its own steps, and up to the instant at which a setpoint is latched between them. Without
    delays, jitter and loss and with equal ticks it gives the numbers of `SynchronousCore`, bit for bit.

    Parameters
    ----------
    plant, agents, learners, n_env, options, exchanges
        As in `EnvironmentCore`; one environment.
    execution
        Timing, messaging, disturbances.

    Attributes
    ----------
    scheduler
        Events of the episode.
    clock, proxy, mail, loop, rounds, incidents
        The plant's clock, the snapshots, the messages, who acts when, what peers say, and what befalls the world.
    on_snapshot
        Called at every snapshot; what it returns goes into the log.

    Raises
    ------
    ConfigError
        If there is more than one environment, or something in ``execution`` does not fit the agents.
    UnknownNameError
        If ``execution`` names an agent, row or target that is not there.
    """

    def __init__(
        self,
        plant: Plant,
        agents: Mapping[str, Agent],
        *,
        learners: str | Sequence[str],
        n_env: int = 1,
        options: CoreOptions | None = None,
        exchanges: Sequence[Exchange] = (),
        execution: Execution | None = None,
    ) -> None:
        super().__init__(plant, agents, learners=learners, n_env=n_env, options=options, exchanges=exchanges)
        self._run_on_events(execution or Execution())

    @classmethod
    def of(cls, core: EnvironmentCore, execution: Execution | None = None) -> EventDrivenCore:
        """The same agents and plant on events; the core that is given is not to be used any more.

        Raises
        ------
        ConfigError
            As the class.
        """
        taken = cls.__new__(cls)
        taken.__dict__.update(core.__dict__)
        taken._run_on_events(execution or Execution())
        return taken

    def reset(
        self,
        *,
        seeds: Sequence[int] | None = None,
        envs: IndexArray | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Vectors:
        """Begin an episode, and let it run until the first learner is due; see `EnvironmentCore.reset`."""
        super().reset(seeds=seeds, envs=envs, options=options)
        self.scheduler.clear()
        self.clock.reset()
        self.proxy.forget()
        self.mail.begin(self.trees[0])
        self._terminated = self._truncated = False
        self.loop.begin(self._ticks())
        self.rounds.begin()
        self.incidents.begin(self.trees[0], horizon_ns=self._horizon_ns)
        self.scheduler.schedule(EventKind.SNAPSHOT, at_ns=0)
        self.scheduler.schedule(EventKind.PLANT, at_ns=self.plant_step_ns)
        self._is_stepped, self._handed_over_ns = True, -1
        self._begin_log()
        self._record("reset", None, {"seed": self.trees[0].seed, "episode": self.trees[0].episode})
        self._hand_over()  # stops there even where nobody learns
        self.scheduler.run_until_ns(0)
        return self._show()

    def step(self, actions: Mapping[str, Any] | FloatArray | Float32Array) -> StepResult:
        """Let the learners that are due act, and time pass until one is due again or the episode ends.

        Parameters
        ----------
        actions
            As in `EnvironmentCore.step`; a mapping need not have the learners that are not due, and what it says of
            them is not used.

        Raises
        ------
        ActionError
            If an action of a learner that is due is missing, or one is misshapen or not a number; nothing has changed.
        ConfigError
            If the episode has ended.
        EventError
            If a handler fails.
        """
        if self.has_ended:
            raise ConfigError("The episode has ended.", remedy="Call reset() before the next step.")
        due = frozenset(self.due)
        checked = self.check_actions(self._completed(actions, due))
        for agent_id in due:
            self.loop.outside[agent_id] = checked[self._stack.spans[agent_id]].T
        self._forget_limits(due)
        self._is_stepped = True
        self.scheduler.run_until_ns(self._horizon_ns)
        self.check_finite()
        return self._result(used=due)

    def run(self, until_s: float) -> int:
        """Let time pass while every agent decides by its own policy; learners without one leave things as they are.

        Parameters
        ----------
        until_s
            An instant of the episode. [s]

        Returns
        -------
        int
            Number of events.

        Raises
        ------
        ConfigError
            If the episode ends before.
        EventError
            If a handler fails.
        """
        until_ns = nanoseconds(until_s, "The end of a run")
        if until_ns > self._horizon_ns:
            raise ConfigError(
                f"The episode ends at {in_seconds(self._horizon_ns):g} s, before {until_s:g} s.",
                remedy="Run to its end at the most, or build the environment with more max_episode_steps.",
            )
        self._is_stepped = False
        count = 0 if self.has_ended else self.scheduler.run_until_ns(until_ns)
        self.check_finite()
        return count

    @property
    def has_ended(self) -> bool:
        """Whether the episode is over."""
        return self._terminated or self._truncated

    def observe(self, agent_id: str) -> Observation:
        """What an agent would see now: the world as it was its observation delay ago; looking changes nothing."""
        return self.loop.peek(agent_id) if self.loop.ticks else super().observe(agent_id)

    @property
    def due(self) -> tuple[str, ...]:
        """Learners whose tick it is, and whose actions the next step asks for."""
        return tuple(agent_id for agent_id in self.learners if agent_id in self.loop.due)

    def time_ns(self) -> IndexArray:
        """Simulated time since the episode began, ``(1,)``. [ns]"""
        return np.array([self.scheduler.now_ns], dtype=np.int64)

    def seen(self, agent_id: str) -> Observation:
        """What a learner saw at its last tick, the observation behind its vector; looking again would show more.

        Raises
        ------
        UnknownNameError
            If nobody of this name learns.
        """
        if agent_id not in self.loop.seen:
            raise UnknownNameError(
                f"{agent_id!r} is no learner that has seen anything.", remedy=suggest(agent_id, self.learners)
            )
        return self.loop.seen[agent_id][0]

    def save_state(self) -> dict[str, Any]:
        """Everything needed to go on as if never stopped, what is due and on its way included."""
        return {
            **super().save_state(),
            "scheduler": self.scheduler.save_state(),
            "clock": self.clock.save_state(),
            "snapshots": self.proxy.save_state(),
            "mail": self.mail.save_state(),
            "loop": self.loop.save_state(),
            "incidents": self.incidents.save_state(),
            "shown": self._shown.stacked.copy(),
            "handed_over_ns": self._handed_over_ns,
            "ended": (self._terminated, self._truncated),
        }

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave; timing and policies may be others than when it was saved.

        Raises
        ------
        StateError
            If it belongs to another configuration, to other conditions or to a core in lockstep.
        """
        if "scheduler" not in state:
            raise StateError(
                "The saved state is of a core in lockstep: nothing in it is due.",
                remedy="Restore it into a core of its own kind.",
            )
        self.mail.check_state(state["mail"])
        self.incidents.check_state(state["incidents"])
        super().restore_state(state)
        self.scheduler.restore_state(state["scheduler"])
        self.clock.restore_state(state["clock"])
        self.proxy.restore_state(state["snapshots"])
        self.mail.restore_state(state["mail"])
        self.loop.restore_state(state["loop"], self._ticks())
        self.incidents.restore_state(state["incidents"])
        self._shown.stacked[...] = state["shown"]
        self._handed_over_ns = state["handed_over_ns"]
        self._terminated, self._truncated = state["ended"]
        self._begin_log()

    def _run_on_events(self, execution: Execution) -> None:
        if self.n_env != 1:
            raise ConfigError(
                f"Event-driven execution holds one environment, not {self.n_env}: each has instants of its own.",
                remedy="Build several, or train in lockstep and test on events.",
            )
        for agent_id in execution.timing.agents:
            if agent_id not in self.agents:
                raise UnknownNameError(
                    f"The timing scheme has a clock for {agent_id!r}, who is no agent.",
                    remedy=suggest(agent_id, self.agents),
                )
        self.execution = execution
        self._limits = LimitedFlags()
        self._clocks = {agent_id: self._clock_of(agent) for agent_id, agent in self.agents.items()}
        self.scheduler = EventScheduler()
        self.clock = PlantClock(self)
        self.proxy = ProxyAgent(history=None)
        self.proxy.register_rows(self.observer.rows)
        self.proxy.keep_for(max(map(_longest_ns, self._clocks.values()), default=0))
        self.mail = Mail(self.scheduler, choose_broker(execution, self._clocks))
        self.loop = ControlLoop(self, self.scheduler, self.clock, self.proxy, self.mail)
        self.rounds = PeerRounds(
            self.exchanges, self.scheduler, mail=self.mail, loop=self.loop, step_s=self.options.step_s
        )
        self.loop.on_letter = self.rounds.read
        link = execution.channel or ChannelSpec(loss=execution.timing.loss)
        self.mail.open([*self.agents, *self.rounds.participants()], link, channels=self.rounds.channels)
        self.incidents = Incidents(
            self, self.scheduler, self.clock, mail=self.mail, loop=self.loop, execution=execution
        )
        self.scheduler.on(EventKind.PLANT, self._on_plant)
        self.scheduler.on(EventKind.SNAPSHOT, self._on_snapshot)
        self.scheduler.on(EventKind.HANDOVER, self._on_handover)
        self.loop.on_due = self._hand_over
        self._horizon_ns = self.options.max_steps * self.step_ns
        self._terminated, self._truncated = False, True
        self._is_stepped = True
        self._handed_over_ns = -1
        self.on_snapshot: Callable[[], Any] | None = None
        self._shown = self.observer.blank()
        self._has_begun_log = False
        if execution.log is not None:
            self.loop.record = self.mail.record = self.incidents.record = self._record
        for agent in self.agents.values():
            agent.connect(self.observe, self._policy_changed)

    def _begin_log(self) -> None:
        if self.execution.log is not None and not self._has_begun_log:
            self.execution.log.begin(self._header())
            self._has_begun_log = True

    def _clock_of(self, agent: Agent) -> TickConfig:
        given = agent.tick_config or self.execution.timing.clock(agent.agent_id, agent.level)
        if given is None:
            return TickConfig(tick_interval=self.options.step_s, on_message=True)
        if not isinstance(given, TickConfig):
            raise ConfigError(
                f"Agent {agent.agent_id!r} has the tick_config {given!r}.",
                remedy="Give TickConfig.deterministic(…), TickConfig.with_jitter(…) or TickConfig.preset(…).",
            )
        return given

    def _ticks(self) -> dict[str, TickConfig]:
        return {agent_id: clock.drawing_from(self.trees[0], agent_id) for agent_id, clock in self._clocks.items()}

    def _header(self) -> dict[str, Any]:
        return {
            "environment": type(self.plant).__name__,
            "agents": {agent_id: agent.level for agent_id, agent in self.agents.items()},
            "learners": list(self.learners),
            "step_s": self.options.step_s,
            "plant_step_s": in_seconds(self.plant_step_ns),
            "rows": list(self.table.names),
        }

    def _policy_changed(self, agent: Agent) -> None:
        self.control.policy_changed(agent)
        self.loop.policy_changed(agent)

    def _completed(self, actions: Any, due: frozenset[str]) -> Any:
        """Actions with zeros for learners that are not due and of whom nothing is said."""
        if not isinstance(actions, Mapping):
            return actions
        missing = [agent_id for agent_id in self.learners if agent_id not in actions and agent_id not in due]
        return {**actions, **{agent_id: np.zeros(self.control.dims[agent_id]) for agent_id in missing}}

    def _forget_limits(self, due: frozenset[str]) -> None:
        """Forget what was limited, but for devices below learners whose reward is still adding up."""
        assert self._limits is not None
        waiting = (agent_id for agent_id in self.learners if agent_id not in due)
        kept = {below.agent_id for agent_id in waiting for below in self.agents[agent_id].walk()}
        self._limits.begin(kept)

    def _hand_over(self) -> None:
        """Let a step end once everyone who is due now has seen."""
        now_ns = self.scheduler.now_ns
        if self._is_stepped and self._handed_over_ns != now_ns:
            self._handed_over_ns = now_ns
            self.scheduler.schedule(EventKind.HANDOVER, at_ns=now_ns)

    def _on_handover(self, _event: Event) -> None:
        self._handed_over_ns = -1
        self.scheduler.pause()

    def _on_plant(self, event: Event) -> None:
        now_ns = event.time_ns
        self.clock.advance_to(now_ns)
        self.plant.write_exogenous()
        if now_ns % self.step_ns == 0:
            self._terminated = bool(self.terminated()[0])
            self._truncated = bool(self.truncated()[0]) and not self._terminated
            self._failed[...] = False
        self._record("plant", None, {})
        self.incidents.look()
        self.scheduler.schedule(EventKind.SNAPSHOT, at_ns=now_ns)
        if not self.has_ended:
            self.scheduler.schedule(EventKind.PLANT, at_ns=now_ns + self.plant_step_ns)

    def _on_snapshot(self, event: Event) -> None:
        self.proxy.take(self.table, event.time_ns)
        if self.execution.log is not None:
            self.execution.log.state(event.time_ns, self.table.names, self.table.values)
        if self.on_snapshot is not None:
            self._record("custom", None, {"global_state": self.on_snapshot()})
        if self.has_ended:
            for agent_id in self.learners:
                self.loop.look(agent_id)
            self.scheduler.pause()

    def _show(self) -> Vectors:
        """What each learner saw at its last tick."""
        for agent_id in self.loop.due:
            self._shown[agent_id][...] = self.loop.seen[agent_id][0].values
        copied = self.observer.blank()
        copied.stacked[...] = self._shown.stacked
        return copied

    def _result(self, used: frozenset[str]) -> StepResult:
        due, meter = frozenset(self.loop.due), self.clock.meter
        numbers = [number for number, agent_id in enumerate(self.learners) if agent_id in due]
        sums = np.zeros((3, len(self.learners), 1))
        sums[:, numbers] = np.stack([meter.reward, meter.cost, meter.safety])[:, numbers]
        elapsed_s = {self.learners[number]: in_seconds(int(meter.elapsed_ns[number])) for number in numbers}
        if self.execution.log is not None:
            for number in numbers:
                reward, cost, safety = sums[:, number, 0].tolist()
                settled = {"reward": reward, "cost": cost, "safety": safety}
                self._record("settle", self.learners[number], settled)
        meter.clear(np.array(numbers, dtype=np.intp))
        nothing = np.zeros(1, dtype=np.intp)
        return StepResult(
            observations=self._show(),
            reward=sums[0],
            cost=sums[1],
            safety=sums[2],
            terminated=np.array([self._terminated]),
            truncated=np.array([self._truncated]),
            clipped={agent: self.loop.seen[agent][1] if agent in due else nothing for agent in self.learners},
            timing=StepTiming(due=due, used=used, elapsed_s=elapsed_s, time_s=self.scheduler.current_time),
        )

    def _record(self, kind: str, agent: str | None, data: Mapping[str, Any]) -> None:
        if self.execution.log is not None:
            self.execution.log.record(self.scheduler.now_ns, kind, agent, data)


def _longest_ns(clock: TickConfig) -> int:
    """How far back an agent may look. [ns]"""
    return nanoseconds(clock.obs_delay) * (1 if clock.is_deterministic else _LONGEST_DRAW)

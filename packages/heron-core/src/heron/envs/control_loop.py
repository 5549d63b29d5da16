"""Who acts when: ticks, observations, messages and effects as events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from heron.agents.agent import Agent
from heron.agents.field_agent import FieldAgent
from heron.agents.hierarchical import HierarchicalAgent
from heron.agents.proxy import ProxyAgent
from heron.core.clock import in_seconds, nanoseconds
from heron.core.observation import Observation
from heron.envs.control import Decision
from heron.envs.core import EnvironmentCore
from heron.envs.mail import Arrival, Mail
from heron.envs.plant_clock import PlantClock
from heron.messaging.broker import DEFAULT_CHANNEL
from heron.protocols.base import Directive
from heron.scheduling.event import Event, EventKind, rank_of_turn
from heron.scheduling.scheduler import EventScheduler
from heron.scheduling.sensors import SensorFaults
from heron.scheduling.tick_config import TickConfig
from heron.types import FloatArray, IndexArray

Record: TypeAlias = Callable[[str, "str | None", Mapping[str, Any]], None]
"""Writes what happens now into the run's log: kind, agent, data."""


class ControlLoop:
    """Turns ticks into observations, decisions, messages and latched setpoints.

    An agent's turn comes at its ticks, and between them when it is told something and acts on messages. It sees the
    snapshot that was current its observation delay ago, and beside it what lies in its inbox. A field agent's setpoint
    is latched after its action delay; what a superior says leaves after its action delay and arrives after its message
    delay. Neither overtakes what was decided before it, unless its channel reorders.

    Parameters
    ----------
    core
        The environment.
    scheduler, clock, proxy, mail
        Its events, its plant's clock, its snapshots and its messages.

    Attributes
    ----------
    ticks
        Each agent's timing in this episode.
    faults
        Sensors that do not show what is.
    seen
        What each learner saw at its last tick, and how many entries were clipped.
    due
        Learners that have seen something and not acted on it yet.
    outside
        Actions from outside for learners that are due, ``(n_env, dim)``.
    on_due
        Called when a learner has seen something and is due to act.
    on_letter
        Called with what peers tell each other when it is there.
    on_effect
        Called with agent and setpoints whenever some take effect.
    """

    def __init__(
        self, core: EnvironmentCore, scheduler: EventScheduler, clock: PlantClock, proxy: ProxyAgent, mail: Mail
    ) -> None:
        self._core, self._scheduler, self._clock, self._proxy, self._mail = core, scheduler, clock, proxy, mail
        self._agents = core.agents
        self._place = {agent_id: place for place, agent_id in enumerate(self._agents)}
        self._turns = {agent_id: self._describe_turn(agent_id) for agent_id in self._agents}
        self._inboxes = {agent_id: _inbox(core, agent_id) for agent_id in self._agents}
        self.faults = SensorFaults()
        self.record: Record | None = None
        self.on_due: Callable[[], None] | None = None
        self.on_effect: Callable[[str, FloatArray], None] | None = None
        self.on_letter: Callable[[Arrival], None] | None = None
        self.ticks: dict[str, TickConfig] = {}
        self.seen: dict[str, tuple[Observation, IndexArray]] = {}
        self._forget()
        for kind, handler in (
            (EventKind.OBSERVATION, self._on_observation),
            (EventKind.TICK, self._on_turn),
            (EventKind.MESSAGE, self._on_message),
            (EventKind.EFFECT, self._on_effect),
        ):
            scheduler.on(kind, handler)

    def begin(self, ticks: Mapping[str, TickConfig]) -> None:
        """Begin an episode: every agent that may act has its first tick now."""
        self._forget()
        self.ticks = dict(ticks)
        for agent_id, agent in self._agents.items():
            if self._has_ticks(agent):
                self._schedule_tick(agent_id, self._scheduler.now_ns)

    def policy_changed(self, agent: Agent) -> None:
        """Let an agent that has become able to act have ticks."""
        if self.ticks and agent.agent_id not in self._ticking and self._has_ticks(agent):
            self._schedule_tick(agent.agent_id, self._scheduler.now_ns)

    def wake(self, agent_id: str) -> None:
        """Give an agent a turn now, beside its ticks."""
        self._schedule_turn(agent_id, self._scheduler.now_ns, is_tick=False)

    def view(self, agent_id: str) -> Observation:
        """What an agent sees when it looks now."""
        return self._shown(agent_id, *self._gather(agent_id))[0]

    def peek(self, agent_id: str) -> Observation:
        """What an agent would see now after its nominal delay; nothing is drawn, noted or changed."""
        now_ns = self._scheduler.now_ns
        shown_ns, physical = self._old(agent_id, nanoseconds(self.ticks[agent_id].obs_delay))
        positions, rows = self._inboxes[agent_id]
        physical[positions] = self._core.table.values[rows]
        ages = positions[np.isin(rows, self._core.binding.age_rows)]
        physical[ages] += in_seconds(now_ns - self._clock.aged_ns)
        return self._shown(agent_id, shown_ns, physical)[0]

    def inbox_rows(self, agent_id: str) -> IndexArray:
        """Rows of an agent's own inbox among those that it sees, which it sees as they are."""
        return self._inboxes[agent_id][1]

    def forget_past_faults(self) -> None:
        """Forget faults of sensors that nobody can see any more, however late it looks."""
        self.faults.forget_before(self._proxy.oldest_ns)

    def look(self, agent_id: str) -> None:
        """Let a learner see the world, and be due to act on it."""
        shown_ns, physical = self._gather(agent_id)
        self._glimpses[agent_id] = (shown_ns, physical)
        self.seen[agent_id] = self._shown(agent_id, shown_ns, physical)
        if agent_id not in self.due:
            self.due.append(agent_id)

    def tell(self, receiver: str, directive: Directive, *, sent_ns: int) -> None:
        """Let a directive be there. [ns]"""
        now_ns = self._scheduler.now_ns
        self._clock.age_to(now_ns)
        self._core.binding.deliver(receiver, directive, age_s=in_seconds(now_ns - sent_ns))
        self._told[receiver] = directive
        self._news.add(receiver)
        agent = self._agents[receiver]
        directed = isinstance(agent, FieldAgent) or not isinstance(directive, Mapping)
        if directed and receiver not in self._core.learners and self.ticks[receiver].on_message:
            order = rank_of_turn(agent.level, self._place[receiver])
            self._scheduler.schedule(EventKind.TICK, at_ns=now_ns, agent=receiver, payload=False, order=order)

    def save_state(self) -> dict[str, Any]:
        """What the loop remembers between events."""
        return {
            "told": dict(self._told),
            "news": sorted(self._news),
            "effect_ns": dict(self._effect_ns),
            "turned_ns": dict(self._turned_ns),
            "ticking": sorted(self._ticking),
            "due": list(self.due),
            "faults": self.faults.save_state(),
            "glimpses": {agent_id: (time_ns, seen.copy()) for agent_id, (time_ns, seen) in self._glimpses.items()},
        }

    def restore_state(self, state: Mapping[str, Any], ticks: Mapping[str, TickConfig]) -> None:
        """Take back what `save_state` gave."""
        self._forget()
        self.ticks = dict(ticks)
        self._told.update(state["told"])
        self._news.update(state["news"])
        self._effect_ns.update(state["effect_ns"])
        self._turned_ns.update(state["turned_ns"])
        self._ticking.update(state["ticking"])
        self.due.extend(state["due"])
        self.faults.restore_state(state["faults"])
        for agent_id, (shown_ns, physical) in state["glimpses"].items():
            self._glimpses[agent_id] = (shown_ns, physical.copy())
            self.seen[agent_id] = self._shown(agent_id, shown_ns, physical.copy())
        for agent in self._agents.values():
            self.policy_changed(agent)

    def _forget(self) -> None:
        self._told: dict[str, Directive] = {}
        self._news: set[str] = set()
        self._effect_ns: dict[str, int] = {}
        self._turned_ns: dict[str, int] = {}
        self._ticking: set[str] = set()
        self.due: list[str] = []
        self.outside: dict[str, FloatArray] = {}
        self.seen.clear()
        self._glimpses: dict[str, tuple[int, FloatArray]] = {}

    def _has_ticks(self, agent: Agent) -> bool:
        """Whether ticks could come to anything: a device that only follows orders, and at once, needs none."""
        if agent.agent_id in self._core.learners or agent.decides() or isinstance(agent, HierarchicalAgent):
            return True
        superior = self._agents.get(agent.upstream_id or "")
        announces = superior is not None and superior.protocol is not None and bool(superior.protocol.inbox)
        return isinstance(agent, FieldAgent) and (announces or not self.ticks[agent.agent_id].on_message)

    def _schedule_tick(self, agent_id: str, at_ns: int) -> None:
        self._ticking.add(agent_id)
        self._schedule_turn(agent_id, at_ns, is_tick=True)

    def _schedule_turn(self, agent_id: str, at_ns: int, *, is_tick: bool) -> None:
        kind, order = self._turns[agent_id]
        self._scheduler.schedule(kind, at_ns=at_ns, agent=agent_id, payload=is_tick, order=order)

    def _describe_turn(self, agent_id: str) -> tuple[EventKind, int]:
        """What an agent's turn begins with, and its rank."""
        learns = agent_id in self._core.learners
        order = rank_of_turn(self._agents[agent_id].level, self._place[agent_id], observes=learns)
        return EventKind.OBSERVATION if learns else EventKind.TICK, order

    def _on_observation(self, event: Event) -> None:
        """A learner's tick: it sees, and its turn to act comes after everybody has seen."""
        agent_id = _named(event)
        if event.payload:
            self._schedule_tick(agent_id, event.time_ns + self.ticks[agent_id].next_tick_interval_ns())
        self.look(agent_id)
        if self.on_due is not None:
            self.on_due()
        order = rank_of_turn(self._agents[agent_id].level, self._place[agent_id])
        self._scheduler.schedule(EventKind.TICK, at_ns=event.time_ns, agent=agent_id, payload=False, order=order)

    def _on_turn(self, event: Event) -> None:
        agent_id, now_ns = _named(event), event.time_ns
        if event.payload:
            self._schedule_tick(agent_id, now_ns + self.ticks[agent_id].next_tick_interval_ns())
        has_news = agent_id in self._news
        if self._turned_ns.get(agent_id) == now_ns and not has_news and agent_id not in self.due:
            return  # a tick and a message at one instant make one turn
        agent, directive = self._agents[agent_id], self._told.get(agent_id)
        observe: Callable[[], Observation] = partial(self.view, agent_id)
        outside = None
        if agent_id in self.seen:
            observe, outside = self._take_outside(agent_id)
        if outside is None and directive is not None and not has_news and not isinstance(directive, Mapping):
            return  # it has done what it was told
        self._turned_ns[agent_id] = now_ns
        self._news.discard(agent_id)
        if outside is not None and self.record is not None:
            self.record("act", agent_id, {"action": outside})
        decision = self._core.control.decide(agent, observe, outside=outside, directive=directive)
        self._carry_out(agent_id, decision)

    def _take_outside(self, agent_id: str) -> tuple[Callable[[], Observation], FloatArray | None]:
        """What a learner saw at this tick, and what it is to do."""
        observation = self.seen[agent_id][0]
        if agent_id in self.due:
            self.due.remove(agent_id)
        return lambda: observation, self.outside.pop(agent_id, None)

    def _carry_out(self, agent_id: str, decision: Decision) -> None:
        setpoint, now_ns, ticks = decision.setpoint, self._scheduler.now_ns, self.ticks[agent_id]
        if setpoint is not None:
            at_ns = max(now_ns + ticks.next_act_delay_ns(), self._effect_ns.get(agent_id, 0))
            self._effect_ns[agent_id] = at_ns
            order = rank_of_turn(1, self._place[agent_id]) + _AFTER_TURNS
            self._scheduler.schedule(EventKind.EFFECT, at_ns=at_ns, agent=agent_id, payload=setpoint, order=order)
            if self.record is not None:
                self.record("setpoint", agent_id, {"setpoint": setpoint, "effect_ns": at_ns})
        if decision.directives:
            delay_ns = ticks.next_act_delay_ns()
            for receiver, told in decision.directives.items():
                self._mail.send(agent_id, receiver, told, leaves_in_ns=delay_ns, ticks=ticks)

    def _on_message(self, event: Event) -> None:
        arrival = self._mail.arrived(event)
        if arrival is None:
            return
        if arrival.channel == DEFAULT_CHANNEL:
            self.tell(arrival.receiver, arrival.said, sent_ns=arrival.sent_ns)
        else:
            assert self.on_letter is not None
            self.on_letter(arrival)

    def age(self) -> None:
        """Let what lies in the inboxes be as old as it is now."""
        self._clock.age_to(self._scheduler.now_ns)

    def _on_effect(self, event: Event) -> None:
        agent_id = _named(event)
        self._clock.advance_to(event.time_ns)
        self._core.table.values[self._core.plant.setpoints[agent_id].rows] = event.payload
        if self.record is not None:
            self.record("effect", agent_id, {"setpoint": event.payload})
        if self.on_effect is not None:
            self.on_effect(agent_id, event.payload)

    def _gather(self, agent_id: str) -> tuple[int, FloatArray]:
        """Instant and rows of what an agent sees when it looks now: an old snapshot, and its inbox as it is. [ns]"""
        now_ns = self._scheduler.now_ns
        shown_ns, physical = self._old(agent_id, self.ticks[agent_id].next_obs_delay_ns())
        positions, rows = self._inboxes[agent_id]
        if len(rows):
            self._clock.age_to(now_ns)
            physical[positions] = self._core.table.values[rows]
        if self.record is not None:
            self.record("observation", agent_id, {"shown_ns": shown_ns})
        return shown_ns, physical

    def _old(self, agent_id: str, delay_ns: int) -> tuple[int, FloatArray]:
        """Instant and rows of what an agent's sensors showed some time ago. [ns]"""
        shown_ns, physical = self._proxy.look_back(agent_id, self._scheduler.now_ns, delay_ns)
        if self.faults:
            physical = self.faults.apply(agent_id, self._core.observer.rows[agent_id], physical, time_ns=shown_ns)
        return shown_ns, physical

    def _shown(self, agent_id: str, shown_ns: int, physical: FloatArray) -> tuple[Observation, IndexArray]:
        return self._core.observer.view_of(agent_id, physical, np.array([in_seconds(shown_ns)]))


_AFTER_TURNS = 10 << 32
"""Distance of the ranks of effects from those of field agents' turns."""


def _inbox(core: EnvironmentCore, agent_id: str) -> tuple[IndexArray, IndexArray]:
    """Which of the rows that an agent sees are its own inbox: positions among them, and rows of the table."""
    rows = core.observer.rows[agent_id]
    positions = np.flatnonzero(np.isin(rows, core.binding.inbox_rows(agent_id)))
    return positions, rows[positions]


def _named(event: Event) -> str:
    assert event.agent is not None
    return event.agent

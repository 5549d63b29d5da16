"""What befalls a world during a run: disturbances, and conditions that are watched for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from heron.core.clock import NANOSECONDS
from heron.core.random import SeedTree
from heron.envs.control_loop import ControlLoop, Record
from heron.envs.core import EnvironmentCore
from heron.envs.execution import Execution
from heron.envs.mail import Mail
from heron.envs.plant_clock import PlantClock
from heron.errors import ConfigError, StateError, UnknownNameError, suggest
from heron.scheduling.condition import ConditionWatch
from heron.scheduling.disturbance import OccurringDisturbance, Parameters
from heron.scheduling.disturbance_schedule import DisturbanceSchedule
from heron.scheduling.event import Event, EventKind
from heron.scheduling.scheduler import EventScheduler

SENSOR_KINDS = {"sensor_freeze": "freeze", "sensor_bias": "bias"}
COMMUNICATION_OUTAGE = "communication_outage"
EVERYBODY = "all"
_ONE = np.zeros(1, dtype=np.intp)


class Incidents:
    """Carries out disturbances at their instants, and looks for conditions after every plant interval.

    ``sensor_freeze`` and ``sensor_bias`` concern what their target, an agent, reads of the row that parameter ``row``
    names; a bias takes ``added`` too. What stands in the agent's own inbox is told and not measured: it has no sensor.
    ``communication_outage`` cuts off an agent, a market, or everybody (target ``"all"``). All other kinds are the
    plant's.

    Parameters
    ----------
    core
        The environment.
    scheduler, clock, mail, loop
        Its events, plant's clock, messages, and who acts when.
    execution
        Disturbances and conditions.

    Attributes
    ----------
    on_condition
        Called with the condition's name and its row's value when it fires.

    Raises
    ------
    ConfigError
        If a disturbance or condition speaks of something that is not there.
    """

    def __init__(
        self,
        core: EnvironmentCore,
        scheduler: EventScheduler,
        clock: PlantClock,
        *,
        mail: Mail,
        loop: ControlLoop,
        execution: Execution,
    ) -> None:
        self._core, self._scheduler, self._clock, self._mail, self._loop = core, scheduler, clock, mail, loop
        self._schedule, self._wakes = execution.disturbances, dict(execution.wakes)
        self._watches = [
            (ConditionWatch(condition), core.table.row(condition.row)) for condition in execution.conditions
        ]
        self.record: Record | None = None
        self.on_condition: Callable[[str, float], None] | None = None
        self._check()
        scheduler.on(EventKind.DISTURBANCE, self._on_disturbance)
        scheduler.on(EventKind.CONDITION, self._on_condition)

    def begin(self, tree: SeedTree, *, horizon_ns: int) -> None:
        """Begin an episode: what will happen in it is drawn now. [ns]"""
        for watch, _ in self._watches:
            watch.reset()
        self._loop.faults.reset()
        if self._schedule is None:
            return
        for occurring in self._schedule.draw(tree, horizon_ns / NANOSECONDS):
            self._plan(occurring, horizon_ns)

    def look(self) -> None:
        """Let conditions be looked for at the present instant."""
        if self._watches:
            self._scheduler.schedule(EventKind.CONDITION, at_ns=self._scheduler.now_ns)

    def save_state(self) -> list[Any]:
        """What has become of the conditions; disturbances to come are in the queue."""
        return [watch.save_state() for watch, _ in self._watches]

    def check_state(self, state: list[Any]) -> None:
        """Refuse a state that `restore_state` could not take.

        Raises
        ------
        StateError
            If other conditions are watched for.
        """
        if len(state) != len(self._watches):
            raise StateError(
                f"A state with {len(state)} conditions does not fit a run that watches for {len(self._watches)}.",
                remedy="Restore it into an environment with the same conditions.",
            )

    def restore_state(self, state: list[Any]) -> None:
        """Take back what `save_state` gave, after `check_state`."""
        for (watch, _), saved in zip(self._watches, state, strict=True):
            watch.restore_state(saved)

    def _plan(self, occurring: OccurringDisturbance, horizon_ns: int) -> None:
        what = (occurring.name, occurring.kind, occurring.target, dict(occurring.parameters))
        for begins, at_ns in ((True, occurring.start_ns), (False, occurring.end_ns)):
            if at_ns is not None and at_ns < horizon_ns:
                self._scheduler.schedule(EventKind.DISTURBANCE, at_ns=at_ns, payload=(begins, *what))

    def _on_disturbance(self, event: Event) -> None:
        begins, name, kind, target, parameters = event.payload
        self._clock.advance_to(event.time_ns)
        if kind in SENSOR_KINDS:
            self._disturb_sensor(kind, target, parameters, begins=begins)
        elif kind == COMMUNICATION_OUTAGE:
            self._mail.outage(None if target == EVERYBODY else target, begins)
        elif begins:
            self._core.plant.begin_disturbance(kind, target, parameters, _ONE)
        else:
            self._core.plant.end_disturbance(kind, target, _ONE)
        if self.record is not None:
            self.record("disturbance", None, {"name": name, "kind": kind, "target": target, "begins": begins})

    def _disturb_sensor(self, kind: str, agent_id: str, parameters: Parameters, *, begins: bool) -> None:
        faults, now_ns = self._loop.faults, self._scheduler.now_ns
        row = self._core.table.row(str(parameters["row"]))
        self._loop.forget_past_faults()
        if not begins:
            faults.repair(agent_id, row, "freeze" if kind == "sensor_freeze" else "bias", time_ns=now_ns)
        elif kind == "sensor_freeze":
            faults.freeze(agent_id, row, self._core.table.values[row].copy(), time_ns=now_ns)
        else:
            faults.bias(agent_id, row, float(parameters["added"]), time_ns=now_ns)

    def _on_condition(self, event: Event) -> None:
        for watch, row in self._watches:
            value = float(self._core.table.values[row, 0])
            if not watch.fires(event.time_ns, value)[0]:
                continue
            name = watch.condition.name
            if self.record is not None:
                self.record("condition", None, {"name": name, "value": value})
            if self.on_condition is not None:
                self.on_condition(name, value)
            for agent_id in self._wakes.get(name, ()):
                self._loop.wake(agent_id)

    def _check(self) -> None:
        names = [watch.condition.name for watch, _ in self._watches]
        if len(set(names)) < len(names):
            raise ConfigError(f"Two conditions share a name: {names}.", remedy="Give each a name of its own.")
        for name, woken in self._wakes.items():
            if name not in names:
                raise ConfigError(f"wakes names condition {name!r}; there are {names}.", remedy=suggest(name, names))
            for agent_id in woken:
                self._require_agent(agent_id, f"Condition {name!r} wakes")
        for kind, target, parameters in _declared(self._schedule):
            self._check_disturbance(kind, target, parameters)

    def _check_disturbance(self, kind: str, target: str, parameters: Parameters) -> None:
        known = [*self._core.plant.disturbance_kinds(), *SENSOR_KINDS, COMMUNICATION_OUTAGE]
        if kind not in known:
            raise UnknownNameError(
                f"There is no disturbance {kind!r}; there are {', '.join(known)}.", remedy=suggest(kind, known)
            )
        if kind in SENSOR_KINDS:
            self._require_agent(target, f"Disturbance {kind!r} has the target")
            wanted = {"row"} if kind == "sensor_freeze" else {"row", "added"}
            if set(parameters) != wanted:
                raise ConfigError(
                    f"Disturbance {kind!r} has parameters {sorted(parameters)}, not {sorted(wanted)}.",
                    remedy="Name the row of the state table that the agent reads, and what is added to it.",
                )
            row = self._core.table.row(str(parameters["row"]))
            if row not in self._core.observer.rows[target]:
                raise ConfigError(f"Agent {target!r} does not read {self._core.table.names[row]!r}.")
            if row in self._loop.inbox_rows(target):
                raise ConfigError(
                    f"Agent {target!r} is told {self._core.table.names[row]!r} and has no sensor for it.",
                    remedy="Name a row that it measures; 'communication_outage' keeps messages from it.",
                )
        elif kind == COMMUNICATION_OUTAGE:
            if self._mail.broker is None:
                raise ConfigError(
                    "A communication outage needs agents that talk through a broker.", remedy="Set distributed=True."
                )
            if target != EVERYBODY and target not in self._mail.broker.agents:  # a market has a mailbox too
                self._require_agent(target, f"Disturbance {kind!r} has the target")
        else:
            self._core.plant.check_disturbance(kind, target, parameters)

    def _require_agent(self, agent_id: str, what: str) -> None:
        if agent_id not in self._core.agents:
            raise UnknownNameError(
                f"{what} {agent_id!r}, who is no agent.", remedy=suggest(agent_id, self._core.agents)
            )


def _declared(schedule: DisturbanceSchedule | None) -> Iterator[tuple[str, str, Parameters]]:
    """Kind, target and parameters of everything that may happen."""
    if schedule is not None:
        for planned in schedule.scheduled:
            yield planned.kind, planned.target, planned.parameters
        for process in schedule.random:
            for target in process.targets:
                yield process.kind, target, process.parameters

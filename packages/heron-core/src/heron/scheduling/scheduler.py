"""The scheduler: what is due next, in simulated time."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from heapq import heapify, heappop, heappush
from typing import Any, TypeAlias

from heron.core.clock import NANOSECONDS, nanoseconds
from heron.errors import ConfigError, EventError, HeronError, UnknownNameError, suggest
from heron.scheduling.event import Event, EventKind, rank

Handler: TypeAlias = Callable[[Event], None]
_FEW = 64
"""Cancelled events that may wait among the others in any case."""


class EventScheduler:
    """Runs events in the order of their instants.

    Events of one instant run in the order of their ranks (`heron.scheduling.event`), those of one rank in the order in
    which they were scheduled. Time is a whole number of nanoseconds; it moves from event to event.

    Attributes
    ----------
    now_ns
        Present instant. [ns]
    """

    def __init__(self) -> None:
        self.now_ns = 0
        self._queue: list[tuple[int, int, int, Event]] = []
        self._sequence = 0
        self._n_cancelled = 0
        self._handlers: dict[EventKind, Handler] = {}
        self._is_paused = False

    @property
    def current_time(self) -> float:
        """Present instant. [s]"""
        return self.now_ns / NANOSECONDS

    @property
    def is_paused(self) -> bool:
        """Whether `pause` was called in this run."""
        return self._is_paused

    def __len__(self) -> int:
        """Number of events that are due some time, and of cancelled ones that are not forgotten yet."""
        return len(self._queue)

    def on(self, kind: EventKind | str, handler: Handler) -> None:
        """Let events of a kind be handled by this function, in place of the one before.

        Raises
        ------
        UnknownNameError
            If there is no such kind.
        """
        self._handlers[_kind(kind)] = handler

    def handler(self, kind: EventKind | str) -> Handler | None:
        """What handles events of a kind now, errors as in `on`; for a handler that adds to another."""
        return self._handlers.get(_kind(kind))

    def schedule(
        self, kind: EventKind, *, at_ns: int, agent: str | None = None, payload: Any = None, order: int | None = None
    ) -> Event:
        """Let something be due.

        Parameters
        ----------
        kind
            What.
        at_ns
            When; now at the earliest. [ns]
        agent, payload
            As in `Event`.
        order
            Rank among the events of its instant; that of its kind when not given.

        Raises
        ------
        EventError
            If the instant has passed.
        """
        if at_ns < self.now_ns:
            raise EventError(
                f"A {kind.value} event{_of(agent)} is scheduled at {at_ns / NANOSECONDS:g} s, "
                f"but it is {self.current_time:g} s already.",
                remedy="Schedule events for the present or later.",
            )
        event = Event(at_ns, kind, agent, payload)
        self._sequence += 1
        heappush(self._queue, (at_ns, rank(kind) if order is None else order, self._sequence, event))
        return event

    def call_at(self, time_s: float, payload: Any = None, *, agent: str | None = None) -> Event:
        """Schedule a custom event for the handler of `EventKind.CUSTOM`. [s]"""
        return self.schedule(EventKind.CUSTOM, at_ns=nanoseconds(time_s), agent=agent, payload=payload)

    def cancel(self, event: Event) -> None:
        """Let an event not happen; nothing happens if it has already."""
        if event.is_cancelled:
            return
        event.is_cancelled = True
        self._n_cancelled += 1
        # Without this, deadlines that are always met in time would pile up until they are due.
        if self._n_cancelled > _FEW and 2 * self._n_cancelled > len(self._queue):
            self._queue[:] = [entry for entry in self._queue if not entry[3].is_cancelled]
            heapify(self._queue)
            self._n_cancelled = 0

    def pause(self) -> None:
        """Stop the present run after the event that is being handled; a later run goes on from there."""
        self._is_paused = True

    def next_ns(self) -> int | None:
        """When the next event is due; None where none is. [ns]"""
        while self._queue and self._queue[0][3].is_cancelled:
            heappop(self._queue)
        return self._queue[0][0] if self._queue else None

    def run_until(self, time_s: float) -> int:
        """Run every event up to and including an instant.

        Parameters
        ----------
        time_s
            Time is this afterwards, unless a handler has paused the run. [s]

        Returns
        -------
        int
            Number of events that ran.

        Raises
        ------
        EventError
            If an event has no handler, or its handler raised an error, which is the cause; the event is used up.
        """
        return self.run_until_ns(nanoseconds(time_s, "The end of a run"))

    def run_until_ns(self, end_ns: int) -> int:
        """As `run_until`. [ns]"""
        queue, handlers = self._queue, self._handlers
        count = 0
        self._is_paused = False
        while queue and queue[0][0] <= end_ns:
            now_ns, _, _, event = heappop(queue)
            if event.is_cancelled:
                continue
            self.now_ns = now_ns
            count += 1
            try:
                handlers[event.kind](event)
            except Exception as cause:
                raise _explained(event, cause, handlers) from cause
            if self._is_paused:
                return count
        self.now_ns = max(self.now_ns, end_ns)
        return count

    def clear(self) -> None:
        """Forget all events and begin at 0."""
        self._queue.clear()
        self.now_ns = 0
        self._sequence = self._n_cancelled = 0
        self._is_paused = False

    def save_state(self) -> dict[str, Any]:
        """Present instant and everything that is due, as plain data."""
        due = [
            (time_ns, order, number, event.kind.value, event.agent, copy.deepcopy(event.payload))
            for time_ns, order, number, event in sorted(self._queue, key=lambda entry: entry[:3])
            if not event.is_cancelled
        ]
        return {"now_ns": self.now_ns, "sequence": self._sequence, "due": due}

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave."""
        self.now_ns, self._sequence = state["now_ns"], state["sequence"]
        self._is_paused, self._n_cancelled = False, 0
        self._queue[:] = [
            (time_ns, order, number, Event(time_ns, EventKind(kind), agent, copy.deepcopy(payload)))
            for time_ns, order, number, kind, agent, payload in state["due"]
        ]
        heapify(self._queue)


def _kind(name: EventKind | str) -> EventKind:
    known = [kind.value for kind in EventKind]
    if name not in known:
        remedy = suggest(str(name), known) or "A world's own events are of kind 'custom'."
        raise UnknownNameError(f"There are no events of kind {name!r}; there are {', '.join(known)}.", remedy=remedy)
    return EventKind(name)


def _of(agent: str | None) -> str:
    return "" if agent is None else f" of agent {agent!r}"


def _explained(event: Event, cause: Exception, handlers: Mapping[EventKind, Handler]) -> HeronError:
    where = f"The {event.kind.value} event{_of(event.agent)} at {event.time_ns / NANOSECONDS:.9g} s"
    if event.kind not in handlers:
        return ConfigError(
            f"{where} has no handler.", remedy=f"Register one with scheduler.on({event.kind.value!r}, …)."
        )
    remedy = cause.remedy if isinstance(cause, HeronError) else "The error above says where."
    message = cause.message if isinstance(cause, HeronError) else f"{type(cause).__name__}: {cause}".rstrip(".") + "."
    return EventError(f"{where} failed: {message}", remedy=remedy)

"""The scheduler of events alone, beside SimPy on the same timeouts."""

from __future__ import annotations

import tracemalloc
from collections.abc import Generator
from types import ModuleType
from typing import Any

from heron.scheduling import Event, EventKind, EventScheduler
from powergrid.bench.case import Case, Missing

PROCESSES = 100
"""Clocks that tick beside each other."""
_INTERVAL_NS = 1000
_SIMPY = "SimPy"


class Timeouts:
    """Clocks on our scheduler, each ticking at its own moment of every interval.

    Parameters
    ----------
    count
        Ticks of all clocks together.
    """

    def __init__(self, count: int) -> None:
        self._until_ns = count // PROCESSES * _INTERVAL_NS - 1
        self._count = count // PROCESSES * PROCESSES
        self.begin()

    def begin(self) -> None:
        """A new scheduler with the first tick of each clock."""
        self.scheduler = EventScheduler()
        self.scheduler.on(EventKind.TICK, self._tick)
        for number in range(PROCESSES):
            self.scheduler.schedule(EventKind.TICK, at_ns=number, agent=str(number))

    def run(self) -> None:
        """Let all clocks tick."""
        happened = self.scheduler.run_until_ns(self._until_ns)
        assert happened == self._count, (happened, self._count)

    def case(self) -> Case:
        """All ticks, timed."""
        return Case(name="EventScheduler", run=self.run, before=self.begin, count=self._count)

    def memory_mb(self) -> float:
        """Memory that is held at most while the clocks tick, beyond what was held before. [MB]"""
        self.begin()
        tracemalloc.start()
        self.run()
        most_mb = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        return most_mb

    def _tick(self, event: Event) -> None:
        self.scheduler.schedule(EventKind.TICK, at_ns=event.time_ns + _INTERVAL_NS, agent=event.agent)


def simpy_timeouts(count: int) -> Case | Missing:
    """The same clocks as processes of SimPy."""
    try:
        import simpy
    except ImportError:
        return Missing(name=_SIMPY, reason='not installed: pip install "powergrid-core[bench]"')
    clocks = _SimPyTimeouts(simpy, count)
    return Case(name=_SIMPY, run=clocks.run, before=clocks.begin, count=count // PROCESSES * PROCESSES)


class _SimPyTimeouts:
    def __init__(self, simpy: ModuleType, count: int) -> None:
        self._simpy, self._until = simpy, count // PROCESSES * _INTERVAL_NS
        self.begin()

    def begin(self) -> None:
        self._environment = self._simpy.Environment()
        for number in range(PROCESSES):
            self._environment.process(self._clock(number))

    def run(self) -> None:
        self._environment.run(until=self._until)

    def _clock(self, number: int) -> Generator[Any, Any, None]:
        environment = self._environment
        yield environment.timeout(number)
        while True:
            yield environment.timeout(_INTERVAL_NS)

"""Repeats of several cases in turn, so that all of them meet the same machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from powergrid.bench.case import Case
from powergrid.powerflow.threads import get_threads, set_threads


class Clock(Protocol):
    """Two times at once."""

    def wall_s(self) -> float:
        """Elapsed time from some beginning on. [s]"""

    def cpu_s(self) -> float:
        """Processor time of this process, all threads together. [s]"""


class SystemClock:
    """The computer's clocks."""

    def wall_s(self) -> float:
        """Elapsed time; see `Clock`."""
        return time.perf_counter()

    def cpu_s(self) -> float:
        """Processor time; see `Clock`."""
        return time.process_time()


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and quartiles of repeats."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Quartiles with linear interpolation; one value is its own quartile."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        return cls(*statistics.quantiles(values, n=4, method="inclusive"))


@dataclass(slots=True)
class Timing:
    """Times of one case per unit of its work, a pair for each repeat. [s]"""

    case: Case
    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)

    def take(self, clock: Clock) -> None:
        """Run the case once, timed."""
        _use_threads(self.case.threads)
        wall_s = cpu_s = 0.0
        for _ in range(self.case.rounds):
            if self.case.before is not None:
                self.case.before()
            begun_wall_s, begun_cpu_s = clock.wall_s(), clock.cpu_s()
            self.case.run()
            cpu_s += clock.cpu_s() - begun_cpu_s
            wall_s += clock.wall_s() - begun_wall_s
        units = self.case.rounds * self.case.count
        self.wall_s.append(wall_s / units)
        self.cpu_s.append(cpu_s / units)

    def forget(self) -> None:
        """Leave out what compiled and warmed up."""
        self.wall_s.clear()
        self.cpu_s.clear()


def measure(
    timings: Sequence[Timing],
    repeats: int,
    *,
    clock: Clock | None = None,
    after: Callable[[int], object] | None = None,
) -> None:
    """Time every case once as a warm-up that is forgotten, then all of them in turn, as often as asked for.

    Parameters
    ----------
    timings
        Filled while this goes on: an interruption leaves what was measured until then.
    repeats
        Times per case.
    clock
        The computer's without it.
    after
        Called with the number of rounds made so far.
    """
    clock = clock or SystemClock()
    threads = get_threads()
    try:
        for timing in timings:
            timing.take(clock)
            timing.forget()
        for number in range(repeats):
            for timing in timings:
                timing.take(clock)
            if after is not None:
                after(number + 1)
    finally:
        _use_threads(threads)


def _use_threads(threads: int) -> None:
    if get_threads() != threads:
        set_threads(threads)

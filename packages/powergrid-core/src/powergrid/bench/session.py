"""A run of the benchmark: one comparison after the other, and what was measured when it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from heron.errors import HeronError
from powergrid.bench.case import Benchmark, Case, Comparison, Measurable, Missing
from powergrid.bench.measure import Clock, Timing, measure
from powergrid.bench.record import Note, Report, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Measures benchmarks into a report.

    Parameters
    ----------
    report
        Filled while this goes on.
    clock
        The computer's without it.
    say
        Called with what is being done.
    save
        Called whenever the report has grown.
    """

    report: Report
    clock: Clock | None = None
    say: Callable[[str], object] = str
    save: Callable[[], object] = str

    def run(self, benchmarks: Mapping[str, Benchmark]) -> bool:
        """Measure all of them; whether it came to its end before the user had enough."""
        try:
            for group, benchmark in benchmarks.items():
                self._group(group, benchmark)
            self.report.complete = True
        except KeyboardInterrupt:
            self.say("interrupted")
        self.save()
        return self.report.complete

    def _group(self, group: str, benchmark: Benchmark) -> None:
        self.say(f"{group}: preparing")
        try:
            for measurable in benchmark(self.report.settings):
                self._one(group, measurable)
                self.save()
        except HeronError as error:
            self.report.notes.append(Note.of(group, Missing.of_error(group, error)))
            self.save()

    def _one(self, group: str, measurable: Measurable) -> None:
        if not isinstance(measurable, Comparison):
            self.report.notes.append(Note.of(group, measurable))
            return
        found = [Timing(case) if isinstance(case, Case) else case for case in measurable.cases]
        timings = [one for one in found if isinstance(one, Timing)]
        place = measurable.place
        at = "" if place is None else f": {place.axis} {place.value:,}"
        self.say(f"{group}: {measurable.title}{at}")
        try:
            measure(timings, self.report.settings.repeats, clock=self.clock)
        finally:
            # an interruption leaves what all cases were measured for
            if all(timing.wall_s for timing in timings):
                self.report.rows.append(Row.of(group, measurable, found))
            if measurable.close is not None:
                measurable.close()

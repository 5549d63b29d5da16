"""A run goes on where a benchmark cannot, and keeps what it has when the user stops it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from heron.errors import ConfigError
from powergrid.bench import Case, Comparison, Figure, Measurable, Missing, Settings
from powergrid.bench.machine import Machine
from powergrid.bench.record import Report
from powergrid.bench.session import Session


def counting(title: str, run: Any = lambda: None, **keywords: Any) -> Comparison:
    return Comparison(title=title, unit="sheep", cases=(Case(name="count", run=run, count=1),), **keywords)


def new_report(machine: Machine) -> Report:
    return Report(machine=machine, settings=Settings(repeats=3))


def test_everything_yielded_is_in_the_report(machine: Machine, clock: Any) -> None:
    def benchmark(settings: Settings) -> Iterator[Measurable]:
        yield counting("sheep")
        yield Figure(title="wool", value=2.0, unit="MB")
        yield Missing(name="goats", reason="none here")

    report = new_report(machine)
    assert Session(report=report, clock=clock).run({"farm": benchmark})
    assert report.complete
    assert [(row.group, row.title, len(row.entries[0].cpu_s)) for row in report.rows] == [("farm", "sheep", 3)]
    assert [(note.title, note.value, note.reason) for note in report.notes] == [
        ("wool", 2.0, ""),
        ("goats", None, "none here"),
    ]


def test_one_thing_is_measured_before_the_next_is_built(machine: Machine, clock: Any) -> None:
    order: list[str] = []

    def benchmark(settings: Settings) -> Iterator[Measurable]:
        for name in ("first", "second"):
            order.append(f"build {name}")
            yield counting(name, lambda name=name: order.append(name), close=lambda: order.append("close"))

    Session(report=new_report(machine), clock=clock).run({"farm": benchmark})
    assert order == ["build first", *["first"] * 4, "close", "build second", *["second"] * 4, "close"]


def test_a_benchmark_that_cannot_begin_is_noted_and_the_next_goes_on(machine: Machine, clock: Any) -> None:
    def broken(settings: Settings) -> Iterator[Measurable]:
        raise ConfigError("No sheep.", remedy="pip install sheep")
        yield counting("never")

    report = new_report(machine)
    assert Session(report=report, clock=clock).run({"broken": broken, "farm": lambda settings: [counting("sheep")]})
    assert "pip install sheep" in report.notes[0].reason
    assert [row.title for row in report.rows] == ["sheep"]


def test_an_interruption_keeps_what_was_measured_and_saves_it(machine: Machine, clock: Any) -> None:
    calls, saved, closed = iter(range(100)), [], []

    def stop_in_the_third_round() -> None:
        if next(calls) == 3:  # the warm-up and two rounds before
            raise KeyboardInterrupt

    def benchmark(settings: Settings) -> Iterator[Measurable]:
        yield counting("whole")
        yield counting("part", stop_in_the_third_round, close=lambda: closed.append(True))
        yield counting("never")

    report = new_report(machine)
    finished = Session(report=report, clock=clock, save=lambda: saved.append(len(report.rows))).run({"farm": benchmark})
    assert not finished
    assert not report.complete
    assert [(row.title, len(row.entries[0].cpu_s)) for row in report.rows] == [("whole", 3), ("part", 2)]
    assert saved[-1] == 2
    assert closed == [True]


def test_a_comparison_interrupted_in_its_warm_up_is_left_out(machine: Machine, clock: Any) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    report = new_report(machine)
    assert not Session(report=report, clock=clock).run({"farm": lambda settings: [counting("sheep", stop)]})
    assert report.rows == []

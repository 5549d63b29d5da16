"""A clock that tells what a test lets pass, and reports to write and print."""

from __future__ import annotations

import pytest

from powergrid.bench import Basis, Case, Comparison, Missing, Place, Settings
from powergrid.bench.machine import Machine
from powergrid.bench.measure import Timing
from powergrid.bench.record import Note, Report, Row


class FakeClock:
    """Time passes only where a case says so."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def wall_s(self) -> float:
        return self.wall

    def cpu_s(self) -> float:
        return self.cpu

    def let_pass(self, wall_s: float, cpu_s: float) -> None:
        self.wall += wall_s
        self.cpu += cpu_s


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def machine() -> Machine:
    return Machine(
        cpu="Abacus 9",
        system="Linux x86_64",
        python="3.11.0",
        cores=2,
        load=0.5,
        measured_at="2026-01-01T12:00:00+00:00",
        threads={"OMP_NUM_THREADS": "1"},
        versions={"numpy": "2.0"},
    )


def timing(name: str, cpu_s: list[float], *, wall_s: list[float] | None = None) -> Timing:
    return Timing(Case(name=name, run=lambda: None, count=10), list(wall_s or cpu_s), list(cpu_s))


@pytest.fixture
def report(machine: Machine) -> Report:
    """Two rows, one of them on a curve, a figure and a benchmark that could not begin."""
    compared = Comparison(title="counting, 10 sheep", unit="sheep", cases=(), total=1_000_000)
    found = [
        timing("fast", [1e-6, 2e-6, 4e-6]),
        timing("slow", [1e-3, 3e-3, 5e-3]),
        Missing(name="other", reason="not installed: pip install other"),
    ]
    placed = Comparison(title="curve", unit="sheep", cases=(), basis=Basis.WALL, place=Place(axis="dogs", value=1000))
    return Report(
        machine=machine,
        settings=Settings(repeats=3, agents=(7,)),
        complete=True,
        rows=[
            Row.of("sheep", compared, found),
            Row.of("curves", placed, [timing("fast", [2e-3], wall_s=[1e-3])]),
        ],
        notes=[
            Note(group="sheep", title="wool", value=0.25, unit="MB"),
            Note(group="goats", title="goats", reason="not measured: pip install goats"),
        ],
    )

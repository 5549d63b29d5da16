"""The scheduler alone, beside SimPy on the same timeouts."""

from __future__ import annotations

import pytest

from powergrid.bench import Case, Missing
from powergrid.bench.event_queue import PROCESSES, Timeouts, simpy_timeouts


def test_as_many_events_happen_as_are_counted() -> None:
    clocks = Timeouts(1_050)
    case = clocks.case()
    case.before()
    case.run()
    # 100 clocks tick ten times each; the 50 that are left over are no whole round
    assert case.count == 1_000
    assert clocks.scheduler.now_ns == 10 * 1000 - 1


def test_simpy_runs_the_same_timeouts() -> None:
    pytest.importorskip("simpy", reason="simpy is not installed")
    case = simpy_timeouts(1_000)
    assert isinstance(case, Case)
    assert case.count == 1_000
    case.before()
    case.run()


def test_without_simpy_the_row_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "simpy", None)
    missing = simpy_timeouts(1_000)
    assert isinstance(missing, Missing)
    assert 'pip install "powergrid-core[bench]"' in missing.reason


def test_memory_does_not_grow_with_the_number_of_events() -> None:
    few_mb, many_mb = (Timeouts(count).memory_mb() for count in (20 * PROCESSES, 500 * PROCESSES))
    assert 0.0 < many_mb < 1.5 * few_mb + 0.01

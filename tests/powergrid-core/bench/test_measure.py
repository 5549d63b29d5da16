"""Cases are timed in turn, after a warm-up that does not count."""

from __future__ import annotations

from typing import Any

import pytest

from heron.errors import ConfigError
from powergrid.bench import Case, Settings
from powergrid.bench.measure import Spread, Timing, measure
from powergrid.powerflow import get_threads, set_threads


def test_all_cases_warm_up_and_then_take_turns(clock: Any) -> None:
    order: list[str] = []
    cases = [Case(name=name, run=lambda name=name: order.append(name), count=1) for name in "ab"]  # type: ignore[misc]
    measure([Timing(case) for case in cases], 3, clock=clock)
    assert order == ["a", "b", *("a", "b") * 3]


def test_a_time_is_per_unit_and_leaves_out_the_warm_up_and_what_comes_before(clock: Any) -> None:
    durations = iter([100.0, 4.0, 8.0])  # the first is the warm-up's

    def run() -> None:
        wall_s = next(durations)
        clock.let_pass(wall_s, wall_s / 2.0)

    timing = Timing(Case(name="a", run=run, before=lambda: clock.let_pass(50.0, 50.0), count=2))
    measure([timing], 2, clock=clock)
    # 4 s and 8 s for 2 units; half of it processor time
    assert timing.wall_s == [2.0, 4.0]
    assert timing.cpu_s == [1.0, 2.0]


def test_rounds_are_added_up_and_each_has_what_comes_before(clock: Any) -> None:
    calls: list[str] = []

    def run() -> None:
        calls.append("run")
        clock.let_pass(3.0, 3.0)

    case = Case(name="a", run=run, before=lambda: calls.append("before"), count=5, rounds=2)
    timing = Timing(case)
    measure([timing], 1, clock=clock)
    assert calls == ["before", "run"] * 4  # two of the warm-up
    assert timing.cpu_s == [0.6]  # 2 x 3 s / (2 x 5)


def test_a_case_runs_with_its_threads_and_leaves_those_there_were(clock: Any) -> None:
    seen: list[int] = []
    before = get_threads()
    set_threads(3)
    try:
        cases = [Case(name=str(n), run=lambda: seen.append(get_threads()), count=1, threads=n) for n in (1, 2)]
        measure([Timing(case) for case in cases], 1, clock=clock)
        assert seen == [1, 2, 1, 2]
        assert get_threads() == 3
    finally:
        set_threads(before)


def test_rounds_made_are_told(clock: Any) -> None:
    told: list[int] = []
    measure([Timing(Case(name="a", run=lambda: None, count=1))], 2, clock=clock, after=told.append)
    assert told == [1, 2]


def test_quartiles_lie_between_the_values() -> None:
    # of 1, 2, 3, 4, 5: a quarter of the way is 2, three quarters 4
    assert Spread.of([5.0, 1.0, 3.0, 2.0, 4.0]) == Spread(2.0, 3.0, 4.0)
    assert Spread.of([7.0]) == Spread(7.0, 7.0, 7.0)


def test_a_case_that_makes_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="Case 'a' has count 0, rounds 1 and threads 1"):
        Case(name="a", run=lambda: None, count=0)


def test_settings_that_measure_nothing_are_refused() -> None:
    with pytest.raises(ConfigError, match="repeats 0, threads 1"):
        Settings(repeats=0)

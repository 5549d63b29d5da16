"""The table says what was measured, on what, and what was not."""

from __future__ import annotations

import pytest

from powergrid.bench.record import Report
from powergrid.bench.report import duration, number, table


def line_with(text: str, name: str) -> str:
    (found,) = [line for line in text.splitlines() if line.startswith(f"  {name}")]
    return " ".join(found.split())


def test_the_machine_and_the_versions_are_named(report: Report) -> None:
    head = table(report).splitlines()[:4]
    assert head[0] == "Abacus 9, 2 cores, load 0.5 before; Linux x86_64, Python 3.11.0"
    assert head[1] == "numpy 2.0"
    assert head[2] == "2026-01-01T12:00:00+00:00; OMP_NUM_THREADS=1"
    assert head[3].startswith("3 repeats in turn")


def test_a_row_has_median_quartiles_rate_and_ratio(report: Report) -> None:
    text = table(report)
    # of 1, 2, 4 µs: quartiles 1.5 and 3, 500,000 in a second
    assert line_with(text, "fast ") == "fast 2 µs (1.5 µs … 3 µs) 500,000 2 µs"
    assert line_with(text, "slow ") == "slow 3 ms (2 ms … 4 ms) 333 3 ms 1,500 ×"
    assert "1,000,000 sheeps take 2 s: fast" in text


def test_what_was_not_measured_says_why(report: Report) -> None:
    text = table(report)
    assert line_with(text, "other ") == "other not installed: pip install other"
    assert "goats" in text
    assert "not measured: pip install goats" in text


def test_a_figure_has_its_unit(report: Report) -> None:
    assert "wool" + " " * 42 + "  0.25 MB" in table(report)


def test_a_place_on_a_curve_and_its_clock_are_named(report: Report) -> None:
    text = table(report)
    assert "wall time per sheep" in text
    assert line_with(text, "dogs 1,000: fast") == "dogs 1,000: fast 1 ms (1 ms … 1 ms) 1,000 2 ms"


def test_an_interrupted_run_says_so(report: Report) -> None:
    assert "Interrupted" not in table(report)
    report.complete = False
    assert "Interrupted: what is above was measured, the rest was not." in table(report)


@pytest.mark.parametrize(
    ("time_s", "text"),
    [(2.5, "2.5 s"), (0.0123, "12.3 ms"), (4.2e-6, "4.2 µs"), (3e-7, "0.3 µs"), (1234.0, "1,230 s")],
)
def test_a_time_has_the_unit_that_fits(time_s: float, text: str) -> None:
    assert duration(time_s) == text


@pytest.mark.parametrize(("value", "text"), [(123456.0, "123,000"), (45.67, "45.7"), (0.01234, "0.0123")])
def test_a_number_has_three_digits(value: float, text: str) -> None:
    assert number(value) == text

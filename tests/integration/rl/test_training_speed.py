"""Rounds of training are timed, and closed afterwards."""

from __future__ import annotations

import pytest

from powergrid.bench import Settings
from powergrid.bench.machine import this_machine
from powergrid.bench.record import Report
from powergrid.bench.session import Session
from powergrid_rl.training import speed


def test_rounds_of_the_fast_trainer_are_timed() -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    trainers = speed._Trainers(Settings(quick=True), n_thread=1)
    report = Report(machine=this_machine(), settings=Settings(repeats=2, quick=True))
    comparison = trainers.comparison({"mappo-fast": speed.FAST})
    assert Session(report=report).run({"training": lambda settings: [comparison]})
    (entry,) = report.rows[0].entries
    assert entry.count == 8 * 24  # environments and steps of a round
    assert len(entry.cpu_s) == 2
    assert report.rows[0].total == 1_000_000

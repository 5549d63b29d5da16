"""Curves go through the medians of what was measured, one file for each axis."""

from __future__ import annotations

from pathlib import Path

import pytest

from powergrid.bench.plots import curves, draw
from powergrid.bench.record import Report


def test_a_curve_has_the_rate_at_each_place(report: Report) -> None:
    (curve,) = curves([row for row in report.rows if row.place is not None])
    assert (curve.name, curve.places) == ("fast", [1000])
    assert curve.middle == [1000.0]  # 1 ms by the wall


def test_a_file_is_drawn_for_each_axis(report: Report, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    assert draw(report, tmp_path) == [tmp_path / "dogs.png"]
    assert 1000 < (tmp_path / "dogs.png").stat().st_size < 60_000

"""What was measured is the same after it was written and read, and a file is never half written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from heron.errors import ConfigError
from powergrid.bench import Basis
from powergrid.bench.record import SCHEMA, Report, read_report, write_report


def test_a_report_is_the_same_after_it_was_written_and_read(report: Report, tmp_path: Path) -> None:
    write_report(report, tmp_path / "new" / "figures.json")
    assert read_report(tmp_path / "new" / "figures.json") == report


def test_the_json_has_what_a_reader_needs(report: Report, tmp_path: Path) -> None:
    write_report(report, tmp_path / "figures.json")
    values = json.loads((tmp_path / "figures.json").read_text())
    assert values["schema"] == SCHEMA
    assert values["machine"]["cpu"] == "Abacus 9"
    assert values["settings"]["repeats"] == 3
    assert values["complete"] is True
    row = values["rows"][0]
    assert (row["group"], row["unit"], row["basis"]) == ("sheep", "sheep", "CPU")
    assert row["entries"][0]["cpu_s"] == [1e-6, 2e-6, 4e-6]
    assert row["entries"][2]["reason"] == "not installed: pip install other"
    assert values["rows"][1]["place"] == {"axis": "dogs", "value": 1000}
    assert values["notes"][0]["value"] == 0.25


def test_a_write_that_fails_leaves_the_file_as_it_was(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "figures.json"
    write_report(report, path)

    def stop(*arguments: object, **keywords: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("powergrid.bench.record.json.dump", stop)
    with pytest.raises(KeyboardInterrupt):
        write_report(report, path)
    assert read_report(path) == report
    assert [entry.name for entry in tmp_path.iterdir()] == ["figures.json"]


def test_a_file_of_another_schema_is_refused() -> None:
    with pytest.raises(ConfigError, match="its schema is 'powergrid-bench/0'"):
        Report.from_dict({"schema": "powergrid-bench/0"})


def test_ratios_compare_medians_by_the_clock_of_the_row(report: Report) -> None:
    counting, curve = report.rows
    # medians 2e-6 and 3e-3
    assert counting.times_as_fast(counting.entries[1]) == pytest.approx(1500.0, rel=1e-12)
    assert counting.times_as_fast(counting.entries[2]) is None
    assert curve.basis is Basis.WALL
    assert curve.entries[0].spread(curve.basis).median == 1e-3

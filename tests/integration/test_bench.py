"""``powergrid bench`` measures what needs devices and data, small and short."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from powergrid.bench.event_hour import TimeOnEvents
from powergrid.bench.microgrids import many_batteries, many_microgrids
from powergrid.bench.record import Report, read_report
from powergrid.bench.stepping import default_config
from powergrid.cli import app


def measured(folder: Path, only: str, *more: str) -> Report:
    path = folder / "figures.json"
    result = CliRunner().invoke(app, ["bench", "--quick", "--only", only, "--json", str(path), *more])
    assert result.exit_code == 0, result.output
    return read_report(path)


def test_environments_are_measured_beside_pandapower_and_in_batches(tmp_path: Path) -> None:
    report = measured(tmp_path, "environment", "--threads", "2")
    single, one_thread, two_threads = report.rows
    assert [entry.name for entry in single.entries] == ["steps", "steps, resets included", "with solver: pandapower"]
    assert one_thread.entries[0].count == 64 * 23  # an episode of 24 steps but the last
    assert [entry.threads for entry in two_threads.entries] == [2, 2, 1, 1]
    assert all(min(entry.wall_s) > 0.0 for row in report.rows for entry in row.entries)


def test_microgrids_are_measured_with_their_memory(tmp_path: Path) -> None:
    report = measured(tmp_path, "agents", "--agents", "4")
    assert [row.title.partition(",")[0] for row in report.rows] == ["6 microgrids", "4 microgrids"]
    (memory,) = report.notes
    assert memory.unit == "MB"
    assert memory.value is not None
    assert memory.value > 0.0


def test_time_on_events_is_measured_beside_lockstep_and_pandapower(tmp_path: Path) -> None:
    report = measured(tmp_path, "events")
    queue, hour, looking = report.rows
    assert [entry.name for entry in queue.entries] == ["EventScheduler", "SimPy"]
    assert [entry.name for entry in hour.entries] == ["on events", "lockstep, one decision", "pandapower runpp"]
    assert [entry.count for entry in hour.entries] == [60, 3600, 1]  # plant steps of a second
    assert [entry.name for entry in looking.entries] == ["of 3 microgrids", "of 6 microgrids"]
    memory, idle, deciding = report.notes
    assert memory.unit == "MB"
    assert idle.value is not None
    assert deciding.value is not None
    assert deciding.value > 0.0
    assert idle.unit == deciding.unit == "µs"


def test_drawn_timing_is_measured_beside_lockstep(tmp_path: Path) -> None:
    days, fast = measured(tmp_path, "timing").rows
    assert [entry.name for entry in days.entries] == ["delays drawn", "and jitter, loss, slow ticks", "lockstep"]
    assert {entry.count for entry in days.entries} == {8 * 24}
    assert [entry.name for entry in fast.entries] == ["timing drawn", "lockstep"]


def test_time_on_events_has_the_ticks_that_its_cost_is_shared_among() -> None:
    often, rarely = (TimeOnEvents(default_config(), 120.0, tick_s=tick_s) for tick_s in (1.0, 60.0))
    for one in (often, rarely):
        one.begin()
        one.run()
    # three microgrids with four devices each; 120 s have 120 ticks after the first, or 2
    assert often.n_device == 12
    assert often.n_event - rarely.n_event == 12 * (120 - 2)


def test_overloaded_environments_diverge_and_the_others_do_not(tmp_path: Path) -> None:
    for row in measured(tmp_path, "diverging").rows:
        # 1 % of 64 environments is one, 10 % are six
        failed = ["0.0%", "1.6%", "1.6%", "9.4%"]
        assert [entry.note for entry in row.entries] == [f"{share} of solves failed" for share in failed]


def test_derivatives_agree_with_the_differences_they_are_timed_beside(tmp_path: Path) -> None:
    (off,) = measured(tmp_path, "sensitivities").notes
    assert off.value is not None
    assert off.value < 1e-3  # pu/MW, of differences over 1 kW


def test_curves_are_measured_along_every_axis(tmp_path: Path) -> None:
    report = measured(tmp_path, "scaling", "--threads", "2")
    axes = {row.place.axis for row in report.rows if row.place is not None}
    assert axes == {"buses", "batch", "environments", "threads", "devices", "agents"}


def test_microgrids_and_batteries_are_as_many_as_asked_for() -> None:
    assert len(many_microgrids(7)["microgrid_configs"]) == 7
    batteries = [len(entry["devices"]) for entry in many_batteries(7)["microgrid_configs"]]
    assert batteries == [3, 2, 2]
    # 0.25 MW of the first microgrid's battery, shared by three
    first = many_batteries(7)["microgrid_configs"][0]["devices"][0]["device_state_config"]
    assert first["p_max_mw"] == pytest.approx(0.25 / 3, rel=1e-12)

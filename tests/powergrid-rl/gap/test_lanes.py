"""What an event log says of ticks, messages and effects."""

from __future__ import annotations

from pathlib import Path

import pytest
from hourly import HOUR_S, small_plan

from heron.scheduling import EventLog, TickConfig, TimingScheme
from powergrid_rl.gap.driver import Driver
from powergrid_rl.gap.episode import Episode
from powergrid_rl.gap.findings import GapFindings
from powergrid_rl.gap.lanes import Delivery, Lanes, read_lanes
from powergrid_rl.gap.plots import plot_gaps, plot_lanes
from powergrid_rl.gap.scenario import LOCKSTEP, NO_DELAY, Scenario

LATE = TimingScheme(
    field=TickConfig(tick_interval=HOUR_S, act_delay=60.0, on_message=True),
    coordinator=TickConfig(tick_interval=2.0 * HOUR_S, act_delay=300.0, msg_delay=30.0),
)


def lanes(path: Path, timing: TimingScheme = LATE, *, until_s: float = 2.5 * HOUR_S) -> Lanes:
    plan = small_plan(timing=timing)
    everything = Scenario(frozenset(plan.causes))
    Driver(plan).play(everything, Episode(0, 0), log=EventLog(path), until_s=until_s)
    return read_lanes(path, until_s=until_s)


def test_lanes_hold_ticks_messages_and_effects_at_their_instants(tmp_path: Path) -> None:
    found = lanes(tmp_path / "log.jsonl")
    # ticks every two hours; decided, 300 s to leave and 30 s on the way; 60 s more until it is in force
    assert found.marks["observation"]["MG1"] == [0.0, 7200.0]
    assert Delivery("MG1", "MG1.ess1", 0.0, 330.0) in found.deliveries
    assert found.marks["setpoint"]["MG1.ess1"] == [330.0, 7530.0]
    assert found.marks["effect"]["MG1.ess1"] == [390.0, 7590.0]
    assert found.agents == ("MG1", "MG1.ess1", "MG1.gen1", "MG1.pv1")


def test_lost_messages_arrive_nowhere(tmp_path: Path) -> None:
    found = lanes(tmp_path / "log.jsonl", TimingScheme(loss=1.0))
    assert {one.arrived_s for one in found.deliveries} == {None}
    assert found.marks["effect"] == {}


def test_nothing_behind_the_end_is_shown(tmp_path: Path) -> None:
    found = lanes(tmp_path / "log.jsonl", until_s=500.0)
    assert found.marks["effect"]["MG1.ess1"] == [390.0]
    assert found.zoom_s() == 500.0


def test_the_beginning_drawn_large_holds_two_ticks(tmp_path: Path) -> None:
    assert lanes(tmp_path / "log.jsonl", until_s=5.0 * HOUR_S).zoom_s() == pytest.approx(1.1 * 7200.0)


def test_pictures_are_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra plots is not installed")
    plan = small_plan(timing=LATE, n_seed=2, duration_h=3.0)
    driver = Driver(plan)
    outcomes = {scenario: [driver.play(scenario, one) for one in plan.episodes] for scenario in plan.scenarios}
    found = GapFindings(outcomes, plan.causes)
    assert {LOCKSTEP, NO_DELAY} < set(found.outcomes)
    gaps = plot_gaps(found, tmp_path / "new" / "gap.png", title="gap")
    drawn = plot_lanes(lanes(tmp_path / "log.jsonl"), tmp_path / "lanes.png", title="lanes")
    for picture in (gaps, drawn):
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.stat().st_size > 10_000

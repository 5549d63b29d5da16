"""The gap under real timing on the shipped setups, and its command as it is typed."""

from __future__ import annotations

import json
import multiprocessing
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from powergrid.setups.loader import load_setup
from powergrid.timing import timing_scheme
from powergrid_rl.gap import Driver, Scenario, choose_policy, plan_gap
from powergrid_rl.gap.scenario import LOCKSTEP, NO_DELAY
from powergrid_rl.gap.study import run_study
from powergrid_rl.gap.study_file import findings_as_plain
from powergrid_rl.gap.workers import WorkerError

PROGRAM = [sys.executable, "-c", "from powergrid.cli import main; main()"]


@pytest.mark.parametrize("policy", ["do_nothing", "rule_based"])
@pytest.mark.parametrize("setup", ["ieee13_single", "ieee34_ieee13", "ieee34_ieee13_fast"])
def test_a_whole_episode_without_delays_is_lockstep_bit_for_bit(setup: str, policy: str) -> None:
    plan = plan_gap(load_setup(setup), choose_policy(policy), timing_scheme("scada"), n_seed=1)
    driver = Driver(plan)
    lockstep, events = (driver.play(scenario, plan.episodes[0]) for scenario in (LOCKSTEP, NO_DELAY))
    assert lockstep.n_action >= plan.max_steps
    assert lockstep == events


def test_two_processes_find_what_one_finds(tmp_path: Path) -> None:
    plan = plan_gap(
        load_setup("ieee34_ieee13_fast"),
        choose_policy("rule_based"),
        timing_scheme("scada"),
        n_seed=2,
        duration_h=0.02,
    )
    one = run_study(plan, tmp_path / "one")
    two = run_study(plan, tmp_path / "two", n_worker=2)
    assert one is not None
    assert two is not None
    assert findings_as_plain(one) == findings_as_plain(two)


@pytest.mark.slow
def test_a_process_that_ends_early_is_named_and_what_was_played_is_kept(tmp_path: Path) -> None:
    plan = plan_gap(
        load_setup("ieee34_ieee13_fast"),
        choose_policy("do_nothing"),
        timing_scheme("scada"),
        n_seed=3,
        duration_h=0.02,
    )

    def end_all(scenario: str, done: int, total: int) -> None:
        for process in multiprocessing.active_children() if scenario else ():
            process.kill()

    with pytest.raises(WorkerError, match="ended before its time.*What was finished is kept"):
        run_study(plan, tmp_path, n_worker=2, told=end_all)
    assert (tmp_path / "outcomes.jsonl").read_text(encoding="utf-8").count("\n") >= 1


def test_scada_costs_the_rule_voltage_where_seconds_count() -> None:
    plan = plan_gap(load_setup("ieee34_ieee13_fast"), choose_policy("rule_based"), timing_scheme("scada"), n_seed=1)
    driver = Driver(plan)
    together = Scenario(frozenset(plan.causes))
    lockstep, late = (driver.play(scenario, plan.episodes[0]) for scenario in (LOCKSTEP, together))
    assert late.safety > lockstep.safety


@pytest.mark.slow
def test_ctrl_c_keeps_what_was_played_and_the_same_command_goes_on(tmp_path: Path) -> None:
    arguments = ["gap", "rule_based", "--seeds", "2", "--hours", "0.1", "--workers", "2", "--json", "--out", "study"]
    process = subprocess.Popen(
        [*PROGRAM, *arguments], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    outcomes, until_s = tmp_path / "study" / "outcomes.jsonl", time.monotonic() + 300.0
    while not outcomes.is_file() and process.poll() is None and time.monotonic() < until_s:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=300)
    assert process.returncode == 130, told
    assert "Interrupted; what has been played is in study" in told
    kept = outcomes.read_text(encoding="utf-8").splitlines()
    assert 1 <= len(kept) < 18
    again = subprocess.run(
        [*PROGRAM, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600
    )
    assert again.returncode == 0, again.stderr
    assert f"{len(kept)} of 18 episodes had been played already." in again.stderr
    plain = json.loads(again.stdout)
    assert plain["events_without_delays_equal_lockstep_bit_for_bit"] is True
    assert outcomes.read_text(encoding="utf-8").splitlines()[: len(kept)] == kept

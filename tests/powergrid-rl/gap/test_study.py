"""A study that is interrupted and gone on with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hourly import ONLY_SLOW, small_plan

from heron.errors import ConfigError
from powergrid_rl.gap.scenario import LOCKSTEP, NO_DELAY
from powergrid_rl.gap.study import run_study
from powergrid_rl.gap.study_file import StudyFolder, findings_as_plain
from powergrid_rl.training.errors import RunFolderError


class Stopped:
    """Says stop after so many questions."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


def plan(**options: Any) -> Any:
    return small_plan(timing=ONLY_SLOW, duration_h=3.0, **options)


def test_an_interrupted_study_goes_on_where_it_stopped(tmp_path: Path) -> None:
    whole = run_study(plan(), tmp_path / "whole")
    assert whole is not None
    assert run_study(plan(), tmp_path / "parts", stop=Stopped(4)) is None
    kept = (tmp_path / "parts" / "outcomes.jsonl").read_text(encoding="utf-8")
    assert len(kept.splitlines()) == 4
    played: list[tuple[str, int, int]] = []
    found = run_study(plan(), tmp_path / "parts", told=lambda *told: played.append(told))
    assert found is not None
    # three scenarios on two days; four were there
    assert [done for _, done, _ in played] == [4, 5, 6]
    assert (tmp_path / "parts" / "outcomes.jsonl").read_text(encoding="utf-8").startswith(kept)
    assert findings_as_plain(found) == findings_as_plain(whole)


def test_a_study_that_is_done_plays_nothing_again(tmp_path: Path) -> None:
    first = run_study(plan(), tmp_path)
    assert first is not None
    written = (tmp_path / "outcomes.jsonl").stat().st_mtime_ns
    again = run_study(plan(), tmp_path, stop=Stopped(0))
    assert again is not None
    assert (tmp_path / "outcomes.jsonl").stat().st_mtime_ns == written


def test_a_line_that_was_cut_off_is_played_again(tmp_path: Path) -> None:
    whole = run_study(plan(), tmp_path)
    file = tmp_path / "outcomes.jsonl"
    text = file.read_text(encoding="utf-8")
    file.write_text(text[:-20], encoding="utf-8")
    again = run_study(plan(), tmp_path)
    assert whole is not None
    assert again is not None
    assert file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("line", ['{"scenario": "lock', '{"scenario": "lockstep", "seed": 0}', "[]"])
def test_a_line_that_says_nothing_is_named(tmp_path: Path, line: str) -> None:
    run_study(plan(), tmp_path, stop=Stopped(3))
    file = tmp_path / "outcomes.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([lines[0], line, lines[2]]) + "\n", encoding="utf-8")
    with pytest.raises(RunFolderError, match=r"Line 2 of .*outcomes.jsonl is no outcome.*Take it out"):
        run_study(plan(), tmp_path)


def test_shapley_values_may_be_asked_for_later(tmp_path: Path) -> None:
    timing = small_plan().timing.with_causes(("action delay", "loss"), step_s=3600.0)
    first = run_study(small_plan(timing=timing, duration_h=2.0), tmp_path)
    told: list[int] = []
    later = run_study(
        small_plan(timing=timing, duration_h=2.0, shapley=True), tmp_path, told=lambda _, done, __: told.append(done)
    )
    assert first is not None
    assert later is not None
    assert told == [10]  # with two causes every subset is there already
    assert sum(finding.gap.mean for finding in later.shapley().values()) == pytest.approx(later.together().gap.mean)


@pytest.mark.parametrize(
    ("changed", "differing"),
    [
        ({"n_seed": 3}, "differs is episodes"),
        ({"policy": "do_nothing"}, "differs is policy"),
        ({"split": "train"}, "config, names"),
    ],
)
def test_a_folder_of_another_study_is_refused(tmp_path: Path, changed: dict[str, Any], differing: str) -> None:
    run_study(plan(), tmp_path, stop=Stopped(1))
    with pytest.raises(RunFolderError, match=f"holds another study.*{differing}.*another folder by --out"):
        run_study(plan(**changed), tmp_path)


def test_another_timing_is_another_study(tmp_path: Path) -> None:
    run_study(plan(), tmp_path, stop=Stopped(1))
    with pytest.raises(RunFolderError, match="differs is timing"):
        run_study(small_plan(duration_h=3.0), tmp_path)


def test_the_figures_of_every_episode_are_written_down(tmp_path: Path) -> None:
    chosen = plan()
    found = run_study(chosen, tmp_path)
    assert found is not None
    plain = json.loads(StudyFolder(tmp_path).write(chosen, found, about={"command": "x"}).read_text(encoding="utf-8"))
    assert plain["events_without_delays_equal_lockstep_bit_for_bit"] is True
    assert plain["settings"]["timing"]["coordinator"]["tick_interval"] == 7200.0
    assert [one["seed"] for one in plain["episodes"]["lockstep"]] == [0, 1]
    returns = {name: [one["return_usd"] for one in ones] for name, ones in plain["episodes"].items()}
    lost = [a - b for a, b in zip(returns["lockstep"], returns["multi-rate"], strict=True)]
    assert plain["rows"][-1]["pairs"] == pytest.approx(lost)
    assert plain["rows"][-1]["gap"]["mean"] == pytest.approx(sum(lost) / 2)


def test_a_policy_for_another_environment_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    from small_world import GENERATOR, Mystery, alone, device
    from test_checkpoints import write_run

    from powergrid_rl.gap.policy_choice import PolicyChoice
    from powergrid_rl.training.errors import CheckpointError

    run = write_run(tmp_path / "run")
    other = small_plan(PolicyChoice(name="run", checkpoint=run), config=alone(GENERATOR))
    with pytest.raises(CheckpointError, match="Use the setup that the policy was trained on"):
        run_study(other, tmp_path / "study")
    strange = small_plan("rule_based", config=alone(device(Mystery.__name__, "m")) | {"action_units": "physical"})
    with pytest.raises(ConfigError, match="Leave out action_units"):
        run_study(strange, tmp_path / "study")
    assert not (tmp_path / "study" / "plan.json").exists()


def test_every_outcome_is_there_for_findings(tmp_path: Path) -> None:
    found = run_study(plan(), tmp_path)
    assert found is not None
    assert {LOCKSTEP, NO_DELAY} < set(found.outcomes)
    assert {len(played) for played in found.outcomes.values()} == {2}

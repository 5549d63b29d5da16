"""``powergrid gap`` as it is typed; a setup of the small world stands in for a shipped one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from small_world import BATTERY, GENERATOR, SUN, alone, days
from typer.testing import CliRunner, Result

from heron.errors import ConfigError, UnknownNameError
from powergrid.plant.series_file import save_table
from powergrid_rl.cli_gap import app


@pytest.fixture
def setup(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    folder.mkdir()
    save_table(days(), folder / "days.npz")
    config = {**alone(GENERATOR, BATTERY, SUN), "dataset_path": "days.npz", "step_s": 60, "max_episode_steps": 10}
    del config["dataset"]
    (folder / "setup.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return folder


def typed(*arguments: Any) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def test_a_registered_policy_is_tested_under_scada(setup: Path, tmp_path: Path) -> None:
    result = typed("rule_based", "--setup", setup, "--seeds", 2, "--out", tmp_path / "gap")
    assert result.exit_code == 0
    text = " ".join(result.stdout.split())
    assert "rule_based on small, timing scada: 2 episodes of 0.166667 h on 2 held-out days" in text
    assert "Events without delays equal lockstep bit for bit: all 20 actions" in text
    assert "Attribution is one cause at a time" in text
    for name in ("observation delay", "action delay", "message delay", "jitter", "all together", "remainder"):
        assert name in text
    plain = json.loads((tmp_path / "gap" / "gap.json").read_text(encoding="utf-8"))
    assert plain["settings"]["names"] == {
        "dataset": "days.npz",
        "setup": "small",
        "split": "test",
        "timing": "scada",
    }
    assert plain["settings"]["timing"]["coordinator"]["obs_delay"] == 2.0
    assert (tmp_path / "gap" / "lanes.jsonl").is_file()


def test_the_same_command_plays_nothing_again(setup: Path, tmp_path: Path) -> None:
    arguments = ("do_nothing", "--setup", setup, "--seeds", 2, "--hours", 0.05, "--out", tmp_path / "gap")
    typed(*arguments)
    kept = (tmp_path / "gap" / "outcomes.jsonl").read_text(encoding="utf-8")
    again = typed(*arguments, "--json")
    n_played = len(kept.splitlines())
    assert f"{n_played} of {n_played} episodes had been played already." in again.stderr
    assert (tmp_path / "gap" / "outcomes.jsonl").read_text(encoding="utf-8") == kept
    assert json.loads(again.stdout)["n_pair"] == 2


def test_a_run_is_tested_on_its_own_setup(setup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from test_checkpoints import write_run

    config = yaml.safe_load((setup / "setup.yaml").read_text(encoding="utf-8"))
    config["dataset_path"] = str(setup / "days.npz")
    config["microgrid_configs"][0]["devices"] = [GENERATOR, BATTERY]
    run = write_run(tmp_path / "learned", bias=0.2, setup=config)
    monkeypatch.chdir(tmp_path)
    result = typed(run, "--seeds", 1, "--hours", 0.05)
    assert "learned on small, timing scada" in result.stdout
    assert "One pair has no interval" in result.stdout
    assert (tmp_path / "runs" / "gap_small_learned_scada" / "gap.json").is_file()


def test_another_policy_stands_beside(setup: Path, tmp_path: Path) -> None:
    for policy in ("do_nothing", "rule_based"):
        beside = ("--beside", tmp_path / "do_nothing") if policy == "rule_based" else ()
        result = typed(policy, "--setup", setup, "--seeds", 2, "--hours", 0.05, "--out", tmp_path / policy, *beside)
    assert "rule_based against do_nothing, all together, pair by pair: gap" in " ".join(result.stdout.split())
    assert (tmp_path / "rule_based" / "beside.md").read_text(encoding="utf-8").startswith("| scenario | rule_based |")
    assert "| all together |" in (tmp_path / "do_nothing" / "gap.md").read_text(encoding="utf-8")


def test_a_setup_may_bring_its_own_timing(setup: Path, tmp_path: Path) -> None:
    config = yaml.safe_load((setup / "setup.yaml").read_text(encoding="utf-8"))
    config["timing"] = {"coordinator": {"tick_interval_s": 120.0}, "loss": 0.5}
    (setup / "setup.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    result = typed("do_nothing", "--setup", setup, "--seeds", 1, "--hours", 0.1, "--out", tmp_path / "gap")
    assert "Causes: loss, multi-rate." in result.stdout
    assert "timing of the setup" in result.stdout
    assert "Not part of this timing: observation delay, action delay, message delay, jitter." in result.stdout


def test_ctrl_c_says_how_to_go_on(setup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("powergrid_rl.training.interruption.Interruption.__enter__", _asked)
    result = typed("do_nothing", "--setup", setup, "--seeds", 2, "--out", tmp_path / "gap")
    assert result.exit_code == 130
    assert "Interrupted; what has been played is in" in result.stdout
    assert not (tmp_path / "gap" / "gap.json").exists()


def _asked(interruption: Any) -> Any:
    interruption.asked = True
    return interruption


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("rule_base",), UnknownNameError, "'rule_base' is no registered policy.*Did you mean 'rule_based'"),
        (("rule_based", "--timing", "scadda"), UnknownNameError, "timing scheme 'scadda'.*Did you mean 'scada'"),
        (("rule_based", "--split", "tset"), ConfigError, "--split is 'tset'.*Did you mean 'test'"),
        (("rule_based", "--hours", "0.01"), ConfigError, "no whole number of steps of 60 s"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_nearest(
    setup: Path, arguments: tuple[str, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        typed(*arguments, "--setup", setup)

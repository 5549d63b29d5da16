"""``powergrid demo`` around the training, which is made up here; the whole of it runs with all packages together."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from small_world import BATTERY, GENERATOR, alone, days
from typer.testing import CliRunner

import powergrid_rl.cli_demo as demo
from powergrid.plant.series_file import save_table


@pytest.fixture
def setup(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    folder.mkdir()
    save_table(days(), folder / "days.npz")
    config = {**alone(GENERATOR, BATTERY), "dataset_path": str(folder / "days.npz")}
    del config["dataset"]
    (folder / "setup.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return folder


class Trained:
    """Stands in for the training: writes a run whose policy never changes its mind."""

    def __init__(self, *, interrupted: bool = False) -> None:
        self.interrupted = interrupted
        self.calls: list[dict[str, Any]] = []

    def __call__(self, config: dict[str, Any], folder: Path, console: Any, **settings: Any) -> SimpleNamespace:
        from test_checkpoints import write_run

        self.calls.append({"folder": folder, "penalty": config["penalty"], **settings})
        write_run(folder, setup=config)
        return SimpleNamespace(interrupted=self.interrupted)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> Trained:
    stand_in = Trained()
    monkeypatch.setattr(demo, "_train", stand_in)
    monkeypatch.setattr("powergrid_rl.training.requirements.require_rllib", lambda: None)
    return stand_in


def typed(*arguments: Any) -> Any:
    return CliRunner().invoke(demo.app, [str(argument) for argument in arguments], catch_exceptions=False)


def test_it_says_what_it_will_do_trains_judges_and_says_where_things_are(
    setup: Path, trained: Trained, tmp_path: Path
) -> None:
    result = typed("--smoke", "--setup", setup, "--out", tmp_path / "run", "--seed", 3)
    assert result.exit_code == 0
    assert result.stdout.index("1. compile") < result.stdout.index("Compiled and ready")
    assert f"Everything goes to {tmp_path / 'run'}" in result.stdout
    assert "MAPPO, learned" in result.stdout
    assert "less do nothing" in result.stdout
    assert f"{tmp_path / 'run'}/learning_curve.png" in result.stdout
    assert (tmp_path / "run" / "evaluation.json").is_file()
    (call,) = trained.calls
    assert call["seed"] == 3
    assert call["n_worker"] == 0
    assert call["budget"].n_step == 384
    assert call["n_env"] < 64


def test_minutes_are_a_budget_of_time(setup: Path, trained: Trained, tmp_path: Path) -> None:
    trained.interrupted = True
    result = typed("--minutes", 2.5, "--setup", setup, "--out", tmp_path / "run")
    assert trained.calls[0]["budget"].duration_s == 150.0
    assert "train MAPPO              2.5 minutes" in result.stdout
    # interrupted: no table, but how to go on
    assert result.exit_code == 130
    assert f"powergrid demo --resume --out {tmp_path / 'run'}" in result.stdout
    assert "less do nothing" not in result.stdout


def test_an_interrupted_demo_goes_on_with_its_own_setup(
    setup: Path, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained.interrupted = True
    typed("--smoke", "--setup", setup, "--out", tmp_path / "run")
    budgets = []

    def go_on(folder: Path, console: Any, *, budget: Any) -> SimpleNamespace:
        budgets.append(budget)
        return SimpleNamespace(interrupted=False)

    monkeypatch.setattr(demo, "_go_on", go_on)
    result = typed("--smoke", "--resume", "--out", tmp_path / "run")
    assert result.exit_code == 0
    assert "what was left when it was interrupted" in result.stdout
    assert budgets == [None]  # the run's own
    assert "MAPPO, learned" in result.stdout
    assert len(trained.calls) == 1


def test_an_interruption_of_the_judging_keeps_the_policy(
    setup: Path, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*arguments: Any, **settings: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("powergrid_rl.evaluation.assessment.assess", interrupt)
    result = typed("--smoke", "--setup", setup, "--out", tmp_path / "run")
    assert result.exit_code == 130
    assert f"powergrid evaluate {tmp_path / 'run'}" in result.stdout


def test_without_a_folder_it_takes_one_that_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert demo.free_folder(Path("runs/demo")) == Path("runs/demo")
    Path("runs/demo").mkdir(parents=True)
    Path("runs/demo_2").mkdir()
    assert demo.free_folder(Path("runs/demo")) == Path("runs/demo_3")


def test_one_thread_is_asked_for_before_anything_is_loaded(
    setup: Path, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    trained.interrupted = True
    typed("--smoke", "--setup", setup, "--out", tmp_path / "run")
    assert os.environ["OMP_NUM_THREADS"] == "1"


def test_another_data_set_takes_the_place_of_the_setups(setup: Path, trained: Trained, tmp_path: Path) -> None:
    trained.interrupted = True
    other = tmp_path / "other.npz"
    save_table(days(n_day=8), other)
    result = typed("--smoke", "--setup", setup, "--dataset", other, "--out", tmp_path / "run")
    assert "data other.npz" in result.stdout

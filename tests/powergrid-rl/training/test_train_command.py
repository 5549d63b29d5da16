"""The command line of training, with a trainer that only notes what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from heron.errors import ConfigError, UnknownNameError
from powergrid_rl import cli_train
from powergrid_rl.training import Budget, CheckpointError, Route, RunFolderError, Sharing
from powergrid_rl.training.run_loop import TrainingResult


class Told:
    """What a trainer was told."""

    config: Mapping[str, Any]
    settings: dict[str, Any]
    folder: Path

    def __call__(self, config: Mapping[str, Any], /, *, folder: Path, **settings: Any) -> TrainingResult:
        self.config, self.folder, self.settings = config, folder, settings
        return TrainingResult(
            folder=folder.absolute(),
            checkpoint=folder / "checkpoints" / "0000000001",
            n_step=1_234_567,
            elapsed_s=239.6,
            training_return=-310.25,
            held_out_return=-295.5,
            interrupted=bool(settings["seed"] == 99),
        )


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Told:
    monkeypatch.chdir(tmp_path)
    recorder = Told()
    monkeypatch.setattr(cli_train, "_trainer", lambda algo: recorder)
    monkeypatch.setattr(cli_train, "_compile", lambda display: None)
    monkeypatch.setattr("powergrid_rl.training.requirements.require_for", lambda algorithm: None)
    return recorder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli_train.app, list(arguments))


def test_defaults_train_four_minutes_on_the_default_setup(told: Told) -> None:
    result = run()
    assert result.exit_code == 0, result.output
    assert told.config["env_id"] == "ieee34_ieee13"
    assert told.settings["budget"] == Budget(duration_s=240.0)
    assert told.settings["sharing"] is Sharing.SHARED
    assert told.folder == Path("runs/ieee34_ieee13_mappo_seed0")


def test_the_end_says_what_came_out_and_where_it_is(told: Told) -> None:
    output = run().output
    assert "Trained 1,234,567 environment steps in 4:00." in output
    assert "-295.5 USD" in output
    assert "powergrid evaluate runs/ieee34_ieee13_mappo_seed0" in output


def test_an_interrupted_run_says_how_to_go_on(told: Told) -> None:
    output = run("--seed", "99", "--out", "runs/mine").output
    assert "powergrid train --resume --out runs/mine" in output


def test_iterations_are_rounds_of_the_settings(told: Told) -> None:
    # 256 environments of 24 steps each
    run("--iterations", "10")
    assert told.settings["budget"] == Budget(n_step=61_440)


def test_minutes_and_steps_both_limit(told: Told) -> None:
    run("--minutes", "2", "--steps", "1000")
    assert told.settings["budget"] == Budget(n_step=1000, duration_s=120.0)


def test_options_reach_the_trainer(told: Told) -> None:
    run(
        "--setup", "ieee34_ieee13", "--algo", "ippo", "--seed", "3", "--num-workers", "2", "--dataset", "caiso",
        "--share-reward", "--independent-policies", "--route", "episodes",
    )  # fmt: skip
    assert told.config["dataset"] == "caiso"
    assert told.config["share_reward"] is True
    assert told.settings["seed"] == 3
    assert told.settings["n_worker"] == 2
    assert told.settings["sharing"] is Sharing.INDEPENDENT
    assert told.settings["route"] is Route.EPISODES


def test_the_one_file_trainer_is_reached_by_its_name(told: Told) -> None:
    run("--algo", "mappo-fast", "--steps", "1000")
    assert told.folder == Path("runs/ieee34_ieee13_mappo-fast_seed0")
    assert told.settings["budget"] == Budget(n_step=1000)


def test_a_test_run_is_short(told: Told) -> None:
    # two rounds of 8 environments and 24 steps
    run("--test")
    assert told.settings["budget"] == Budget(n_step=384)
    assert told.settings["n_env"] == 8


def test_a_second_run_gets_a_folder_of_its_own(told: Told) -> None:
    Path("runs/ieee34_ieee13_mappo_seed0").mkdir(parents=True)
    run()
    assert told.folder == Path("runs/ieee34_ieee13_mappo_seed0_2")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--policies", "mine"], "shared, per-type, independent"),
        (["--route", "mine"], "arrays, episodes"),
        (["ieee34_ieee13", "--setup", "ieee13_single"], "Two setups are given"),
    ],
)
def test_options_that_do_not_fit_are_refused(told: Told, arguments: list[str], message: str) -> None:
    error = run(*arguments).exception
    assert isinstance(error, ConfigError)
    assert message in str(error)


def test_resuming_without_a_run_is_refused(told: Told) -> None:
    assert isinstance(run("--resume").exception, RunFolderError)
    assert isinstance(run("--resume", "--out", "nowhere").exception, (RunFolderError, CheckpointError))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--seed", "9"], "seed"),
        (["ieee13_single", "--algo", "ippo"], "algo, setup"),
        (["--share-reward", "--minutes", "1"], "share-reward"),
    ],
)
def test_a_resumed_run_is_set_to_what_it_was_begun_with(told: Told, arguments: list[str], named: str) -> None:
    error = run("--resume", *arguments).exception
    assert isinstance(error, ConfigError)
    assert f"as it was begun; {named} cannot change that" in str(error)


def test_the_commands_name_is_registered() -> None:
    from powergrid.plugins import command_registry, trainer_registry

    assert "train" in command_registry()
    assert {"mappo", "ippo", "mappo-fast"} <= set(trainer_registry())


def test_timing_is_drawn_around_scada_unless_something_else_is_named(told: Told) -> None:
    assert run("--randomize-timing").exit_code == 0
    assert told.settings["timing"] == "scada"
    assert run("--randomize-timing", "--timing", "pmu", "--out", "runs/mine").exit_code == 0
    assert told.settings["timing"] == "pmu"
    assert run("--out", "runs/lockstep").exit_code == 0
    assert "timing" not in told.settings


def test_a_setups_own_timing_is_what_timing_is_drawn_around(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_train, "_configuration", lambda *args, **kwargs: {"timing": {"scheme": "ami"}})
    assert run("--randomize-timing").exit_code == 0
    assert told.settings["timing"] == "setup"


def test_a_timing_that_does_not_exist_is_refused_with_the_nearest(told: Told) -> None:
    result = run("--randomize-timing", "--timing", "scadda")
    assert isinstance(result.exception, UnknownNameError)
    assert "'scada'" in str(result.exception)


def test_a_timing_that_nothing_is_drawn_around_is_refused(told: Told) -> None:
    result = run("--timing", "scada")
    assert isinstance(result.exception, ConfigError)
    assert "Add --randomize-timing" in str(result.exception)

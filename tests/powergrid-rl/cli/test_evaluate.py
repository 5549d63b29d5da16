"""``powergrid evaluate`` as it is typed; a setup of the small world stands in for a shipped one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from small_world import BATTERY, GENERATOR, SUN, alone, days
from typer.testing import CliRunner, Result

from powergrid.errors import UnknownSetupError
from powergrid.plant.series_file import save_table
from powergrid.plugins import hookimpl
from powergrid.plugins.host import plugin_host
from powergrid_rl.cli_evaluate import app


@pytest.fixture
def setup(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    folder.mkdir()
    save_table(days(), folder / "days.npz")
    config = {**alone(GENERATOR, BATTERY, SUN, forecast_steps={"price": 23}), "dataset_path": "days.npz"}
    del config["dataset"]
    (folder / "setup.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return folder


def typed(*arguments: Any) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def test_baselines_are_judged_without_a_checkpoint(setup: Path, tmp_path: Path) -> None:
    result = typed("--setup", setup, "--candidates", 2, "--out", tmp_path / "run")
    assert result.exit_code == 0
    assert "small, 2 held-out days of days.npz (synthetic)" in result.stdout
    for name in ("random", "do nothing", "best constant action", "rule-based", "perfect-foresight bound"):
        assert name in result.stdout
    assert "leaves out the network" in result.stdout
    plain = json.loads((tmp_path / "run" / "evaluation.json").read_text(encoding="utf-8"))
    assert plain["about"]["synthetic"] is True
    assert plain["about"]["candidates"] == 2


def test_json_alone_is_on_standard_output(setup: Path, tmp_path: Path) -> None:
    result = typed("--setup", setup, "--candidates", 0, "--json", "--out", tmp_path / "run")
    assert [row["policy"] for row in json.loads(result.stdout)["rows"]][:2] == ["random", "do nothing"]
    assert "Compiled and ready" in result.stderr


def test_days_and_split_can_be_chosen(setup: Path, tmp_path: Path) -> None:
    save_table(days(n_day=8), setup / "days.npz")
    result = typed("--setup", setup, "--candidates", 0, "--days", 2, "--split", "train", "--out", tmp_path / "run")
    assert "2 training days" in result.stdout
    plain = json.loads((tmp_path / "run" / "evaluation.json").read_text(encoding="utf-8"))
    # four training days, two of them evenly spread
    assert plain["days"] == [0, 2]


def test_an_unknown_split_is_refused_with_the_nearest(setup: Path) -> None:
    from heron.errors import ConfigError

    with pytest.raises(ConfigError, match="--split is 'tset'.*Did you mean 'test'"):
        typed("--setup", setup, "--split", "tset")


def test_an_unknown_setup_is_refused() -> None:
    with pytest.raises(UnknownSetupError, match="ieee34_ieee31"):
        typed("--setup", "ieee34_ieee31")


class Halfway:
    @hookimpl
    def powergrid_register_policies(self) -> dict[str, Any]:
        from heron.core.policy import ConstantPolicy

        return {"halfway": lambda env, agent_id, **settings: ConstantPolicy(0.0)}


def test_a_policy_of_a_plug_in_takes_part(setup: Path, tmp_path: Path) -> None:
    host = plugin_host()
    host.register(Halfway(), name="halfway")
    try:
        result = typed("--setup", setup, "--candidates", 0, "--policy", "halfway", "--out", tmp_path)
    finally:
        host.unregister("halfway")
    assert result.exit_code == 0
    assert "halfway less rule-based:" in result.stdout


def test_an_unknown_policy_is_refused_with_the_nearest(setup: Path) -> None:
    from heron.errors import UnknownNameError

    with pytest.raises(UnknownNameError, match="rule_base.*rule_based"):
        typed("--setup", setup, "--policy", "rule_base")


def test_runs_are_judged_on_their_own_setup_and_pooled(setup: Path, tmp_path: Path) -> None:
    from test_checkpoints import write_run

    config = yaml.safe_load((setup / "setup.yaml").read_text(encoding="utf-8"))
    config.update(dataset_path=str(setup / "days.npz"), forecast_steps={})
    config["microgrid_configs"][0]["devices"] = [GENERATOR, BATTERY]
    runs = [write_run(tmp_path / f"seed{seed}", bias=0.1 * seed, setup=config) for seed in range(2)]
    result = typed(*runs, "--candidates", 0, "--out", tmp_path / "judged")
    assert "seed0" in result.stdout
    assert "learned, 2 seeds less do nothing:" in result.stdout
    alone_again = typed(runs[1], "--candidates", 0)
    assert "seed1 less do nothing:" in alone_again.stdout
    assert (runs[1] / "evaluation.json").is_file()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"seed": 0}, "are not pooled: seeds 0, 0 are not all different"),
        ({"algorithm": "ippo"}, "are not pooled: they differ in algorithm"),
    ],
)
def test_runs_that_are_no_seeds_of_one_policy_are_not_pooled(
    setup: Path, tmp_path: Path, changed: dict[str, Any], message: str
) -> None:
    from test_checkpoints import write_run

    config = yaml.safe_load((setup / "setup.yaml").read_text(encoding="utf-8"))
    config.update(dataset_path=str(setup / "days.npz"), forecast_steps={})
    config["microgrid_configs"][0]["devices"] = [GENERATOR, BATTERY]
    runs = [write_run(tmp_path / f"run{place}", bias=0.1 * place, setup=config) for place in range(2)]
    for run, settings in zip(runs, ({}, {"seed": 1} | changed), strict=True):
        plain = {"seed": 0, "algorithm": "mappo"} | settings
        (run / "settings.json").write_text(json.dumps({"settings": plain}), encoding="utf-8")
    result = typed(*runs, "--candidates", 0, "--out", tmp_path / "judged")
    assert message in " ".join(result.stdout.split())
    assert "learned, 2 seeds" not in result.stdout
    assert "run1 less do nothing:" in result.stdout

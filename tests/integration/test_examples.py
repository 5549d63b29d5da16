"""The examples run as their first lines say, in their short form."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(name: str, *arguments: str, folder: Path) -> str:
    outcome = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


def test_spreading_the_charging_of_cars_keeps_the_voltage_higher(tmp_path: Path) -> None:
    lines = run("04_custom_device.py", folder=tmp_path).splitlines()
    voltage_pu = {line[:22].strip(): float(line[22:].split()[0]) for line in lines[1:]}
    assert voltage_pu["nobody charges"] > voltage_pu["spread over the day"] > voltage_pu["all at once"]
    # 2.4 MWh at 50 USD/MWh are 120 USD; what is left to the printed difference are losses.
    cost_usd = {line[:22].strip(): float(line.split(" USD")[0].split()[-1]) for line in lines[1:]}
    assert 120.0 <= cost_usd["all at once"] - cost_usd["nobody charges"] < 140.0


def test_mappo_trains_from_python_with_its_own_settings(tmp_path: Path) -> None:
    pytest.importorskip("ray.rllib", reason="the extra rllib is not installed")
    options = ("--test", "--independent-policies", "--share-reward", "--no-cuda", "--num-workers", "0")
    shown = run("05_mappo_training.py", *options, folder=tmp_path)
    assert "MAPPO less do nothing" in shown
    assert (tmp_path / "runs" / "example_05" / "progress.csv").is_file()


def test_a_linear_policy_evolves_behind_gymnasiums_interface(tmp_path: Path) -> None:
    lines = [line.split(":") for line in run("08_gymnasium.py", "--test", folder=tmp_path).splitlines()]
    earned_usd = {name: float(rest.split()[0]) for name, rest in lines}
    assert earned_usd["evolved"] > earned_usd["do nothing"]

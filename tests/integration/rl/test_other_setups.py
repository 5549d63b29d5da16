"""The same judges on the smallest setup, and the commands as they are typed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from powergrid.setups.loader import load_setup
from powergrid_rl.evaluation import ContestOptions, compare
from powergrid_rl.evaluation.comparison import NOTHING, RANDOM, RULE, RULE_FORECAST

REPOSITORY = Path(__file__).resolve().parents[3]


def powergrid(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", "from powergrid.cli import main; main()", *arguments]
    return subprocess.run(program, cwd=folder, capture_output=True, text=True, check=False, timeout=600)


def test_one_microgrid_is_judged_like_three() -> None:
    found = compare(load_setup("ieee13_single"), options=ContestOptions(candidates=0, days=np.arange(0, 90, 6)))
    means = {name: rollout.returns.mean() for name, rollout in found.rollouts.items()}
    assert means[RANDOM] < means[NOTHING] < means[RULE] < means[RULE_FORECAST]
    assert found.bound is not None
    for rollout in found.rollouts.values():
        assert (rollout.returns <= -found.bound.cost_usd + 1e-6).all(), rollout.name


def test_evaluate_as_it_is_typed(tmp_path: Path) -> None:
    arguments = (
        "evaluate",
        "--setup",
        "ieee13_single",
        "--days",
        "5",
        "--candidates",
        "3",
        "--json",
        "--out",
        "judged",
    )
    outcome = powergrid(*arguments, folder=tmp_path)
    assert outcome.returncode == 0, outcome.stderr
    plain = json.loads(outcome.stdout)
    assert plain["about"]["title"] == "ieee13_single, 5 held-out days of caiso_like (synthetic)"
    assert (tmp_path / "judged" / "evaluation.json").is_file()


def test_a_wrong_name_is_one_line_with_the_nearest(tmp_path: Path) -> None:
    outcome = powergrid("evaluate", "--setup", "ieee13_singel", folder=tmp_path)
    assert outcome.returncode == 1
    assert "ieee13_single" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_judging_needs_neither_torch_nor_ray(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('torch', 'ray'): raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        "sys.argv = ['powergrid', 'evaluate', '--setup', 'ieee13_single', '--days', '2', '--candidates', '0']\n"
        "from powergrid.cli import main; main()\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600
    )
    assert outcome.returncode == 0, outcome.stderr
    assert "perfect-foresight bound" in outcome.stdout


def test_the_first_example_runs_in_its_short_form(tmp_path: Path) -> None:
    example = REPOSITORY / "examples" / "01_single_microgrid_basic.py"
    outcome = subprocess.run(
        [sys.executable, str(example), "--test"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600
    )
    assert outcome.returncode == 0, outcome.stderr
    assert "rule-based" in outcome.stdout


@pytest.mark.slow
def test_the_main_job_runs_from_beginning_to_end(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the extra rllib is not installed")
    pytest.importorskip("ray.rllib", reason="the extra rllib is not installed")
    outcome = powergrid("demo", "--smoke", "--out", "runs/demo", folder=tmp_path)
    assert outcome.returncode == 0, outcome.stderr
    run = tmp_path / "runs" / "demo"
    assert "MAPPO, learned less do nothing:" in outcome.stdout
    for left in ("evaluation.json", "learning_curve.png", "progress.csv", "checkpoints/latest"):
        assert (run / left).is_file(), left
    assert len(list(run.glob("day_*.png"))) >= 5
    # what it left can be judged again, on the setup it was trained on
    again = powergrid("evaluate", "runs/demo", "--days", "2", "--candidates", "0", "--json", folder=tmp_path)
    assert "demo" in json.loads(again.stdout)["returns_usd"], again.stderr

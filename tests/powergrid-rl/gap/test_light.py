"""What can be had without matplotlib, PyTorch and Ray."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hourly import ONLY_SLOW, small_plan

from powergrid_rl.gap.session import draw
from powergrid_rl.gap.study import run_study


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120)


def test_a_study_can_be_had_without_pictures_and_training() -> None:
    absent = (
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('torch', 'ray', 'matplotlib'): raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Absent())\n"
    )
    done = run(absent + "import powergrid_rl.gap, powergrid_rl.gap.session, powergrid_rl.gap.side_by_side\n")
    assert done.returncode == 0, done.stderr


def test_the_command_loads_nothing_heavy() -> None:
    program = (
        "import sys\nimport powergrid_rl.cli_gap\n"
        "heavy = {'torch', 'ray', 'pandapower', 'numba', 'matplotlib', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = run(program)
    assert done.returncode == 0, done.stderr


def test_without_matplotlib_the_event_log_is_there_and_no_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = small_plan(timing=ONLY_SLOW, duration_h=2.0)
    found = run_study(plan, tmp_path)
    assert found is not None
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert draw(plan, found, tmp_path) == []
    assert (tmp_path / "lanes.jsonl").is_file()
    assert not list(tmp_path.glob("*.png"))

"""The one-file trainer from the command line on the default setup, where Ray is not installed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra torch is not installed")

WITHOUT_RAY = "import sys; sys.modules['ray'] = None; from powergrid.cli import main; main()"


def powergrid(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    outcome = subprocess.run(
        [sys.executable, "-c", WITHOUT_RAY, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert outcome.returncode == 0, outcome.stderr
    return outcome


def test_a_short_run_trains_goes_on_and_is_judged_without_ray(tmp_path: Path) -> None:
    # two rounds of 8 environments and 24 steps, then a third
    first = powergrid("train", "ieee34_ieee13", "--algo", "mappo-fast", "--test", "--out", "fast", folder=tmp_path)
    assert "Trained 384 environment steps" in first.stdout
    longer = powergrid("train", "--resume", "--out", "fast", "--iterations", "3", folder=tmp_path)
    assert "Trained 576 environment steps" in longer.stdout
    assert (tmp_path / "fast" / "checkpoints" / "0000000576" / "mappo_fast" / "state.pt").is_file()
    judged = powergrid("evaluate", "fast", "--days", "2", "--candidates", "0", "--json", folder=tmp_path)
    assert "fast" in json.loads(judged.stdout)["returns_usd"]

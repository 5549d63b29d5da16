"""The small world of these tests is a module beside those of the evaluation."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "evaluation"))


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures have tests of their own, and ten of them take longer than everything else here."""
    monkeypatch.setattr("powergrid_rl.evaluation.assessment.write_day_plots", lambda comparison, folder: [])

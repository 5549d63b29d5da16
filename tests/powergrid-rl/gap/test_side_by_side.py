"""Studies of several policies in one table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hourly import ONLY_SLOW, small_plan

from powergrid_rl.gap.findings import TOGETHER
from powergrid_rl.gap.side_by_side import SideBySide, StudyRecord, read_record
from powergrid_rl.gap.study import run_study
from powergrid_rl.gap.study_file import StudyFolder
from powergrid_rl.training.errors import RunFolderError


def record(policy: str, gaps: list[float], returns: list[float], **settings: Any) -> StudyRecord:
    return StudyRecord(
        policy=policy,
        settings={"policy": {"name": policy}, "timing": {"loss": 0.1}, **settings},
        pairs={TOGETHER: np.array(gaps)},
        returns=np.array(returns),
    )


def test_policies_are_compared_pair_by_pair() -> None:
    robust = record("robust", [2.0, 3.0, 4.0], [-12.0, -22.0, -32.0])
    plain = record("plain", [5.0, 6.0, 10.0], [-10.0, -20.0, -30.0])
    found = SideBySide([robust, plain])
    # gaps differ by -3, -3 and -6; returns under all causes are -14, -25, -36 and -15, -26, -40: 1, 1 and 4
    assert found.gap_difference(plain).mean == pytest.approx(-4.0)
    assert found.return_difference(plain).mean == pytest.approx(2.0)
    # standard deviation sqrt(3) over the root of 3 is 1, times Student's 4.3027
    assert found.gap_difference(plain).half_width == pytest.approx(4.3027, abs=1e-4)
    assert found.lines() == [
        "robust against plain, all together, pair by pair: gap -4.000 ± 4.303 USD (not distinguishable), "
        "return 2.000 ± 4.303 USD (not distinguishable)."
    ]


def test_studies_under_another_timing_are_not_compared() -> None:
    one, other = record("a", [1.0], [1.0]), record("b", [1.0], [1.0], timing={"loss": 0.2})
    with pytest.raises(RunFolderError, match="study of b .* beside this one differs in timing.*under one timing"):
        SideBySide([one, other])


def test_a_study_that_is_not_done_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="holds no study that is done.*ran to its end"):
        read_record(tmp_path)


def test_a_written_study_is_read_as_it_was(tmp_path: Path) -> None:
    records = []
    for policy in ("rule_based", "do_nothing"):
        plan = small_plan(policy, ONLY_SLOW, duration_h=3.0)
        found = run_study(plan, tmp_path / policy)
        assert found is not None
        StudyFolder(tmp_path / policy).write(plan, found, about={})
        records.append(read_record(tmp_path / policy))
        np.testing.assert_array_equal(records[-1].pairs[TOGETHER], found.together().pairs)
    table = SideBySide(records).markdown()
    assert table.splitlines()[0] == "| scenario | rule_based | do_nothing |"
    assert "all together" in table

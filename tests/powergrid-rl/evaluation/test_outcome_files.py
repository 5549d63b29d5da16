"""Figures and pictures in a folder."""

from __future__ import annotations

import builtins
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up import comparison, rollout
from small_world import BATTERY, GENERATOR, SUN, alone

from heron.errors import ConfigError
from powergrid.envs import MultiAgentMicrogrids
from powergrid_rl.evaluation import ContestOptions, compare
from powergrid_rl.evaluation.comparison import NOTHING, RULE, Comparison
from powergrid_rl.evaluation.day_choice import telling_days
from powergrid_rl.evaluation.outcome_files import file_name, write_day_plots, write_evaluation
from powergrid_rl.evaluation.plots import plot_day, trace_rows

PNG = b"\x89PNG"


def test_figures_are_written_with_what_they_are_about(tmp_path: Path) -> None:
    path = write_evaluation(comparison(), tmp_path / "new", about={"setup": "small"})
    plain = json.loads(path.read_text(encoding="utf-8"))
    assert plain["about"] == {"setup": "small"}
    assert plain["rows"][0]["policy"] == NOTHING


def test_a_policys_name_becomes_a_files_name() -> None:
    assert file_name("rule-based, known prices") == "rule_based_known_prices"
    assert file_name("MAPPO, learned") == "mappo_learned"


def test_the_typical_day_is_the_middle_one_and_the_hard_one_violates_most() -> None:
    days = Comparison(
        rollouts={NOTHING: rollout(NOTHING, [-5.0, -9.0, -1.0], safety=np.array([0.0, 0.0, 3.0]))}, bound=None
    )
    assert telling_days(days) == {"typical": 0, "hard": 2}


def test_without_violations_the_hard_day_is_the_worst_one() -> None:
    assert telling_days(Comparison(rollouts={RULE: rollout(RULE, [-5.0, -1.0, -9.0])}, bound=None)) == {
        "typical": 0,
        "hard": 2,
    }
    assert telling_days(Comparison(rollouts={RULE: rollout(RULE, [-5.0])}, bound=None)) == {"typical": 0}


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compare(alone(GENERATOR, BATTERY, SUN), options=ContestOptions(candidates=0, traces=True))


def test_rows_for_the_plots_are_the_learners_own_and_the_price() -> None:
    rows = trace_rows(MultiAgentMicrogrids(alone(GENERATOR, BATTERY)))
    assert rows[0] == "market.exogenous.price_usd_per_mwh"
    assert set(rows[1:]) == {
        "MG1.gen1.electrical.p_mw",
        "MG1.ess1.electrical.p_mw",
        "MG1.ess1.storage.soc",
        "MG1.voltages.vm_min_pu",
        "MG1.voltages.vm_max_pu",
    }


def test_every_policy_gets_its_pictures(found: Comparison, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra plots is not installed")
    paths = write_day_plots(found, tmp_path)
    kinds = telling_days(found)
    assert len(paths) == len(kinds) * len(found.rollouts)
    assert all(path.read_bytes()[:4] == PNG for path in paths)
    assert (tmp_path / "day_typical_rule_based.png") in paths


def test_without_matplotlib_the_figures_are_there_and_pictures_are_not(
    found: Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    assert write_day_plots(found, tmp_path) == []
    with pytest.raises(ConfigError, match=r"need matplotlib.*powergrid-rl\[plots\]"):
        plot_day(found.rollouts[RULE], 0, ["MG1"], tmp_path / "day.png")

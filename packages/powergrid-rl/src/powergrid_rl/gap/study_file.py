"""The folder of a study: what it is about, every outcome as it comes in, and the findings."""

from __future__ import annotations

import hashlib
import json
import math
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from powergrid_rl.evaluation.statistics import Estimate
from powergrid_rl.gap.episode import Episode, Outcome
from powergrid_rl.gap.findings import Finding, GapFindings
from powergrid_rl.gap.plan import GapPlan
from powergrid_rl.gap.scenario import Scenario
from powergrid_rl.training.errors import RunFolderError

GAP = "gap.json"
_PLAN, _OUTCOMES = "plan.json", "outcomes.jsonl"
Done = dict[tuple[Scenario, Episode], Outcome]


class StudyFolder:
    """Files of one study.

    Every outcome is appended to ``outcomes.jsonl`` as soon as it is there; a line that was cut off is played again.

    Parameters
    ----------
    path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.findings = self.path / GAP
        self.outcomes = self.path / _OUTCOMES
        self.plan = self.path / _PLAN

    def done(self, plan: GapPlan) -> Done:
        """Outcomes that are there already, by scenario and episode.

        Raises
        ------
        RunFolderError
            If it holds a study with other settings, or a line that is no outcome.
        """
        if not self.plan.is_file():
            return {}
        self._check(plain_settings(plan))
        return self._read(plan)

    def begin(self, plan: GapPlan) -> None:
        """Write down what the study is about, if nobody has."""
        if not self.plan.is_file():
            self.path.mkdir(parents=True, exist_ok=True)
            self.outcomes.unlink(missing_ok=True)  # without a plan nobody knows what they are outcomes of
            self.plan.write_text(json.dumps(plain_settings(plan), indent=2) + "\n", encoding="utf-8")

    def add(self, scenario: Scenario, outcome: Outcome) -> None:
        """Write one outcome down."""
        with self.outcomes.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"scenario": scenario.name, **outcome.as_plain()}) + "\n")

    def write(self, plan: GapPlan, found: GapFindings, *, about: Mapping[str, Any]) -> Path:
        """Write ``gap.json``: everything needed to say what was found, and to find it again."""
        settings = json.loads(self.plan.read_text(encoding="utf-8"))
        text = json.dumps({"about": dict(about), "settings": settings, **findings_as_plain(found)}, indent=2)
        self.findings.write_text(text + "\n", encoding="utf-8")
        return self.findings

    def _check(self, wanted: Mapping[str, Any]) -> None:
        try:
            there = json.loads(self.plan.read_text(encoding="utf-8"))
        except ValueError as cause:
            raise RunFolderError(
                f"{self.plan} cannot be read: {cause}.", remedy="Give another folder by --out."
            ) from cause
        differing = sorted(key for key in {*wanted, *there} if wanted.get(key) != there.get(key))
        if differing:
            raise RunFolderError(
                f"{self.path} holds another study; what differs is {', '.join(differing)}.",
                remedy="Give the same options as then to go on with it, or another folder by --out.",
            )

    def _read(self, plan: GapPlan) -> Done:
        scenarios = {scenario.name: scenario for scenario in plan.scenarios}
        done: Done = {}
        if not self.outcomes.is_file():
            return done
        text = self.outcomes.read_text(encoding="utf-8")
        whole, _, cut_off = text.rpartition("\n")
        if cut_off:
            self.outcomes.write_text(f"{whole}\n" if whole else "", encoding="utf-8")
        for number, line in enumerate(whole.splitlines(), start=1):
            name, outcome = self._outcome(number, line)
            if name in scenarios:  # subsets are there where Shapley values were asked for the last time
                done[scenarios[name], outcome.episode] = outcome
        return done

    def _outcome(self, number: int, line: str) -> tuple[str, Outcome]:
        try:
            plain = dict(json.loads(line))
            return plain.pop("scenario"), Outcome.from_plain(plain)
        except (ValueError, TypeError, KeyError) as cause:
            raise RunFolderError(
                f"Line {number} of {self.outcomes} is no outcome ({type(cause).__name__}: {cause}).",
                remedy="Take it out: the episode is played again.",
            ) from cause


def findings_as_plain(found: GapFindings) -> dict[str, Any]:
    """Findings as plain data, with the figures of every episode."""
    return {
        "unit": "USD per episode; gap is the return in lockstep less the return here, positive where it is lost",
        "n_pair": found.n_pair,
        "negligible_below_usd": found.threshold_usd,
        "events_without_delays_equal_lockstep_bit_for_bit": not found.unequal,
        "unequal_episodes": [[episode.seed, episode.day] for episode in found.unequal],
        "lockstep": _estimate(found.lockstep),
        "rows": [_finding(finding) for finding in found.rows().values()],
        "attribution": "one cause at a time; the causes alone need not add up to all together",
        "remainder": _finding(found.remainder()),
        "shapley": [_finding(finding) for finding in found.shapley().values()],
        "episodes": {
            scenario.name: [outcome.as_plain() for outcome in outcomes] for scenario, outcomes in found.outcomes.items()
        },
    }


def _finding(finding: Finding) -> dict[str, Any]:
    plain = {"name": finding.name, "gap": _estimate(finding.gap), "verdict": finding.verdict}
    if finding.cost_gap is not None and finding.safety_gap is not None:
        plain |= {"cost_gap": _estimate(finding.cost_gap), "safety_gap": _estimate(finding.safety_gap)}
    return {**plain, "pairs": finding.pairs.tolist()}


def _estimate(found: Estimate) -> dict[str, float | None]:
    return {"mean": found.mean, "half_width": found.half_width if math.isfinite(found.half_width) else None}


def plain_settings(plan: GapPlan) -> dict[str, Any]:
    """What a study is about, as ``plan.json`` and ``gap.json`` say it."""
    # Through text, so that it compares equal with what is read; a data set as an object counts by its content.
    settings: dict[str, Any] = json.loads(json.dumps(plan.as_plain(), default=_described))
    return settings


def _described(value: object) -> str:
    return f"{type(value).__name__} {hashlib.sha256(pickle.dumps(value)).hexdigest()}"

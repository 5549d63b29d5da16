"""Studies of several policies in one table, compared pair by pair."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from heron.types import FloatArray
from powergrid_rl.evaluation.statistics import Estimate, estimate
from powergrid_rl.gap.findings import TOGETHER
from powergrid_rl.gap.shown import decimals_of, shown
from powergrid_rl.gap.study_file import GAP
from powergrid_rl.training.errors import RunFolderError

_POLICY = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRecord:
    """What ``gap.json`` says of one policy.

    Parameters
    ----------
    policy
        Its name.
    settings
        What the study was about.
    pairs
        Gap of each pair of seed and day by row, ``(n_pair,)``, the remainder among them. [USD]
    returns
        Return of each pair in lockstep, ``(n_pair,)``. [USD]
    """

    policy: str
    settings: Mapping[str, Any]
    pairs: Mapping[str, FloatArray]
    returns: FloatArray


def read_record(folder: Path) -> StudyRecord:
    """Record of a study that is done.

    Raises
    ------
    RunFolderError
        If there is none in the folder.
    """
    file = folder / GAP
    try:
        plain = json.loads(file.read_text(encoding="utf-8"))
        rows = [*plain["rows"], plain["remainder"]]
        return StudyRecord(
            policy=plain["settings"][_POLICY]["name"],
            settings=plain["settings"],
            pairs={row["name"]: np.array(row["pairs"]) for row in rows},
            returns=np.array([one["return_usd"] for one in plain["episodes"]["lockstep"]]),
        )
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise RunFolderError(
            f"{folder} holds no study that is done ({type(cause).__name__}: {cause}).",
            remedy="Give the folder of a powergrid gap that ran to its end.",
        ) from cause


def require_alike(settings: Mapping[str, Any], others: Sequence[StudyRecord]) -> None:
    """Make sure that studies differ in nothing but their policies.

    Parameters
    ----------
    settings
        What a study is about, as its ``plan.json`` says.
    others
        Studies that are to stand beside it.

    Raises
    ------
    RunFolderError
        If one of them is about something else.
    """
    for other in others:
        keys = sorted({*settings, *other.settings} - {_POLICY})
        differing = [key for key in keys if settings.get(key) != other.settings.get(key)]
        if differing:
            raise RunFolderError(
                f"The study of {other.policy} that is to stand beside this one differs in {', '.join(differing)}.",
                remedy="Compare policies under one timing, on one setup, and on the same seeds and days.",
            )


class SideBySide:
    """Studies of policies under the same timing, on the same pairs of seed and day.

    Parameters
    ----------
    records
        The studies, the one that the others are compared with first.

    Raises
    ------
    RunFolderError
        If they differ in more than their policies.
    """

    def __init__(self, records: Sequence[StudyRecord]) -> None:
        require_alike(records[0].settings, records[1:])
        self.records = tuple(records)

    def gap_difference(self, other: StudyRecord, row: str = TOGETHER) -> Estimate:
        """Gap of the first less that of another, pair by pair: negative where the first loses less. [USD]"""
        return estimate(self.records[0].pairs[row] - other.pairs[row])

    def return_difference(self, other: StudyRecord) -> Estimate:
        """Return of the first with all causes less that of another, pair by pair. [USD]"""
        first = self.records[0]
        return estimate((first.returns - first.pairs[TOGETHER]) - (other.returns - other.pairs[TOGETHER]))

    def table(self) -> Table:
        """Return in lockstep, then the gap of every row, a column per policy."""
        table = Table(title="gap USD (lost), by policy", caption="mean per episode ± 95 % interval")
        table.add_column("scenario")
        for record in self.records:
            table.add_column(record.policy, justify="right", no_wrap=True)
        for cells in self._rows():
            table.add_row(*cells)
        return table

    def markdown(self) -> str:
        """The same table for a page."""
        rows = [("scenario", *(record.policy for record in self.records)), ("---",) * (len(self.records) + 1)]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in (*rows, *self._rows()))

    def lines(self) -> list[str]:
        """What sets the first policy apart from each of the others, with all causes."""
        first, found = self.records[0], []
        for other in self.records[1:]:
            gap, earned = self.gap_difference(other), self.return_difference(other)
            decimals = decimals_of([gap, earned])
            found.append(
                f"{first.policy} against {other.policy}, {TOGETHER}, pair by pair: "
                f"gap {shown(gap, decimals)} USD{_doubt(gap)}, return {shown(earned, decimals)} USD{_doubt(earned)}."
            )
        return found

    def _rows(self) -> list[tuple[str, ...]]:
        returns = [estimate(record.returns) for record in self.records]
        names = list(self.records[0].pairs)
        gaps = {name: [estimate(record.pairs[name]) for record in self.records] for name in names}
        decimals = decimals_of([gap for row in gaps.values() for gap in row])
        first = ("return in lockstep", *(shown(one, decimals_of(returns)) for one in returns))
        return [first, *((name, *(shown(gap, decimals) for gap in row)) for name, row in gaps.items())]


def _doubt(found: Estimate) -> str:
    return "" if found.excludes_zero else " (not distinguishable)"

"""The log of a run: one row per round of learning."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round: sampling, then learning.

    Parameters
    ----------
    number
        Count of rounds, from 1.
    n_step
        Environment steps so far.
    elapsed_s
        Time spent training so far. [s]
    training_return
        Mean return of the episodes that ended in the round, all learners together, with exploration.
    held_out_return
        The same without exploration over held-out episodes, as of the last time it was measured; NaN before.
    entropy
        Of the policy's actions. [nat]
    explained_variance
        Share of the variance of value targets that the critic explains. [1]
    learning_rate
        In this round.
    """

    number: int
    n_step: int
    elapsed_s: float
    training_return: float
    held_out_return: float
    entropy: float
    explained_variance: float
    learning_rate: float


class ProgressLog:
    """Rounds in memory and in a csv file, which is complete after each round.

    Parameters
    ----------
    path
        The file.
    upto
        Rows after this number of steps are dropped: a resumed run writes them again. None begins an empty log.
    """

    def __init__(self, path: Path, *, upto: int | None = None) -> None:
        self._path = path
        kept = [] if upto is None or not path.is_file() else _read(path)
        self.rounds = [row for row in kept if upto is not None and row.n_step <= upto]
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([field.name for field in fields(Round)])
            writer.writerows(asdict(row).values() for row in self.rounds)

    def add(self, row: Round) -> None:
        """Append a round."""
        self.rounds.append(row)
        with self._path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(asdict(row).values())


def _read(path: Path) -> list[Round]:
    with path.open(newline="", encoding="utf-8") as file:
        return [_round(row) for row in csv.DictReader(file)]


def _round(row: Mapping[str, Any]) -> Round:
    number, n_step = int(row["number"]), int(row["n_step"])
    rest = {name: float(text) for name, text in row.items() if name not in ("number", "n_step")}
    return Round(number=number, n_step=n_step, **rest)

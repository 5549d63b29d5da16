"""The rounds of a run, with its log and its checkpoints."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path

from powergrid_rl.training.board import Board
from powergrid_rl.training.display import Display
from powergrid_rl.training.held_out import HeldOutEpisodes
from powergrid_rl.training.interruption import Interruption
from powergrid_rl.training.learning_curve import plot_learning_curve
from powergrid_rl.training.policy_file import policies_of, write_policies
from powergrid_rl.training.progress_log import ProgressLog, Round
from powergrid_rl.training.run_folder import POLICY, RunFolder
from powergrid_rl.training.run_record import RunRecord
from powergrid_rl.training.session import LearningSession
from powergrid_rl.training.teams import Roster

_CHECKPOINT_EVERY_S = 60.0
_HELD_OUT_EVERY = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingResult:
    """What a run came to.

    Parameters
    ----------
    folder, checkpoint
        The run's folder and its last checkpoint.
    n_step, elapsed_s
        Environment steps and time [s] since the run began, earlier parts of a resumed run included.
    training_return, held_out_return
        As in the last `Round`. [USD]
    interrupted
        Whether the user ended it before its budget did.
    """

    folder: Path
    checkpoint: Path
    n_step: int
    elapsed_s: float
    training_return: float
    held_out_return: float
    interrupted: bool


class RunLoop:
    """Rounds until the budget is used up or the user has had enough.

    Parameters
    ----------
    record, folder
        What the run was started with, and its files.
    display
        Who shows the progress.
    session
        The algorithm.
    roster
        Who learns.
    held_out
        What the learning curve is measured on.
    """

    def __init__(
        self,
        record: RunRecord,
        folder: RunFolder,
        display: Display,
        *,
        session: LearningSession,
        roster: Roster,
        held_out: HeldOutEpisodes,
    ) -> None:
        self._record, self._folder, self._display = record, folder, display
        self._session, self._roster, self._held_out = session, roster, held_out
        self._held_out_return = math.nan
        self._elapsed_before_s = 0.0
        self._number = 0

    def run(self, *, resumed: bool) -> TrainingResult:
        """All rounds, from the latest checkpoint on where the run is resumed."""
        self._n_step = self._restore() if resumed else 0
        self._log = ProgressLog(self._folder.log, upto=self._n_step if resumed else None)
        self._board = Board(self._folder.tensorboard, from_step=self._n_step)
        self._begun_s = self._saved_s = time.monotonic()
        budget = self._record.budget
        self._first_step = self._n_step
        with Interruption() as interruption:
            while budget.used(self._n_step, self._elapsed_s()) < 1.0 and not interruption.asked:
                self._round(interruption)
                if time.monotonic() - self._saved_s > _CHECKPOINT_EVERY_S:
                    self._save()
            checkpoint = self._save()
        self._board.close()
        return self._result(checkpoint, interrupted=budget.used(self._n_step, self._elapsed_s()) < 1.0)

    def _round(self, interruption: Interruption) -> None:
        budget = self._record.budget
        known = self._session.round(budget.used(self._n_step, self._elapsed_s()))
        self._number += 1
        self._n_step = self._session.n_step
        is_last = interruption.asked or budget.used(self._n_step, self._elapsed_s()) >= 1.0
        if is_last or self._number % _HELD_OUT_EVERY == 0:
            self._held_out_return = self._held_out.mean_return(policies_of(self._session.actors(), self._roster))
        row = Round(
            number=self._number,
            n_step=self._n_step,
            elapsed_s=round(self._elapsed_s(), 3),
            held_out_return=self._held_out_return,
            **known,
        )
        self._log.add(row)
        self._board.add(row)
        own_s = time.monotonic() - self._begun_s
        self._display.show(
            row,
            used=budget.used(self._n_step, self._elapsed_s()),
            left_s=budget.left_s(self._n_step, self._elapsed_s()),
            pace=(self._n_step - self._first_step) / own_s,
        )

    def _elapsed_s(self) -> float:
        return self._elapsed_before_s + time.monotonic() - self._begun_s

    def _save(self) -> Path:
        progress = {
            "number": self._number,
            "n_step": self._n_step,
            "elapsed_s": self._elapsed_s(),
            "held_out_return": self._held_out_return if math.isfinite(self._held_out_return) else None,
        }
        checkpoint = self._folder.save_checkpoint(progress, self._write)
        settings = self._record.settings
        title = f"{settings.algorithm.value}, {self._record.name}, seed {settings.seed}"
        plot_learning_curve(self._log.rounds, self._folder.curve, title=title)
        self._saved_s = time.monotonic()
        return checkpoint

    def _write(self, folder: Path) -> None:
        self._session.save(folder / self._session.checkpoint_name)
        write_policies(folder / POLICY, policies_of(self._session.actors(), self._roster))

    def _restore(self) -> int:
        progress = self._folder.read_progress()
        self._session.restore(self._folder.latest() / self._session.checkpoint_name)
        self._number = progress["number"]
        self._elapsed_before_s = progress["elapsed_s"]
        before = progress["held_out_return"]
        self._held_out_return = math.nan if before is None else before
        return int(progress["n_step"])

    def _result(self, checkpoint: Path, *, interrupted: bool) -> TrainingResult:
        last = self._log.rounds[-1].training_return if self._log.rounds else math.nan
        return TrainingResult(
            folder=self._folder.path,
            checkpoint=checkpoint,
            n_step=self._n_step,
            elapsed_s=self._elapsed_s(),
            training_return=last,
            held_out_return=self._held_out_return,
            interrupted=interrupted,
        )

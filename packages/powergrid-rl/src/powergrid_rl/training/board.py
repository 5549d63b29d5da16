"""The log of a run for TensorBoard."""

from __future__ import annotations

import importlib
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from powergrid_rl.training.progress_log import Round

_AXIS = ("number", "n_step")


class Board:
    """Writes rounds as TensorBoard's event files, where a writer is installed; RLlib brings one.

    Parameters
    ----------
    folder
        Where the files go; a resumed run adds one.
    from_step
        Steps from which on earlier files are out of date.
    """

    def __init__(self, folder: Path, *, from_step: int = 0) -> None:
        self._writer: Any = None
        try:
            writers = importlib.import_module("tensorboardX")
        except ImportError:
            return
        self._writer = writers.SummaryWriter(str(folder), purge_step=from_step or None)

    def add(self, row: Round) -> None:
        """Write a round over its number of steps."""
        if self._writer is None:
            return
        for name, value in asdict(row).items():
            if name not in _AXIS and math.isfinite(value):
                self._writer.add_scalar(f"training/{name}", value, row.n_step)

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.close()

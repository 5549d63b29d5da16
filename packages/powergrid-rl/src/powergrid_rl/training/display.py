"""What a run shows while it goes on."""

from __future__ import annotations

import math
import time
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from powergrid_rl.training.progress_log import Round

_LINE_EVERY_S = 20.0


class Display(Protocol):
    """Someone who shows a run's progress."""

    def say(self, text: str) -> None:
        """Show a line."""

    def show(self, row: Round, *, used: float, left_s: float, pace: float) -> None:
        """Show how far the run is.

        Parameters
        ----------
        row
            The last round.
        used
            Share of the budget that is used up. [1]
        left_s
            Time left. [s]
        pace
            Environment steps per second.
        """

    def close(self) -> None:
        """The run is over."""


class SilentDisplay:
    """Shows nothing."""

    def say(self, text: str) -> None:
        """Nothing."""

    def show(self, row: Round, *, used: float, left_s: float, pace: float) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class ConsoleDisplay:
    """A progress bar in a terminal; elsewhere a line every twenty seconds.

    Parameters
    ----------
    console
        Where to write.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console()
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._last_line_s = -math.inf

    def say(self, text: str) -> None:
        """A line, above the bar."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def show(self, row: Round, *, used: float, left_s: float, pace: float) -> None:
        """Move the bar."""
        text = _status(row, left_s=left_s, pace=pace)
        if self._console.is_terminal:
            if self._bar is None:
                self._bar = Progress(
                    BarColumn(bar_width=14),
                    TextColumn("{task.description}"),
                    console=self._console,
                )
                self._task = self._bar.add_task(text, total=1.0)
                self._bar.start()
            assert self._task is not None
            self._bar.update(self._task, completed=min(1.0, used), description=text)
        elif time.monotonic() - self._last_line_s > _LINE_EVERY_S:
            self._last_line_s = time.monotonic()
            self.say(f"training {100.0 * min(1.0, used):3.0f} %  {text}")

    def close(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _status(row: Round, *, left_s: float, pace: float) -> str:
    """Short enough for a terminal of 80 columns with a bar before it."""
    parts = [f"{row.n_step / 1e6:.2f} M steps", f"{pace:,.0f}/s"]
    if math.isfinite(row.training_return):
        parts.append(f"return {row.training_return:,.0f}")
    if math.isfinite(row.held_out_return):
        parts.append(f"held out {row.held_out_return:,.0f} USD")
    if math.isfinite(left_s):
        parts.append(f"{int(left_s) // 60}:{int(left_s) % 60:02d} left")
    return "  ".join(parts)

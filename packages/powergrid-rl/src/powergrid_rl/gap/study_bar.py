"""How far a study is, for people."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class StudyBar:
    """A bar over all episodes in a terminal, elsewhere a line when a scenario is done.

    Parameters
    ----------
    console
        Where it is shown.
    n_episode
        Episodes of each scenario.
    """

    def __init__(self, console: Console, n_episode: int) -> None:
        self._console, self._n_episode = console, n_episode
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed}/{task.total} episodes"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("playing", total=None)
        self._counts: Counter[str] = Counter()

    def __enter__(self) -> StudyBar:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def tell(self, scenario: str, done: int, total: int) -> None:
        """Show that an episode of a scenario is done; without a scenario, what had been done before."""
        self._bar.update(self._task, completed=done, total=total, description=f"playing: {scenario or 'begins'}")
        if not scenario:
            if done:
                self._console.print(f"{done} of {total} episodes had been played already.", highlight=False)
            return
        self._counts[scenario] += 1
        if self._counts[scenario] == self._n_episode and not self._console.is_terminal:
            self._console.print(f"playing: {scenario} done, {done} of {total} episodes", highlight=False)

"""Rows of ``powergrid bench``: environment steps per second with learning."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from powergrid.bench import Basis, Case, Comparison, Measurable, Missing, Settings
from powergrid.setups.loader import load_setup
from powergrid_rl.training.display import SilentDisplay
from powergrid_rl.training.errors import MissingExtraError
from powergrid_rl.training.requirements import require_for
from powergrid_rl.training.session import LearningSession, begin_session
from powergrid_rl.training.settings import EPISODE_ROUTE, TEST_SIZE, Algorithm, Route, TrainingSettings
from powergrid_rl.training.teams import form_roster
from powergrid_rl.training.trainer import training_factory

SETUP = "ieee34_ieee13"
WHOLE = 1_000_000
FAST = {"algorithm": Algorithm.MAPPO_FAST}
ARRAYS = {"algorithm": Algorithm.MAPPO}
STOCK = {"algorithm": Algorithm.MAPPO, "route": Route.EPISODES, **EPISODE_ROUTE}


def training_speed(settings: Settings) -> Iterator[Measurable]:
    """MAPPO in one file, on RLlib from our arrays, and on RLlib's own runner, with one thread and with all.

    A call is a whole round, sampling and learning, with the settings that each is used with.
    """
    yield _Trainers(settings, n_thread=1).comparison(
        {"mappo-fast": FAST, "mappo, RLlib with our runner": ARRAYS, "mappo, RLlib's own runner": STOCK}
    )
    if settings.all_threads > 1:
        yield _Trainers(settings, n_thread=settings.all_threads).comparison(
            {"mappo-fast": FAST, "mappo, RLlib with our runner": ARRAYS}
        )


class _Trainers:
    """Sessions that are measured in turn and closed together."""

    def __init__(self, settings: Settings, *, n_thread: int) -> None:
        self._quick, self._n_thread = settings.quick, n_thread
        self._sessions: list[LearningSession] = []

    def comparison(self, trainers: Mapping[str, Mapping[str, Any]]) -> Comparison:
        """Row of some trainers, each with its settings."""
        threads = "one thread" if self._n_thread == 1 else f"{self._n_thread} threads"
        return Comparison(
            title=f"MAPPO on {SETUP}, sampling and learning, {threads}",
            unit="environment step",
            cases=tuple(self._case(name, chosen) for name, chosen in trainers.items()),
            # the learner's threads, and whatever else Ray runs beside, count as they come
            basis=Basis.CPU if self._n_thread == 1 else Basis.WALL,
            total=WHOLE,
            close=self._close,
        )

    def _case(self, name: str, chosen: Mapping[str, Any]) -> Case | Missing:
        size = TEST_SIZE if self._quick else {}
        settings = TrainingSettings(**{**chosen, **size, "n_thread": self._n_thread})
        try:
            require_for(settings.algorithm)
        except MissingExtraError as error:
            return Missing.of_error(name, error)
        factory = training_factory(load_setup(SETUP), settings)
        session = begin_session(factory, form_roster(factory.build(), settings.sharing), settings, SilentDisplay())
        self._sessions.append(session)
        run: Callable[[], object] = partial(session.round, 0.0)
        note = f"rounds of {settings.n_step_round:,}, {settings.n_epoch} epochs"
        return Case(name=name, run=run, count=settings.n_step_round, threads=self._n_thread, note=note)

    def _close(self) -> None:
        # Ray was started with the first session that needs it, and ends with it
        for session in reversed(self._sessions):
            session.close()

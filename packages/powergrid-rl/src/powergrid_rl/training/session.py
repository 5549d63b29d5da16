"""A running algorithm, as the loop of rounds drives it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from powergrid_rl.training.display import Display
from powergrid_rl.training.environment import EnvironmentFactory
from powergrid_rl.training.learned_policy import ActorWeights
from powergrid_rl.training.settings import Algorithm, TrainingSettings
from powergrid_rl.training.teams import Roster


class LearningSession(Protocol):
    """What a trainer gives to the loop; log, checkpoints, learning curve and interruption are the loop's.

    Attributes
    ----------
    checkpoint_name
        Where its own files lie in a checkpoint.
    """

    checkpoint_name: str

    @property
    def n_step(self) -> int:
        """Environment steps sampled so far."""

    def round(self, used: float) -> Mapping[str, float]:
        """Sample and learn once.

        Parameters
        ----------
        used
            Share of the run that has passed, for what is annealed. [1]

        Returns
        -------
        Mapping
            Fields of a `Round` that the algorithm knows.
        """

    def actors(self) -> Mapping[str, ActorWeights]:
        """Weights of the acting networks by team."""

    def save(self, folder: Path) -> None:
        """Write everything needed to go on as if never stopped."""

    def restore(self, folder: Path) -> None:
        """Take back what `save` wrote."""

    def close(self) -> None:
        """Let go of what was started."""


def begin_session(
    factory: EnvironmentFactory, roster: Roster, settings: TrainingSettings, display: Display
) -> LearningSession:
    """Start the algorithm that a run is set to.

    Parameters
    ----------
    factory
        Builds the environments.
    roster
        Who learns.
    settings
        What the run is set to.
    display
        Who is told what takes time.
    """
    if settings.algorithm is Algorithm.MAPPO_FAST:
        from powergrid_rl.fast.session import FastSession

        return FastSession(factory, roster, settings)
    display.say("Starting Ray and RLlib …")
    from powergrid_rl.rllib.session import Session

    return Session(factory, roster, settings)

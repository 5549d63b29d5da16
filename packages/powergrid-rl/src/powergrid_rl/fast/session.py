"""The trainer in one file as part of a run: its environments, its policies, its file in a checkpoint."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from powergrid_rl.fast.mappo_fast import MappoFast
from powergrid_rl.networks import plain_layers
from powergrid_rl.training.environment import EnvironmentFactory
from powergrid_rl.training.errors import CheckpointError
from powergrid_rl.training.learned_policy import ActorWeights
from powergrid_rl.training.settings import TrainingSettings
from powergrid_rl.training.teams import Roster

_FILE = "state.pt"
_PLAIN = (torch.Tensor, str, int, float, bool, type(None))


class FastSession:
    """MAPPO without Ray, as the loop of rounds drives it.

    Parameters
    ----------
    factory
        Builds the environments.
    roster
        Who learns: one team.
    settings
        What the run is set to.
    """

    checkpoint_name = "mappo_fast"

    def __init__(self, factory: EnvironmentFactory, roster: Roster, settings: TrainingSettings) -> None:
        (self._team,) = roster.teams
        self._env = factory.build_vector(n_env=settings.n_env, stacked=True)
        self.trainer = MappoFast(self._env, settings)

    @property
    def n_step(self) -> int:
        """Environment steps sampled so far."""
        return self.trainer.n_step

    def round(self, used: float) -> dict[str, float]:
        """Sample and learn once; see `MappoFast.round`."""
        return self.trainer.round(used)

    def actors(self) -> dict[str, ActorWeights]:
        """Weights of the acting network by the team's name."""
        trainer = self.trainer
        return {self._team.name: plain_layers(trainer.networks.actor, trainer.settings.activation)}

    def save(self, folder: Path) -> None:
        """Write everything needed to go on as if never stopped: tensors and plain values.

        Raises
        ------
        CheckpointError
            If the environment's state holds anything else.
        """
        folder.mkdir(parents=True)
        torch.save(_with_tensors(self.trainer.save_state(), "state"), folder / _FILE)

    def restore(self, folder: Path) -> None:
        """Take back what `save` wrote; nothing but tensors and plain values is read.

        Raises
        ------
        CheckpointError
            If the file is missing or broken.
        """
        path = folder / _FILE
        try:
            state = torch.load(path, weights_only=True)
        except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as cause:
            raise CheckpointError(f"{path} cannot be read: {cause}.") from cause
        state["env"] = _with_arrays(state["env"])
        self.trainer.restore_state(state)

    def close(self) -> None:
        """Let go of the environments."""
        self._env.close()


def _with_tensors(value: Any, where: str) -> Any:
    """The same with tensors in place of arrays."""
    if isinstance(value, Mapping):
        return {key: _with_tensors(part, f"{where}[{key!r}]") for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_with_tensors(part, f"{where}[{place}]") for place, part in enumerate(value)]
    if isinstance(value, np.ndarray | np.generic):
        return torch.from_numpy(np.array(value))
    if not isinstance(value, _PLAIN):
        raise CheckpointError(
            f"{where} is of class {type(value).__qualname__}; a checkpoint holds arrays and plain values only.",
            remedy="Let save_state of that part give arrays, or train with --algo mappo.",
        )
    return value


def _with_arrays(value: Any) -> Any:
    """The same with arrays in place of tensors."""
    if isinstance(value, dict):
        return {key: _with_arrays(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_with_arrays(part) for part in value]
    return value.numpy() if isinstance(value, torch.Tensor) else value

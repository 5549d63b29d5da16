"""The trainers that ``powergrid train --algo`` names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heron.errors import ConfigError, suggest

if TYPE_CHECKING:
    from powergrid_rl.training.run_loop import TrainingResult

_OF_THE_RUN = ("budget", "env_class", "display")


def train_mappo(config: Mapping[str, Any], /, *, folder: Path, **settings: Any) -> TrainingResult:
    """PPO with a centralised critic that reads the global state.

    Parameters
    ----------
    config
        Configuration of the environment.
    folder
        Where log, learning curve and checkpoints go.
    **settings
        Fields of `TrainingSettings`, and ``budget``, ``env_class``, ``display`` as in `train`.

    Raises
    ------
    ConfigError
        If a setting is unknown.

    Source
    ------
    C. Yu et al., The surprising effectiveness of PPO in cooperative multi-agent games, NeurIPS 2022.
    """
    return _train("mappo", config, folder, settings)


def train_mappo_fast(config: Mapping[str, Any], /, *, folder: Path, **settings: Any) -> TrainingResult:
    """MAPPO in one file, without Ray; parameters, errors and source as `train_mappo`."""
    return _train("mappo-fast", config, folder, settings)


def train_ippo(config: Mapping[str, Any], /, *, folder: Path, **settings: Any) -> TrainingResult:
    """PPO with a critic that reads what its agent sees; parameters and errors as `train_mappo`.

    Source
    ------
    C. Schroeder de Witt et al., Is independent learning all you need in the StarCraft multi-agent challenge?, 2020.
    """
    return _train("ippo", config, folder, settings)


def _train(algorithm: str, config: Mapping[str, Any], folder: Path, settings: Mapping[str, Any]) -> TrainingResult:
    from powergrid_rl.training.settings import Algorithm, TrainingSettings
    from powergrid_rl.training.trainer import train

    known = [field.name for field in fields(TrainingSettings)]
    for name in settings:
        if name not in known and name not in _OF_THE_RUN:
            raise ConfigError(f"Training has no setting {name!r}.", remedy=suggest(name, [*known, *_OF_THE_RUN]))
    own = {name: value for name, value in settings.items() if name in known}
    rest = {name: value for name, value in settings.items() if name in _OF_THE_RUN}
    return train(config, folder=folder, settings=TrainingSettings(**{**own, "algorithm": Algorithm(algorithm)}), **rest)

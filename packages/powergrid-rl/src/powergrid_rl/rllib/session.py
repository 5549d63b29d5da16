"""A running algorithm: rounds of learning, checkpoints, and the networks in it."""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Mapping
from pathlib import Path

import ray
import torch
from ray.rllib.utils.metrics import ENV_RUNNER_RESULTS, EPISODE_RETURN_MEAN, LEARNER_RESULTS

from powergrid_rl.networks import plain_layers
from powergrid_rl.rllib.algorithm import ppo_config
from powergrid_rl.rllib.module import TeamModule
from powergrid_rl.training.environment import EnvironmentFactory
from powergrid_rl.training.learned_policy import ActorWeights
from powergrid_rl.training.settings import TrainingSettings
from powergrid_rl.training.teams import Roster

_OBJECT_STORE_BYTES = 200_000_000


class Session:
    """RLlib's algorithm on one machine, and Ray for as long as it lasts.

    Parameters
    ----------
    factory
        Builds the environments.
    roster
        Who learns.
    settings
        What the run is set to.
    """

    checkpoint_name = "rllib"

    def __init__(self, factory: EnvironmentFactory, roster: Roster, settings: TrainingSettings) -> None:
        self._roster = roster
        self._owns_ray = start_ray(settings.n_worker)
        torch.set_num_threads(1)
        self._algorithm = ppo_config(factory, roster, settings).build_algo()
        # RLlib makes this folder whatever it is told; everything of ours is in the run's own.
        with contextlib.suppress(OSError):
            Path(self._algorithm.logdir).rmdir()

    @property
    def n_step(self) -> int:
        """Environment steps sampled so far."""
        return int(self._algorithm.metrics.peek((ENV_RUNNER_RESULTS, "num_env_steps_sampled_lifetime"), default=0))

    def round(self, used: float) -> dict[str, float]:
        """Sample and learn once.

        Parameters
        ----------
        used
            Share of the run that has passed, for what is annealed. [1]

        Returns
        -------
        dict
            Fields of a `Round` that the algorithm knows.
        """
        self._algorithm.learner_group.foreach_learner(lambda learner: learner.set_progress(used))
        (rate,) = self._algorithm.learner_group.foreach_learner(lambda learner: learner.learning_rate)
        result = self._algorithm.train()
        learned = result[LEARNER_RESULTS][self._roster.teams[0].name]
        return {
            "training_return": float(result[ENV_RUNNER_RESULTS].get(EPISODE_RETURN_MEAN, math.nan)),
            "entropy": float(learned["entropy"]),
            "explained_variance": float(learned["vf_explained_var"]),
            "learning_rate": rate.get(),
        }

    def modules(self) -> Mapping[str, TeamModule]:
        """The learner's networks by team."""
        (found,) = self._algorithm.learner_group.foreach_learner(lambda learner: learner.module)
        return {team.name: found.get()[team.name].unwrapped() for team in self._roster.teams}

    def actors(self) -> dict[str, ActorWeights]:
        """Weights of the acting networks by team."""
        return {
            name: plain_layers(module.actor, module.model_config["activation"])
            for name, module in self.modules().items()
        }

    def save(self, folder: Path) -> None:
        """Write everything needed to go on as if never stopped."""
        self._algorithm.save_to_path(str(folder.absolute()))

    def restore(self, folder: Path) -> None:
        """Take back what `save` wrote."""
        self._algorithm.restore_from_path(str(folder.absolute()))

    def close(self) -> None:
        """End the algorithm, and Ray if it was started here."""
        self._algorithm.stop()
        if self._owns_ray:
            ray.shutdown()


def start_ray(n_worker: int) -> bool:
    """Start Ray on this machine, small and quiet, unless it runs already; whether it was started."""
    for name in ("ray", "ray.rllib", "ray.tune"):
        logging.getLogger(name).setLevel(logging.ERROR)
    if ray.is_initialized():
        return False
    ray.init(
        num_cpus=n_worker + 1,
        include_dashboard=False,
        log_to_driver=n_worker > 0,
        logging_level=logging.ERROR,
        object_store_memory=_OBJECT_STORE_BYTES,
    )
    return True

"""RLlib's PPO learner with settings that change over a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from ray.rllib.algorithms.ppo.torch.ppo_torch_learner import PPOTorchLearner

ANNEALING = "annealing"
THREADS = "threads"


class Annealed:
    """A number that goes in a straight line from its first to its last value, in RLlib's form of a scheduler.

    Parameters
    ----------
    first, last
        Values at the beginning and at the end of a run.
    """

    def __init__(self, first: float, last: float) -> None:
        self._first, self._last = first, last
        self._progress = 0.0

    def set_progress(self, progress: float) -> None:
        """Move to a share of the run, 0 … 1."""
        self._progress = min(1.0, max(0.0, progress))

    def get_current_value(self) -> float:
        """The value now."""
        return self._first + self._progress * (self._last - self._first)

    def update(self, timestep: int) -> float:
        """The value now; RLlib's count of steps plays no part."""
        return self.get_current_value()


class AnnealedPPOLearner(PPOTorchLearner):
    """PPO whose learning rate and entropy bonus follow the progress of the run.

    A run may be limited by time, so that its number of steps is not known beforehand: whoever drives the algorithm says
    how far it is with `set_progress`. ``config.learner_config_dict["annealing"]`` holds first and last values by name,
    and ``["threads"]`` how many threads the gradients are computed with; sampling, in the same process, has one.
    """

    def build(self) -> None:
        """Build the learner and its annealed settings."""
        super().build()
        values: Mapping[str, Any] = self.config.learner_config_dict[ANNEALING]
        self._rate = Annealed(*values["learning_rate"])
        self._entropy = Annealed(*values["entropy"])
        for name in self.module.keys():  # noqa: SIM118 - a module is no mapping to iterate over
            self.entropy_coeff_schedulers_per_module[name] = self._entropy

    def configure_optimizers_for_module(self, module_id: str, config: Any = None) -> None:
        """RLlib's own choice, Adam, with all tensors in one pass: these networks are so small that its Python shows."""
        params = self.get_parameters(self.module[module_id])
        self.register_optimizer(
            module_id=module_id,
            optimizer=torch.optim.Adam(params, fused=True),
            params=params,
            lr_or_lr_schedule=config.lr,
        )

    def set_progress(self, progress: float) -> None:
        """Take the share of the run that has passed, 0 … 1."""
        self._rate.set_progress(progress)
        self._entropy.set_progress(progress)

    @property
    def learning_rate(self) -> float:
        """Learning rate of the present round."""
        return self._rate.get_current_value()

    def before_gradient_based_update(self, *, timesteps: dict[str, Any]) -> None:
        """Set the learning rate of this round, and take the threads for it."""
        super().before_gradient_based_update(timesteps=timesteps)
        for optimizer in self._named_optimizers.values():
            self._set_optimizer_lr(optimizer, lr=self.learning_rate)
        torch.set_num_threads(self.config.learner_config_dict[THREADS])

    def after_gradient_based_update(self, *, timesteps: dict[str, Any]) -> None:
        """Keep this round's learning rate, which RLlib would put back to its schedule's, and give the threads back."""
        torch.set_num_threads(1)
        super().after_gradient_based_update(timesteps=timesteps)
        for optimizer in self._named_optimizers.values():
            self._set_optimizer_lr(optimizer, lr=self.learning_rate)

"""Scale of a critic's targets, kept beside the critic."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SMALLEST_SPREAD = 1e-3


class ValueScale(nn.Module):
    """Running mean and spread of value targets; the critic learns normalised values.

    When the scale moves, the critic's last layer is corrected so that what it predicts in real units stays the same.

    Parameters
    ----------
    memory
        Weight of the past at each update, below 1. [1]

    Source
    ------
    H. van Hasselt et al., Learning values across many orders of magnitude (Pop-Art), NeurIPS 2016.
    """

    mean: Tensor
    square: Tensor
    weight: Tensor

    def __init__(self, memory: float) -> None:
        super().__init__()
        self.memory = memory
        self.register_buffer("mean", torch.zeros(()))
        self.register_buffer("square", torch.zeros(()))
        self.register_buffer("weight", torch.zeros(()))

    def location(self) -> Tensor:
        """Present mean of the targets; 0 before the first update."""
        return self.mean / self.weight.clamp(min=1e-8)

    def spread(self) -> Tensor:
        """Present standard deviation of the targets; 1 before the first update."""
        if float(self.weight) == 0.0:
            return torch.ones(())
        variance = self.square / self.weight - self.location() ** 2
        return variance.clamp(min=SMALLEST_SPREAD**2).sqrt()

    def normalise(self, value: Tensor) -> Tensor:
        """From real units to the critic's."""
        return (value - self.location()) / self.spread()

    def restore(self, value: Tensor) -> Tensor:
        """From the critic's units to real ones."""
        return value * self.spread() + self.location()

    @torch.no_grad()
    def update(self, targets: Tensor, last: nn.Linear) -> None:
        """Take in new targets and correct the critic's last layer.

        Parameters
        ----------
        targets
            Value targets in real units, any shape.
        last
            Layer whose outputs are normalised values.
        """
        location, spread = self.location(), self.spread()
        self.mean.mul_(self.memory).add_((1.0 - self.memory) * targets.mean())
        self.square.mul_(self.memory).add_((1.0 - self.memory) * targets.square().mean())
        self.weight.mul_(self.memory).add_(1.0 - self.memory)
        ratio = spread / self.spread()
        last.weight.mul_(ratio)
        last.bias.mul_(ratio).add_((location - self.location()) / self.spread())

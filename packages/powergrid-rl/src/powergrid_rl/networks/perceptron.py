"""Fully connected networks, and their weights as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from torch import nn

from powergrid_rl.training.learned_policy import ActorWeights

ACTIVATIONS: Mapping[str, type[nn.Module]] = {"tanh": nn.Tanh, "relu": nn.ReLU}


def perceptron(
    n_input: int, hidden: Sequence[int], n_output: int, *, activation: str, last_gain: float
) -> nn.Sequential:
    """Fully connected layers with orthogonal weights and an activation between them.

    Parameters
    ----------
    n_input, hidden, n_output
        Widths of the layers.
    activation
        Name in `ACTIVATIONS`.
    last_gain
        Gain of the last layer's weights. [1]

    Source
    ------
    Gains as in M. Andrychowicz et al., What matters in on-policy reinforcement learning?, ICLR 2021: a small last
    layer makes the first actions nearly equal in all states.
    """
    sizes = [n_input, *hidden, n_output]
    layers: list[nn.Module] = []
    for place, (inwards, outwards) in enumerate(pairwise(sizes)):
        layer = nn.Linear(inwards, outwards)
        is_last = place == len(sizes) - 2
        nn.init.orthogonal_(layer.weight, gain=last_gain if is_last else 2.0**0.5)
        nn.init.zeros_(layer.bias)
        layers += [layer] if is_last else [layer, ACTIVATIONS[activation]()]
    return nn.Sequential(*layers)


def plain_layers(network: nn.Sequential, activation: str) -> ActorWeights:
    """Copies of a perceptron's weights that need no PyTorch."""
    layers = [layer for layer in network if isinstance(layer, nn.Linear)]
    return ActorWeights(
        weights=tuple(layer.weight.detach().cpu().numpy().copy() for layer in layers),
        biases=tuple(layer.bias.detach().cpu().numpy().copy() for layer in layers),
        activation=activation,
    )

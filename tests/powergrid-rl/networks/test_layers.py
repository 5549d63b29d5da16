"""Fully connected networks."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from powergrid_rl.networks import ACTIVATIONS, perceptron, plain_layers


def test_the_quick_tangent_is_the_hyperbolic_tangent_and_has_its_slope() -> None:
    values = torch.linspace(-30.0, 30.0, 6001, requires_grad=True)
    found = ACTIVATIONS["tanh"]()(values)
    (slope,) = torch.autograd.grad(found.sum(), values)
    exact = values.detach().double().numpy()
    np.testing.assert_allclose(found.detach().numpy(), np.tanh(exact), rtol=0.0, atol=3e-7)
    np.testing.assert_allclose(slope.numpy(), 1.0 - np.tanh(exact) ** 2, rtol=0.0, atol=1e-6)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_plain_layers_give_what_the_network_gives(activation: str) -> None:
    torch.manual_seed(0)
    network = perceptron(5, (8, 6), 3, activation=activation, last_gain=1.0)
    inputs = torch.randn(20, 5)
    with torch.no_grad():
        expected = network(inputs).numpy()
    np.testing.assert_allclose(plain_layers(network, activation)(inputs.numpy()), expected, rtol=0.0, atol=2e-6)


def test_the_last_layer_starts_small_and_without_bias() -> None:
    # orthogonal rows of length 0.01
    last = perceptron(5, (8,), 3, activation="tanh", last_gain=0.01)[-1]
    np.testing.assert_allclose((last.weight @ last.weight.T).detach().numpy(), 1e-4 * np.eye(3), rtol=0.0, atol=1e-9)
    assert not last.bias.any()

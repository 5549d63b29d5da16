"""Networks that every trainer builds from; needs PyTorch."""

from powergrid_rl.networks.layers import ACTIVATIONS as ACTIVATIONS
from powergrid_rl.networks.layers import perceptron as perceptron
from powergrid_rl.networks.layers import plain_layers as plain_layers
from powergrid_rl.networks.value_scale import ValueScale as ValueScale

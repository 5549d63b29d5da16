"""A trained policy that acts without PyTorch or Ray."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from heron.core.observation import Observation
from heron.core.policy import Policy
from heron.types import Float32Array, FloatArray
from powergrid_rl.training.errors import CheckpointError


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorWeights:
    """Layers of a fully connected network.

    Parameters
    ----------
    weights, biases
        Of each layer, ``(n_output, n_input)`` and ``(n_output,)``.
    activation
        ``"tanh"`` or ``"relu"``, between the layers.
    """

    weights: tuple[Float32Array, ...]
    biases: tuple[Float32Array, ...]
    activation: str

    @property
    def n_input(self) -> int:
        """Length of what it reads."""
        return int(self.weights[0].shape[1])

    @property
    def n_output(self) -> int:
        """Length of what it gives."""
        return int(self.weights[-1].shape[0])

    def __call__(self, values: Float32Array) -> Float32Array:
        """Outputs ``(row, n_output)`` for inputs ``(row, n_input)``."""
        for place, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = values @ weight.T + bias
            if place < len(self.weights) - 1:
                values = np.tanh(values) if self.activation == "tanh" else np.maximum(values, 0.0)
        return values


class LearnedPolicy(Policy):
    """Mean action of a trained policy: it decides the same for the same observation.

    Parameters
    ----------
    agent_id
        Whose policy it is.
    actor
        The network.
    names
        Rows the agent observed in training, in order.
    one_hot
        Which of the learners the agent is, as the network was trained with it; empty where it was trained without.
    """

    def __init__(
        self, agent_id: str, actor: ActorWeights, *, names: Sequence[str], one_hot: Sequence[float] = ()
    ) -> None:
        self.agent_id = agent_id
        self._actor = actor
        self._names = tuple(names)
        self._one_hot = np.asarray(one_hot, dtype=np.float32)

    def attach(self, action_dim: int) -> None:
        """Learn the dimension of the agent's action.

        Raises
        ------
        CheckpointError
            If the policy was trained for another one.
        """
        super().attach(action_dim)
        if action_dim != self._actor.n_output:
            raise CheckpointError(
                f"The policy of agent {self.agent_id!r} gives {self._actor.n_output} values, "
                f"but its action here has {action_dim}.",
                remedy="Use the setup that the policy was trained on.",
            )

    def act(self, observation: Observation) -> FloatArray:
        """Mean action, cut to -1 … 1, ``(n_env, action_dim)``.

        Raises
        ------
        CheckpointError
            If the agent sees other rows than in training.
        """
        self._check(observation)
        values = observation.values[:, : len(self._names)]
        if len(self._one_hot):
            mark = np.broadcast_to(self._one_hot, (len(values), len(self._one_hot)))
            values = np.concatenate([values, mark], axis=1)
        action: FloatArray = np.clip(self._actor(values).astype(np.float64), -1.0, 1.0)
        return action

    def _check(self, observation: Observation) -> None:
        seen = tuple(observation.names)
        if seen == self._names:
            return
        missing = [name for name in self._names if name not in seen]
        new = [name for name in seen if name not in self._names]
        raise CheckpointError(
            f"Agent {self.agent_id!r} sees {len(seen)} rows, its policy was trained on {len(self._names)}: "
            f"missing {missing[:3]}, new {new[:3]}, or in another order.",
            remedy="Use the setup that the policy was trained on.",
        )

"""The networks of one team: a shared actor and a critic."""

from __future__ import annotations

from typing import Any

import torch
from ray.rllib.core.columns import Columns
from ray.rllib.core.distribution.torch.torch_distribution import TorchDiagGaussian
from ray.rllib.core.rl_module.apis import InferenceOnlyAPI, ValueFunctionAPI
from ray.rllib.core.rl_module.torch import TorchRLModule
from torch import Tensor, nn

from powergrid_rl.networks import ValueScale, perceptron

STATE = "state"
"""Column of the global state that a centralised critic reads."""


class TeamModule(TorchRLModule, ValueFunctionAPI, InferenceOnlyAPI):
    """Actor and critic of the agents that share one policy.

    The actor gives the mean of a Gaussian for an observation; its spread is learned but does not depend on the
    observation. A *central* critic reads the global state once and has one output per agent of the team; a *local*
    one reads the agent's observation. Values are normalised; `value_scale` knows their real units.

    Rows of a batch are environment steps with all agents, ``(row, agent, dim)``, or single agents' steps,
    ``(row, dim)``; in the latter form a central critic finds the agent in the one-hot at the observation's end.
    """

    n_update: Tensor

    def setup(self) -> None:
        """Build the networks from ``model_config``."""
        config = self.model_config
        n_observation, n_action = self.observation_space.shape[-1], self.action_space.shape[-1]
        hidden, activation = config["hidden"], config["activation"]
        self.actor = perceptron(n_observation, hidden, n_action, activation=activation, last_gain=0.01)
        self.log_spread = nn.Parameter(torch.full((n_action,), float(config["log_spread"])))
        self.n_agent: int = config["n_agent"]
        self.is_central: bool = config["central"]
        self.heads: list[int] = list(config["heads"])
        n_input = config["n_state"] if self.is_central else n_observation
        n_output = self.n_agent if self.is_central else 1
        self.critic = perceptron(n_input, hidden, n_output, activation=activation, last_gain=1.0)
        self.value_scale = ValueScale(config["value_memory"])
        self.register_buffer("n_update", torch.zeros((), dtype=torch.int64))
        self.action_dist_cls = TorchDiagGaussian

    def count_update(self) -> None:
        """Count one round of learning; the number is part of the weights, so that a restored module goes on."""
        self.n_update += 1

    def get_non_inference_attributes(self) -> list[str]:
        """What acting does not need."""
        return ["critic", "value_scale"]

    def _forward(self, batch: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        mean = self.actor(batch[Columns.OBS])
        return {Columns.ACTION_DIST_INPUTS: torch.cat([mean, self.log_spread.expand_as(mean)], dim=-1)}

    def compute_values(self, batch: dict[str, Any], embeddings: Any = None) -> Tensor:
        """Normalised values, one per agent's step: ``(row, agent)`` or ``(row,)``."""
        observation = batch[Columns.OBS]
        if not self.is_central:
            return self.critic(observation).squeeze(-1)
        values: Tensor = self.critic(batch[STATE])
        if observation.dim() == values.dim() + 1:
            return values
        return self._own_head(values, observation)

    def _own_head(self, values: Tensor, observation: Tensor) -> Tensor:
        if self.n_agent == 1:
            return values.squeeze(-1)
        learner = observation[..., -len(self.heads) :].argmax(dim=-1)
        head = torch.tensor(self.heads, device=values.device)[learner]
        return values.gather(-1, head.unsqueeze(-1)).squeeze(-1)

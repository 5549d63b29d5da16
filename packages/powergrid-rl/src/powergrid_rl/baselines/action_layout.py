"""From what a controller wants of each device to the entries of its agent's action."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from heron.agents.hierarchical import HierarchicalAgent
from heron.errors import ConfigError
from heron.types import FloatArray


class ActionLayout:
    """Where each setpoint field sits in an agent's action.

    Parameters
    ----------
    agent
        An agent whose protocol names its entries ``device.field`` or, where shared, ``field``.

    Raises
    ------
    ConfigError
        If the agent directs no devices by setpoints.
    """

    def __init__(self, agent: HierarchicalAgent) -> None:
        if agent.protocol is None or not agent.subordinates:
            raise ConfigError(f"Agent {agent.agent_id!r} directs no devices; a baseline has nothing to set.")
        self.names = agent.protocol.action_names(agent.subordinates)
        neutral = agent.protocol.neutral_action(agent.subordinates)
        if neutral is None:
            raise ConfigError(f"The protocol of agent {agent.agent_id!r} takes no setpoints.")
        self.neutral = neutral
        fields = {f"{name}.{f.name}": f for name, sub in agent.subordinates.items() for f in sub.setpoint_fields()}
        self._bounds = {name: (field.low, field.high) for name, field in fields.items()}

    def action(self, physical: Mapping[str, FloatArray], fractions: Mapping[str, FloatArray], n_env: int) -> FloatArray:
        """Action ``(n_env, dim)`` in -1 … 1.

        Parameters
        ----------
        physical
            Setpoints by ``device.field`` in their units, each ``(n_env,)``; scaled to the field's bounds.
        fractions
            Values in -1 … 1 by field name, for every entry of that field that is not in ``physical``.
        n_env
            Number of environments.
        """
        action = np.repeat(self.neutral[np.newaxis], n_env, axis=0)
        for position, name in enumerate(self.names):
            if name in physical:
                low, high = self._bounds[name]
                spread = max(high - low, 1e-12)
                action[:, position] = np.clip(2.0 * (physical[name] - low) / spread - 1.0, -1.0, 1.0)
            elif name.rpartition(".")[2] in fractions:
                action[:, position] = np.clip(fractions[name.rpartition(".")[2]], -1.0, 1.0)
        return action

"""From what a controller wants of each device to the entries of its agent's action."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from heron.agents.field_agent import FieldAgent
from heron.agents.hierarchical import HierarchicalAgent
from heron.errors import ConfigError
from heron.protocols.vertical import SetpointProtocol
from heron.types import FloatArray


class ActionLayout:
    """Where each setpoint field sits in an agent's action.

    Parameters
    ----------
    agent
        An agent that sets its devices' setpoints.

    Raises
    ------
    ConfigError
        If the agent does anything else.
    """

    def __init__(self, agent: HierarchicalAgent) -> None:
        if not isinstance(agent.protocol, SetpointProtocol) or not agent.subordinates:
            raise ConfigError(
                f"Agent {agent.agent_id!r} sets no setpoints (its protocol is {type(agent.protocol).__name__}).",
                remedy="The rule-based controller is for agents with a SetpointProtocol and devices.",
            )
        self.names = agent.protocol.action_names(agent.subordinates)
        self.neutral = agent.protocol.neutral_action(agent.subordinates)
        self._bounds = {
            f"{name}.{field.name}": (field.low, field.high)
            for name, subordinate in agent.subordinates.items()
            if isinstance(subordinate, FieldAgent)
            for field in subordinate.setpoint_fields()
        }

    def action(self, physical: Mapping[str, FloatArray], fractions: Mapping[str, FloatArray], n_env: int) -> FloatArray:
        """Action ``(n_env, dim)`` in -1 … 1; entries that nothing is said about stay neutral.

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
            field = name.rpartition(".")[2]
            if name in physical:
                low, high = self._bounds[name]
                spread = max(high - low, 1e-12)
                action[:, position] = np.clip(2.0 * (physical[name] - low) / spread - 1.0, -1.0, 1.0)
            elif field in fractions:
                action[:, position] = np.clip(fractions[field], -1.0, 1.0)
        return action

"""Names, fields and neutral value of an agent's action."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from heron.agents.agent import Agent
from heron.agents.field_agent import FieldAgent
from heron.agents.hierarchical import HierarchicalAgent
from heron.plant.interface import SetpointField
from heron.protocols.vertical import SetpointProtocol
from heron.types import FloatArray


def setpoint_fields(agent: Agent) -> Sequence[SetpointField] | None:
    """The field behind each entry of an agent's action; None where an entry is no setpoint."""
    if isinstance(agent, FieldAgent):
        return agent.setpoint_fields()
    if isinstance(agent, HierarchicalAgent) and isinstance(agent.protocol, SetpointProtocol):
        fields = [field for below in agent.subordinates.values() for field in below.setpoint_fields()]
        return fields if len(fields) == agent.action_dim else None
    return None


def action_names(agent: Agent) -> list[str]:
    """Name of each entry of an agent's action."""
    if isinstance(agent, HierarchicalAgent):
        return [] if agent.protocol is None else agent.protocol.action_names(agent.subordinates)
    return [field.name for field in agent.setpoint_fields()]


def neutral_action(agent: Agent, *, normalized: bool) -> FloatArray | None:
    """Action that means *do nothing*, ``(dim,)``; None where the agent's protocol has none."""
    fields = setpoint_fields(agent)
    if fields is not None and not normalized:
        return np.array([field.neutral for field in fields])
    if isinstance(agent, HierarchicalAgent):
        return None if agent.protocol is None else agent.protocol.neutral_action(agent.subordinates)
    return np.array([field.normalized_neutral() for field in agent.setpoint_fields()])

"""Fixed maps from the learners' actions to setpoints, composed into one gather."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from heron.agents.agent import Agent
from heron.agents.field_agent import FieldAgent
from heron.agents.hierarchical import HierarchicalAgent
from heron.errors import ConfigError
from heron.plant.interface import SetpointBlock
from heron.protocols.base import Routing
from heron.protocols.vertical import SetpointProtocol
from heron.types import FloatArray, IndexArray


def routing_of(agent: Agent, setpoints: Mapping[str, SetpointBlock], *, normalized: bool) -> Routing | None:
    """How an agent's action becomes setpoints, if that is a fixed map; None otherwise.

    Parameters
    ----------
    agent
        A coordinator whose protocol compiles, or a field agent that asks for its own setpoints.
    setpoints
        The plant's setpoints by field agent.
    normalized
        Whether actions are -1 … 1 or physical.

    Raises
    ------
    ConfigError
        If the protocol drives fields of different bounds with one physical number.
    """
    if isinstance(agent, FieldAgent):
        known = agent.agent_id in setpoints and type(agent).to_setpoint is FieldAgent.to_setpoint
        found = _own_routing(setpoints[agent.agent_id]) if known else None
    elif isinstance(agent, HierarchicalAgent) and agent.protocol is not None and not agent.protocol.inbox:
        found = agent.protocol.compile(agent.subordinates, setpoints)
    else:
        found = None
    own_units = isinstance(agent, FieldAgent) or isinstance(agent.protocol, SetpointProtocol)
    if found is None or normalized or not own_units:
        return found
    if len(set(found.index.tolist())) < len(found.index):
        raise ConfigError(
            f"Agent {agent.agent_id!r} drives several setpoints with one number under physical action units.",
            remedy="Fields can only be shared with action_units: normalized.",
        )
    return Routing(found.rows, found.index, np.ones_like(found.scale), np.zeros_like(found.offset))


def join(routings: Sequence[Routing], first: Sequence[int]) -> Routing:
    """One routing for the actions of several agents, stacked.

    Parameters
    ----------
    routings
        One per agent.
    first
        Position of each agent's first entry among the stacked actions.
    """
    rows: list[IndexArray] = [routing.rows for routing in routings]
    index: list[IndexArray] = [routing.index + start for routing, start in zip(routings, first, strict=True)]
    scale: list[FloatArray] = [routing.scale for routing in routings]
    offset: list[FloatArray] = [routing.offset for routing in routings]
    nothing, column = np.zeros(0, dtype=np.intp), np.zeros((0, 1))
    return Routing(
        rows=np.concatenate([nothing, *rows]),
        index=np.concatenate([nothing, *index]),
        scale=np.concatenate([column, *scale]),
        offset=np.concatenate([column, *offset]),
    )


def _own_routing(block: SetpointBlock) -> Routing:
    low = np.array([[field.low] for field in block.fields]).reshape(-1, 1)
    high = np.array([[field.high] for field in block.fields]).reshape(-1, 1)
    return Routing(block.rows, np.arange(len(block.fields)), 0.5 * (high - low), 0.5 * (high + low))

"""Who decides what in a step, worked out once: fixed maps as one gather, the rest in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from heron.agents.agent import Agent
from heron.agents.binding import AgentBinding
from heron.agents.field_agent import FieldAgent
from heron.agents.hierarchical import HierarchicalAgent
from heron.core.table import StateTable
from heron.errors import ActionError, ConfigError
from heron.plant.interface import Plant
from heron.types import FloatArray, IndexArray


class ControlPlan:
    """Turns decisions into latched setpoints, in the order of the levels.

    Parameters
    ----------
    binding
        The agents and their inboxes.
    plant
        Whose setpoints are latched.
    learners
        Agents whose actions come from outside.
    normalized
        Whether actions are -1 … 1 or physical.
    """

    def __init__(
        self, binding: AgentBinding, plant: Plant, learners: Sequence[str], *, normalized: bool = True
    ) -> None:
        self._binding = binding
        self._plant = plant
        self._normalized = normalized
        self._agents = binding.agents
        self.learners = tuple(learners)
        self.dims = {agent_id: self._agents[agent_id].action_dim for agent_id in self.learners}
        self.action_names = {agent_id: self._name_actions(self._agents[agent_id]) for agent_id in self.learners}
        order = sorted(self._agents.values(), key=lambda agent: -agent.level)
        self._prepare(order)
        routed = self._compile()
        self._turns = [agent for agent in order if agent.agent_id not in routed and self._has_turn(agent)]

    def latch(self, actions: Mapping[str, FloatArray], table: StateTable) -> None:
        """Turn the learners' actions and everyone else's policies into setpoints.

        Parameters
        ----------
        actions
            Each learner's action ``(n_env, dim)``.
        table
            Where setpoints are latched.
        """
        if len(self._rows):
            stacked = np.concatenate([actions[agent_id].T for agent_id in self.learners])
            table.values[self._rows] = self._offset + self._scale * stacked[self._index]
        directives: dict[str, Any] = {}
        for agent in self._turns:
            self._take_turn(agent, actions.get(agent.agent_id), directives, table)

    def neutral(self, agent_id: str) -> FloatArray | None:
        """Action of a learner that means *do nothing*, ``(dim,)``; None where its protocol has none."""
        agent = self._agents[agent_id]
        if isinstance(agent, HierarchicalAgent):
            return None if agent.protocol is None else agent.protocol.neutral_action(agent.subordinates)
        fields = agent.setpoint_fields()
        if not self._normalized:
            return np.array([field.neutral for field in fields])
        spreads = [field.high - field.low for field in fields]
        return np.array(
            [2.0 * (f.neutral - f.low) / s - 1.0 if s > 0.0 else 0.0 for f, s in zip(fields, spreads, strict=True)]
        )

    def bounds(self, agent_id: str) -> tuple[FloatArray, FloatArray]:
        """Lower and upper bounds of a learner's action, each ``(dim,)``."""
        dim = self.dims[agent_id]
        fields = self._physical_fields(self._agents[agent_id])
        if self._normalized or fields is None:
            return np.full(dim, -1.0), np.full(dim, 1.0)
        return np.array([field.low for field in fields]), np.array([field.high for field in fields])

    def _prepare(self, order: Sequence[Agent]) -> None:
        for agent in order:
            if isinstance(agent, HierarchicalAgent) and agent.protocol is not None:
                agent.protocol.check(agent.subordinates)
            if agent.policy is not None:
                agent.policy.attach(agent.action_dim)

    def _compile(self) -> set[str]:
        routed: set[str] = set()
        rows: list[IndexArray] = []
        index: list[IndexArray] = []
        scale: list[FloatArray] = []
        offset: list[FloatArray] = []
        first = 0
        for agent_id in self.learners:
            routing = self._routing(self._agents[agent_id])
            if routing is not None:
                routed.add(agent_id)
                rows.append(routing.rows)
                index.append(routing.index + first)
                scale.append(routing.scale if self._normalized else np.ones_like(routing.scale))
                offset.append(routing.offset if self._normalized else np.zeros_like(routing.offset))
            first += self.dims[agent_id]
        self._rows = np.concatenate(rows) if rows else np.zeros(0, dtype=np.intp)
        self._index = np.concatenate(index) if index else np.zeros(0, dtype=np.intp)
        self._scale = np.concatenate(scale) if scale else np.zeros((0, 1))
        self._offset = np.concatenate(offset) if offset else np.zeros((0, 1))
        return routed

    def _routing(self, agent: Agent) -> Any:
        if not isinstance(agent, HierarchicalAgent) or agent.protocol is None:
            return None
        shared = getattr(agent.protocol, "shared", ())
        if shared and not self._normalized:
            raise ConfigError(
                f"Agent {agent.agent_id!r} shares setpoint fields {list(shared)} under physical action units.",
                remedy="Fields with different bounds can only be shared with action_units: normalized.",
            )
        return agent.protocol.compile(agent.subordinates, self._plant.setpoints)

    def _has_turn(self, agent: Agent) -> bool:
        if agent.agent_id in self.learners or agent.policy is not None:
            return True
        superior = self._agents.get(agent.upstream_id or "")
        return isinstance(agent, FieldAgent) and superior is not None and not self._is_routed(superior)

    def _is_routed(self, agent: Agent) -> bool:
        return agent.agent_id in self.learners and self._routing(agent) is not None

    def _take_turn(
        self, agent: Agent, action: FloatArray | None, directives: dict[str, Any], table: StateTable
    ) -> None:
        if action is None and agent.policy is not None:
            action = self._checked(agent, agent.act(agent.observe()))
        if isinstance(agent, HierarchicalAgent):
            if action is None:
                return
            observation = agent.observe()
            for name, directive in agent.coordinate_subordinates(observation, action).items():
                receiver = agent.subordinates[name]
                directives[receiver.agent_id] = directive
                self._binding.deliver(receiver.agent_id, directive)
        elif isinstance(agent, FieldAgent):
            setpoint = self._setpoint(agent, action, directives.get(agent.agent_id))
            if setpoint is not None:
                table.values[self._plant.setpoints[agent.agent_id].rows] = setpoint

    def _setpoint(self, agent: FieldAgent, action: FloatArray | None, directive: Any) -> FloatArray | None:
        if action is None and directive is None:
            return None
        if action is not None:
            return agent.to_setpoint(action, normalized=self._normalized)
        if isinstance(directive, Mapping):
            return agent.respond_to_price(np.asarray(directive["price"], dtype=np.float64))
        return agent.to_setpoint(directive, normalized=self._normalized)

    def _checked(self, agent: Agent, action: FloatArray | None) -> FloatArray | None:
        if action is None:
            return None
        expected = (self._plant.table.n_env, agent.action_dim)
        if action.shape != expected or not np.all(np.isfinite(action)):
            raise ActionError(
                f"The policy of agent {agent.agent_id!r} gave an action of shape {action.shape}, "
                f"expected finite numbers of shape {expected}."
            )
        return action

    @staticmethod
    def _physical_fields(agent: Agent) -> list[Any] | None:
        if isinstance(agent, FieldAgent):
            return list(agent.setpoint_fields())
        if isinstance(agent, HierarchicalAgent):
            fields = [field for sub in agent.subordinates.values() for field in sub.setpoint_fields()]
            return fields if len(fields) == agent.action_dim else None
        return None

    @staticmethod
    def _name_actions(agent: Agent) -> list[str]:
        if isinstance(agent, HierarchicalAgent):
            return [] if agent.protocol is None else agent.protocol.action_names(agent.subordinates)
        return [field.name for field in agent.setpoint_fields()]

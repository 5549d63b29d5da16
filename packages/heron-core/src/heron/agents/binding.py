"""Binding: giving every agent its rows of the state table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from heron.agents.account import Account
from heron.agents.agent import Agent
from heron.agents.hierarchical import HierarchicalAgent
from heron.core.quantity import Quantity
from heron.core.table import StateTable, TableBuilder
from heron.core.visibility import Visibility
from heron.errors import ConfigError
from heron.types import IndexArray

_INBOX_AGE = Quantity(name="age_s", unit="s", scale=3600.0, visibility=frozenset({Visibility.OWNER}))


class AgentBinding:
    """Rows that belong to agents rather than to the plant: accounts, inboxes, coordinators' states.

    Parameters
    ----------
    agents
        Every agent of the world by name, superiors before subordinates.

    Raises
    ------
    ConfigError
        If an agent appears under two names.
    """

    def __init__(self, agents: Mapping[str, Agent]) -> None:
        self.agents = dict(agents)
        for name, agent in self.agents.items():
            if name != agent.agent_id:
                raise ConfigError(f"Agent {agent.agent_id!r} is registered under another name, {name!r}.")
        self._account: dict[str, slice] = {}
        self._inbox: dict[str, dict[str, int]] = {}
        self._states: dict[str, list[list[int]]] = {}

    def declare(self, builder: TableBuilder) -> None:
        """Add the rows to a table that is being built."""
        names = list(self.agents)
        for quantity in Account().declarations():
            self._account[quantity.name] = builder.add_block(names, quantity, feature=Account.row_name)
        for agent in self.agents.values():
            if isinstance(agent, HierarchicalAgent):
                self._states[agent.agent_id] = [
                    feature.declare_rows(builder, agent.agent_id) for feature in agent.state.features
                ]
                self._declare_inboxes(builder, agent)

    def connect(self, table: StateTable) -> None:
        """Bind accounts and states, and record who owns which row."""
        for position, agent in enumerate(self.agents.values()):
            rows = [block.start + position for block in self._account.values()]
            agent.account.bind(table, rows)
            self._own(table, rows, agent)
            for feature, feature_rows in zip(agent.state.features, self._states.get(agent.agent_id, []), strict=False):
                if feature.is_declared():
                    feature.bind(table, feature_rows)
                self._own(table, feature_rows, agent)
            self._own(table, list(self._inbox.get(agent.agent_id, {}).values()), agent)
        self.table = table

    def account_rows(self, name: str, agent_ids: list[str]) -> IndexArray:
        """Rows of ``"cost"`` or ``"safety"`` of some agents, shape ``(n_agent,)``."""
        position = {agent_id: place for place, agent_id in enumerate(self.agents)}
        return np.array([self._account[name].start + position[agent_id] for agent_id in agent_ids], dtype=np.intp)

    def deliver(self, receiver: str, directive: object, *, age_s: float = 0.0) -> None:
        """Write what a directive carries into the receiver's inbox rows. [s]"""
        inbox = self._inbox.get(receiver)
        if inbox is None or not isinstance(directive, Mapping):
            return
        for name, value in directive.items():
            if name in inbox:
                self.table.values[inbox[name]] = value
        self.table.values[inbox["age_s"]] = age_s

    def _declare_inboxes(self, builder: TableBuilder, superior: HierarchicalAgent) -> None:
        carried = list(superior.protocol.inbox) if superior.protocol is not None else []
        if not carried:
            return
        for agent in superior.subordinates.values():
            rows = {
                quantity.name: builder.add_block([agent.agent_id], quantity, feature="inbox").start
                for quantity in [*carried, _INBOX_AGE]
            }
            self._inbox[agent.agent_id] = rows

    @staticmethod
    def _own(table: StateTable, rows: list[int], agent: Agent) -> None:
        table.own(rows, agent_id=agent.agent_id, parent_id=agent.upstream_id)

"""Binding: giving every agent its rows of the state table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from heron.agents.account import Account
from heron.agents.agent import Agent
from heron.agents.hierarchical import HierarchicalAgent, circle_error, require_no_circle
from heron.core.quantity import Quantity
from heron.core.table import StateTable, TableBuilder
from heron.core.visibility import Visibility
from heron.errors import ConfigError
from heron.protocols.peers import HorizontalProtocol
from heron.types import IndexArray

AGE = "age_s"
"""Inbox row with the age of the last directive; peers' has the protocol's name before it, ``consensus_age_s``."""


class AgentBinding:
    """Rows that belong to agents rather than to the plant: accounts, inboxes, and what the plant knows nothing of.

    Parameters
    ----------
    agents
        Every agent of the world by name, superiors before subordinates.
    peers
        Protocols between peers, whose members get inbox rows.

    Raises
    ------
    ConfigError
        If an agent appears under two names, is part of another environment or below itself, or its subordinate is not
        among the agents.
    """

    def __init__(self, agents: Mapping[str, Agent], peers: Sequence[HorizontalProtocol] = ()) -> None:
        self.agents = dict(agents)
        self._peers = tuple(peers)
        for name, agent in self.agents.items():
            self._check(name, agent)
        self._account: dict[str, slice] = {}
        self._inbox: dict[str, dict[str, int]] = {}
        self._ages: list[int] = []
        self.age_rows: IndexArray = np.zeros(0, dtype=np.intp)
        self._states: dict[str, list[list[int]]] = {}

    def declare(self, builder: TableBuilder) -> None:
        """Add the rows to a table that is being built; the plant has added its own before.

        A feature for which the plant has added rows of the same names is bound to them: so a plant
        writes into the state of a device's or an area's agent. Any other feature gets rows here.
        """
        names = list(self.agents)
        for quantity in Account().declarations():
            self._account[quantity.name] = builder.add_block(names, quantity, feature=Account.row_name)
        for agent in self.agents.values():
            self._states[agent.agent_id] = [
                feature.find_rows(builder, agent.agent_id) or feature.declare_rows(builder, agent.agent_id)
                for feature in agent.state.features
            ]
            if isinstance(agent, HierarchicalAgent) and agent.protocol is not None and agent.protocol.inbox:
                for below in agent.subordinates.values():
                    self._declare_inbox(builder, below.agent_id, agent.protocol.inbox, age=AGE)
        for protocol in self._peers:
            for member in protocol.members if protocol.inbox else ():
                self._declare_inbox(builder, member, protocol.inbox, age=protocol.age)

    def connect(self, table: StateTable) -> None:
        """Bind accounts and states, and record who owns which row.

        An agent owns the rows that speak of it, those of the plant too, unless the plant has given
        them to somebody else.
        """
        for position, agent in enumerate(self.agents.values()):
            agent.account.bind(table, [block.start + position for block in self._account.values()])
            agent.state.bind(table, self._states[agent.agent_id])
        for row, (thing, owner) in enumerate(zip(table.things, table.owners, strict=True)):
            if owner.agent_id is None and thing in self.agents:
                table.own([row], agent_id=thing, parent_id=self.agents[thing].upstream_id)
        self.age_rows = np.array(self._ages, dtype=np.intp)
        self.table = table

    def account_rows(self, name: str, agent_ids: list[str]) -> IndexArray:
        """Rows of ``"cost"`` or ``"safety"`` of some agents, shape ``(n_agent,)``."""
        position = {agent_id: place for place, agent_id in enumerate(self.agents)}
        return np.array([self._account[name].start + position[agent_id] for agent_id in agent_ids], dtype=np.intp)

    def inbox_rows(self, agent_id: str) -> IndexArray:
        """Rows of an agent's inbox, ages included."""
        return np.array(sorted(self._inbox.get(agent_id, {}).values()), dtype=np.intp)

    def deliver(self, receiver: str, directive: object, *, age_s: float | None = 0.0, age: str = AGE) -> None:
        """Write what a directive, or what peers say, carries into the receiver's inbox rows.

        Parameters
        ----------
        receiver, directive
            Who is told what.
        age_s
            How old it is; None leaves the age as it is. [s]
        age
            Row of the inbox that the age is written into.
        """
        inbox = self._inbox.get(receiver)
        if inbox is None or not isinstance(directive, Mapping):
            return
        for name, value in directive.items():
            if name in inbox:
                self.table.values[inbox[name]] = value
        if age_s is not None:
            self.table.values[inbox[age]] = age_s

    def let_age(self, elapsed_s: float) -> None:
        """Let time pass for what lies in the inboxes. [s]"""
        if len(self.age_rows):
            self.table.values[self.age_rows] += elapsed_s

    def _declare_inbox(self, builder: TableBuilder, agent_id: str, carried: Sequence[Quantity], *, age: str) -> None:
        inbox = self._inbox.setdefault(agent_id, {})
        # grows from the beginning of the episode until something is delivered
        aging = Quantity(name=age, unit="s", scale=3600.0, visibility=frozenset({Visibility.OWNER}))
        for quantity in [*carried, aging]:
            if quantity.name in inbox:
                raise ConfigError(
                    f"Two protocols write {quantity.name!r} into the inbox of {agent_id!r}.",
                    remedy="Give the quantity another name in one of them.",
                )
            inbox[quantity.name] = builder.add_block([agent_id], quantity, feature="inbox").start
        self._ages.append(inbox[age])

    def _check(self, name: str, agent: Agent) -> None:
        if name != agent.agent_id:
            raise ConfigError(f"Agent {agent.agent_id!r} is registered under another name, {name!r}.")
        if agent.is_bound:
            raise ConfigError(
                f"Agent {name!r} is part of another environment, which would lose it.",
                remedy="Build new agents for each environment.",
            )
        require_no_circle(agent)
        self._require_way_up(agent)
        if isinstance(agent, HierarchicalAgent):
            for below in agent.subordinates.values():
                if self.agents.get(below.agent_id) is not below:
                    raise ConfigError(
                        f"{below!r} is below {name!r} but not among the environment's agents {sorted(self.agents)}.",
                        remedy="Give every agent its own name, and the environment all of them.",
                    )

    def _require_way_up(self, agent: Agent) -> None:
        """Refuse superiors that are superiors of each other, whether or not they know their subordinates."""
        names = [agent.agent_id]
        while (superior := self.agents.get(agent.upstream_id or "")) is not None:
            agent = superior
            if agent.agent_id in names:
                raise circle_error([agent.agent_id, *reversed(names[names.index(agent.agent_id) :])])
            names.append(agent.agent_id)

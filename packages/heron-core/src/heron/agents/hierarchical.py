"""Agents with subordinates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from heron.agents.agent import Agent
from heron.core.observation import Observation
from heron.core.policy import Policy
from heron.errors import ConfigError
from heron.protocols.base import Directive, Protocol, takes_observations
from heron.types import FloatArray


class HierarchicalAgent(Agent):
    """An agent that directs others.

    Parameters
    ----------
    agent_id, policy, protocol, tick_config, upstream_id
        As in `Agent`.
    subordinates
        Agents it directs, by short name.
    """

    def __init__(
        self,
        agent_id: str,
        *,
        policy: Policy | None = None,
        protocol: Protocol | None = None,
        tick_config: Any = None,
        upstream_id: str | None = None,
        subordinates: Mapping[str, Agent] | None = None,
    ) -> None:
        super().__init__(agent_id, policy=policy, protocol=protocol, tick_config=tick_config, upstream_id=upstream_id)
        self.subordinates: dict[str, Agent] = {}
        for name, agent in (subordinates or {}).items():
            self.add_subordinate(agent, name=name)

    @property
    def devices(self) -> dict[str, Agent]:
        """The subordinates, under the name that fits a coordinator of devices."""
        return self.subordinates

    def add_subordinate(self, agent: Agent, *, name: str | None = None) -> None:
        """Put an agent below this one.

        Raises
        ------
        ConfigError
            If the name is taken, the agent is of the same level or above, or this one would be below itself.
        """
        require_no_circle(agent, below=(self,))
        key = name or agent.agent_id
        if key in self.subordinates:
            raise ConfigError(
                f"Agent {self.agent_id!r} has two subordinates named {key!r}.", remedy="Rename one of them."
            )
        if agent.level >= self.level:
            raise ConfigError(f"Agent {agent!r} cannot be below {self!r}: its level is not lower.")
        self.subordinates[key] = agent
        agent.upstream_id = self.agent_id

    def _build_subordinates(
        self, configs: Sequence[Mapping[str, Any]], env_id: str | None = None, upstream_id: str | None = None
    ) -> dict[str, Agent]:
        """Agents described by configurations; a world of its own kinds overrides this."""
        raise ConfigError(
            f"{type(self).__name__} does not know how to build {len(configs)} subordinates "
            f"for environment {env_id!r} below {upstream_id!r}.",
            remedy="Override _build_subordinates, or pass subordinates=.",
        )

    @property
    def action_dim(self) -> int:
        """Number of values in this agent's action: what its protocol takes."""
        return 0 if self.protocol is None else self.protocol.action_dim(self.subordinates)

    def coordinate_subordinates(
        self, observation: Observation | None, action: FloatArray | None
    ) -> dict[str, Directive]:
        """Directives of this agent's protocol for an action, by the subordinates' short names."""
        if self.protocol is None:
            return {}
        if self.needs_observation:
            seen = None if observation is None else {self.agent_id: observation}
            return self.protocol.coordinate(action, self.subordinates, observations=seen)
        return self.protocol.coordinate(action, self.subordinates)

    @property
    def needs_observation(self) -> bool:
        """Whether this agent's protocol takes observations; one with two parameters does not."""
        return self.protocol is not None and takes_observations(self.protocol)

    def walk(self) -> Iterator[Agent]:
        """The agent and everyone below it, superiors first."""
        yield self
        for agent in self.subordinates.values():
            yield from agent.walk()


def require_no_circle(agent: Agent, *, below: tuple[Agent, ...] = ()) -> None:
    """Refuse a hierarchy in which somebody is below themselves.

    Parameters
    ----------
    agent
        Whose subordinates are followed down.
    below
        Those above the agent, the highest first.

    Raises
    ------
    ConfigError
        If there is a circle; the text names everyone on it.
    """
    for place, above in enumerate(below):
        if above is agent:
            raise circle_error([one.agent_id for one in (*below[place:], agent)])
    if isinstance(agent, HierarchicalAgent):
        for subordinate in agent.subordinates.values():
            require_no_circle(subordinate, below=(*below, agent))


def circle_error(names: Sequence[str]) -> ConfigError:
    """What is to be raised for a circle of superiors, the first of them named again at its end."""
    return ConfigError(
        f"The hierarchy runs in a circle: {' directs '.join(repr(name) for name in names)}.",
        remedy="Take one of them out of the other's subordinates: everybody has one superior, and nobody themselves.",
    )

"""The base of every agent: identity, state, policy, protocol and account."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import gymnasium
import numpy as np

from heron.agents.account import Account
from heron.core.action import Action
from heron.core.observation import Observation
from heron.core.policy import Policy
from heron.core.state import State
from heron.errors import ConfigError
from heron.plant.interface import SetpointField
from heron.protocols.base import Protocol
from heron.types import Float32Array, FloatArray

Observe = Callable[[str], Observation]


class Agent:
    """Someone who sees part of the world and decides something.

    Not for use as it is: `FieldAgent`, `CoordinatorAgent` and `SystemAgent` have a level. An agent is
    *free* until an environment binds it: then its state and account are rows of the state table and
    `observe` works.

    Parameters
    ----------
    agent_id
        Unique name.
    policy
        How it decides when its actions do not come from outside.
    protocol
        How its decisions become directives for subordinates.
    tick_config
        Its clock in event-driven mode.
    upstream_id
        Its superior.
    """

    level: ClassVar[int] = 1
    state_class: ClassVar[type[State]] = State

    def __init__(
        self,
        agent_id: str,
        *,
        policy: Policy | None = None,
        protocol: Protocol | None = None,
        tick_config: Any = None,
        upstream_id: str | None = None,
    ) -> None:
        if not agent_id:
            raise ConfigError("An agent needs a name.", remedy="Give agent_id= a text that is not empty.")
        self.agent_id = agent_id
        self._policy = _checked_policy(policy, agent_id)
        self._on_policy: Callable[[Agent], None] | None = None
        self.protocol = protocol
        self.tick_config = tick_config
        self.state = self.state_class(owner_id=agent_id, owner_level=self.level, parent_id=upstream_id)
        self.action = Action()
        self.account = Account()
        self._upstream_id = upstream_id
        self._observe: Observe | None = None

    @property
    def policy(self) -> Policy | None:
        """How the agent decides; a new one takes effect at once, its random streams at the next reset."""
        return self._policy

    @policy.setter
    def policy(self, value: Policy | None) -> None:
        self._policy = _checked_policy(value, self.agent_id)
        if self._on_policy is not None:
            self._on_policy(self)

    @property
    def is_bound(self) -> bool:
        """Whether an environment has bound the agent."""
        return self._observe is not None

    def decides(self) -> bool:
        """Whether the agent comes to actions by itself: it has a policy or an `act` of its own."""
        return self._policy is not None or type(self).act is not Agent.act

    @property
    def upstream_id(self) -> str | None:
        """Name of the superior."""
        return self._upstream_id

    @upstream_id.setter
    def upstream_id(self, value: str | None) -> None:
        self._upstream_id = value
        self.state.parent_id = value

    @property
    def cost(self) -> float:
        """Cost of the last interval, read-only; with more than one environment an array ``(n_env,)``."""
        return self.account.cost

    @property
    def safety(self) -> float:
        """Weighted violations of the last interval, read-only; with more than one environment ``(n_env,)``."""
        return self.account.safety

    @property
    def action_dim(self) -> int:
        """Number of values in this agent's action."""
        return self.action.dim_c

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        """What the agent can ask of a device of its own; nothing unless it is a field agent."""
        return ()

    def responds_to_price(self) -> bool:
        """Whether the agent knows what to do with a price."""
        return False

    def connect(self, observe: Observe, on_policy: Callable[[Agent], None] | None = None) -> None:
        """Take the way to see the world; called when an environment is built.

        Parameters
        ----------
        observe
            Gives the agent's view of the present.
        on_policy
            To be told when the agent gets another policy.
        """
        self._observe = observe
        self._on_policy = on_policy

    def reset(self, streams: Sequence[np.random.Generator] = ()) -> None:
        """Begin an episode: the policy takes its random streams, the action is neutral again.

        A free agent's state goes back to its initial values; a bound one's is reset by the plant.
        """
        if self._observe is None:
            self.state.reset()
        self.action.reset()
        if self.policy is not None:
            self.policy.reset(streams)

    def observe(self) -> Observation:
        """What the agent sees now.

        Raises
        ------
        ConfigError
            If no environment has bound the agent.
        """
        if self._observe is None:
            raise ConfigError(
                f"Agent {self.agent_id!r} is not part of an environment and sees nothing.",
                remedy="Build an environment with it first.",
            )
        return self._observe(self.agent_id)

    def get_observation(self) -> Float32Array:
        """`observe` as a vector: ``(dim,)`` with one environment, ``(n_env, dim)`` with more."""
        return self.observe().vector()

    def act(self, observation: Observation) -> FloatArray | None:
        """Action of the agent's own policy, shape ``(n_env, action_dim)``; None without a policy."""
        return None if self.policy is None else self.policy.act(observation)

    def tick(self) -> FloatArray | None:
        """One turn of the agent by itself: observe, decide, direct."""
        return self.act(self.observe())

    def get_action_space(self) -> gymnasium.Space[Any]:
        """Space of physical actions."""
        return self.action.space

    def walk(self) -> Iterator[Agent]:
        """The agent and everyone below it, superiors first."""
        yield self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.agent_id!r}, level={self.level})"


def _checked_policy(policy: Policy | None, agent_id: str) -> Policy | None:
    if policy is None or isinstance(policy, Policy):
        return policy
    raise ConfigError(
        f"The policy of agent {agent_id!r} is a {type(policy).__name__}, no Policy.",
        remedy="Subclass heron.core.Policy and put it into act(observation).",
    )

"""Protocols: how one agent's decision becomes what others are told."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias
from typing import Protocol as Interface

import numpy as np

from heron.core.quantity import Quantity
from heron.plant.interface import SetpointBlock, SetpointField
from heron.types import FloatArray, IndexArray

Directive: TypeAlias = Any
"""An action ``(n_env, action_dim)`` in the environment's action units, or a mapping such as ``{"price": (n_env,)}``."""


class Subordinate(Interface):
    """What a protocol needs to know of an agent it directs."""

    agent_id: str

    @property
    def level(self) -> int:
        """1 field, 2 coordinator, 3 system."""

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        """Numbers it can ask of its device; none for an agent without one."""

    def responds_to_price(self) -> bool:
        """Whether it knows what to do with a price."""


Subordinates: TypeAlias = Mapping[str, Subordinate]


@dataclass(frozen=True, slots=True)
class Routing:
    """A protocol that is a fixed map, as arrays: ``setpoint[rows] = offset + scale * action[index]``.

    Parameters
    ----------
    rows : (n_setpoint,)
        Table rows of the setpoints.
    index : (n_setpoint,)
        Which entry of the agent's action drives each of them.
    scale, offset : (n_setpoint, 1)
        From -1 … 1 to physical units.
    """

    rows: IndexArray
    index: IndexArray
    scale: FloatArray
    offset: FloatArray


class Protocol(ABC):
    """How one agent's decision becomes what others are told.

    Attributes
    ----------
    inbox
        Quantities a directive carries; each becomes a row ``subordinate.inbox.name`` which the
        subordinate owns and which is written at delivery.
    """

    inbox: Sequence[Quantity] = ()

    @abstractmethod
    def action_dim(self, subordinates: Subordinates) -> int:
        """Number of values this protocol takes from the deciding agent."""

    @abstractmethod
    def coordinate(
        self,
        action: FloatArray | None,
        subordinates: Subordinates,
        *,
        observations: Mapping[str, Any] | None = None,
    ) -> dict[str, Directive]:
        """Directives for an action.

        Parameters
        ----------
        action : (n_env, action_dim)
            The agent's decision, or None when it made none.
        subordinates
            By short name.
        observations
            The deciding agent's observation, by its name.

        Returns
        -------
        dict
            Directive by short name; whoever is missing keeps what it had.
        """

    def action_names(self, subordinates: Subordinates) -> list[str]:
        """Name of each entry of the action, for error messages and plots."""
        return [f"a{i}" for i in range(self.action_dim(subordinates))]

    def neutral_action(self, subordinates: Subordinates) -> FloatArray | None:
        """Action that means *do nothing*, shape ``(action_dim,)``; None where the protocol has none."""
        return None

    def compile(self, subordinates: Subordinates, setpoints: Mapping[str, SetpointBlock]) -> Routing | None:
        """The protocol as one gather, if it is a fixed map; None otherwise."""
        return None

    def check(self, subordinates: Subordinates) -> None:
        """Raise ConfigError if a subordinate cannot follow this protocol; called when an environment is built."""


class NoProtocol(Protocol):
    """Tells nobody anything."""

    def action_dim(self, subordinates: Subordinates) -> int:
        """Zero."""
        return 0

    def coordinate(
        self,
        action: FloatArray | None,
        subordinates: Subordinates,
        *,
        observations: Mapping[str, Any] | None = None,
    ) -> dict[str, Directive]:
        """No directives."""
        return {}

    def neutral_action(self, subordinates: Subordinates) -> FloatArray:
        """An empty action."""
        return np.zeros(0)


class VerticalProtocol(Protocol):
    """Between a superior and its subordinates; belongs to the superior."""


def takes_observations(protocol: Protocol) -> bool:
    """Whether a protocol's ``coordinate`` takes observations; a user's form with two parameters does not."""
    return _takes_observations(type(protocol).coordinate)


@cache
def _takes_observations(coordinate: Callable[..., Any]) -> bool:
    parameters = inspect.signature(coordinate).parameters
    return "observations" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())

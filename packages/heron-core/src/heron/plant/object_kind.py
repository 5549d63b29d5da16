"""What the plant asks of a device written as an object."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from heron.core.action import Action
from heron.core.feature import FeatureProvider
from heron.core.state import State
from heron.plant.interface import SetpointField


class ObjectKind(Protocol):
    """A device described by an object with a life of its own; `FieldAgent` is one.

    It may keep attributes of its own, but no reference to other devices, agents or the plant: it is
    copied for each environment.
    """

    agent_id: str
    state: State
    action: Action
    cost: float
    safety: float

    @property
    def account(self) -> FeatureProvider:
        """Where cost and safety are kept."""

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        """Numbers that can be asked of the device."""

    def begin_episode(self, rng: np.random.Generator) -> None:
        """Draw the state an episode begins with."""

    def apply_action(self) -> None:
        """Take the action as setpoint."""

    def update_state(self, *_: Any, **exogenous: Any) -> None:
        """Let the interval pass."""

    def update_cost_safety(self, *_: Any, **exogenous: Any) -> None:
        """Set cost and safety of the interval."""


def accepted_keywords(method: Callable[..., Any]) -> frozenset[str] | None:
    """Keywords a method takes; None for one that takes any."""
    parameters = inspect.signature(method).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return None
    return frozenset(parameters)


def call_with(method: Callable[..., None], accepted: frozenset[str] | None, keywords: Mapping[str, Any]) -> None:
    """Call a method with those of the keywords that it takes."""
    if accepted is None:
        method(**keywords)
    else:
        method(**{name: value for name, value in keywords.items() if name in accepted})

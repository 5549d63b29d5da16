"""Field agents: one device each, at the bottom of the hierarchy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from heron.agents.agent import Agent
from heron.core.policy import Policy
from heron.core.state import FieldAgentState
from heron.errors import ConfigError
from heron.plant.interface import SetpointField
from heron.types import FloatArray


class FieldAgent(Agent):
    """A device with its controller.

    As an *object kind* a subclass describes the device itself: `set_state` fills
    ``self.state.features``, `set_action` declares ``self.action``, `begin_episode` draws what an
    episode begins with, and in every interval the plant calls `apply_action`, `update_state` and
    `update_cost_safety`. It runs in a loop over environments; array kinds are faster.

    `set_state` and `set_action` are called by the constructor: a subclass with parameters sets its
    attributes before it calls ``super().__init__``.

    Parameters
    ----------
    agent_id, policy, protocol, tick_config, upstream_id
        As in `Agent`.
    """

    level = 1
    state_class: ClassVar[type[FieldAgentState]] = FieldAgentState

    def __init__(
        self,
        agent_id: str,
        *,
        policy: Policy | None = None,
        protocol: Any = None,
        tick_config: Any = None,
        upstream_id: str | None = None,
    ) -> None:
        super().__init__(agent_id, policy=policy, protocol=protocol, tick_config=tick_config, upstream_id=upstream_id)
        self._fields: tuple[SetpointField, ...] = ()
        self._fields_range: FloatArray | None = None
        self.set_state()
        self.set_action()

    def set_state(self) -> None:
        """Fill ``self.state.features``; called once."""

    def set_action(self) -> None:
        """Declare ``self.action`` with ``set_specs``; called once."""

    def begin_episode(self, rng: np.random.Generator) -> None:
        """Draw the state an episode begins with; what is not set keeps its initial value."""

    def apply_action(self) -> None:
        """Take ``self.action`` as the setpoint of the interval that begins."""

    def update_state(self, *_: Any, **exogenous: Any) -> None:
        """Let the interval pass; ``step_s`` [s] and what the plant provides come as keywords."""

    def update_cost_safety(self, *_: Any, **exogenous: Any) -> None:
        """Set ``self.cost`` and ``self.safety`` for the interval."""

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        """What the agent can ask of its device, in the order of its action's `vector`.

        A choice between categories is a field ``d0, d1, …`` that is rounded to the nearest one. Its
        bounds reach half a category beyond the first and the last, so that all have the same share.
        """
        if self._fields_range is not self.action.range:
            self._fields, self._fields_range = self._describe_action(), self.action.range
        return self._fields

    @property
    def cost(self) -> float:
        """Cost of the last interval, set by `update_cost_safety`; with more than one environment ``(n_env,)``."""
        return self.account.cost

    @cost.setter
    def cost(self, value: float) -> None:
        self.account.cost = value

    @property
    def safety(self) -> float:
        """Weighted violations of the last interval, set like the cost; with more than one environment ``(n_env,)``."""
        return self.account.safety

    @safety.setter
    def safety(self, value: float) -> None:
        self.account.safety = value

    @property
    def action_dim(self) -> int:
        """Number of setpoint fields."""
        return len(self.setpoint_fields())

    def respond(self, announced: Mapping[str, FloatArray]) -> FloatArray | None:
        """Setpoint for what a superior announced, shape ``(n_field, n_env)``; None to keep the present one.

        A price goes to `respond_to_price`; a subclass may know more.
        """
        if "price" in announced and self.responds_to_price():
            return self.respond_to_price(np.asarray(announced["price"], dtype=np.float64))
        return None

    def respond_to_price(self, price: FloatArray) -> FloatArray:
        """Setpoint for a price signal.

        Parameters
        ----------
        price : (n_env,)
            Price announced by the superior.

        Returns
        -------
        (n_field, n_env)
            Setpoints in physical units.

        Raises
        ------
        ConfigError
            If this kind of device declares no response.
        """
        raise ConfigError(
            f"Agent {self.agent_id!r} ({type(self).__name__}) declares no response to the price {price}.",
            remedy="Implement respond_to_price, or give its superior a SetpointProtocol.",
        )

    def responds_to_price(self) -> bool:
        """Whether `respond_to_price` is implemented."""
        return type(self).respond_to_price is not FieldAgent.respond_to_price

    def to_setpoint(self, action: FloatArray, *, normalized: bool = True) -> FloatArray:
        """Physical setpoints ``(n_field, n_env)`` of an action ``(n_env, n_field)``; not limited."""
        fields = self.setpoint_fields()
        values = np.asarray(action, dtype=np.float64).T
        if not normalized:
            return values
        low = np.array([[field.low] for field in fields])
        high = np.array([[field.high] for field in fields])
        setpoint: FloatArray = 0.5 * (low + high) + 0.5 * (high - low) * values
        return setpoint

    def _describe_action(self) -> tuple[SetpointField, ...]:
        low, high = self.action.range
        continuous = [
            SetpointField(name=name, low=float(low[i]), high=float(high[i]), neutral=float(self.action.neutral[i]))
            for i, name in enumerate(self.action.names)
        ]
        choices = [SetpointField(name=f"d{i}", low=-0.5, high=count - 0.5) for i, count in enumerate(self.action.ncats)]
        return (*continuous, *choices)

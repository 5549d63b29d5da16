"""Setpoints and prices from a superior to its subordinates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from heron.core.quantity import Quantity
from heron.errors import ConfigError, suggest
from heron.plant.interface import SetpointBlock, SetpointField
from heron.protocols.base import Directive, Routing, Subordinates, VerticalProtocol
from heron.types import FloatArray

FIELD_LEVEL = 1


class SetpointProtocol(VerticalProtocol):
    """The superior's action is the subordinates' setpoints, one after the other.

    Parameters
    ----------
    shared
        Names of setpoint fields that one entry of the action drives for all subordinates at once,
        each within its own bounds. They come after the fields that are driven one by one.
    """

    def __init__(self, shared: Sequence[str] = ()) -> None:
        self.shared = tuple(shared)

    def action_dim(self, subordinates: Subordinates) -> int:
        """One per setpoint field, shared ones counted once."""
        return len(self.action_names(subordinates))

    def action_names(self, subordinates: Subordinates) -> list[str]:
        """``subordinate.field``, or the field alone where it is shared."""
        return self._lay_out(subordinates)[0]

    def coordinate(
        self,
        action: FloatArray | None,
        subordinates: Subordinates,
        *,
        observations: Mapping[str, Any] | None = None,
    ) -> dict[str, Directive]:
        """Each subordinate's part of the action, ``(n_env, n_field)``."""
        if action is None:
            return {}
        action = np.atleast_2d(action)
        _, index = self._lay_out(subordinates)
        return {name: action[:, entries] for name, entries in index.items() if entries}

    def neutral_action(self, subordinates: Subordinates) -> FloatArray:
        """The neutral setpoints in -1 … 1; a shared entry takes the mean of its fields'."""
        sums = np.zeros(self.action_dim(subordinates))
        counts = np.zeros_like(sums)
        for position, (_, field) in zip(self._index(subordinates), self._fields(subordinates), strict=True):
            sums[position] += field.normalized_neutral()
            counts[position] += 1.0
        neutral: FloatArray = sums / np.maximum(counts, 1.0)
        return neutral

    def compile(self, subordinates: Subordinates, setpoints: Mapping[str, SetpointBlock]) -> Routing:
        """Rows, index, scale and offset of every setpoint."""
        fields = [field for _, field in self._fields(subordinates)]
        rows = [setpoints[agent.agent_id].rows for agent in subordinates.values() if agent.setpoint_fields()]
        low = np.array([[field.low] for field in fields]).reshape(-1, 1)
        high = np.array([[field.high] for field in fields]).reshape(-1, 1)
        return Routing(
            rows=np.concatenate(rows) if rows else np.zeros(0, dtype=np.intp),
            index=np.array(self._index(subordinates), dtype=np.intp),
            scale=0.5 * (high - low),
            offset=0.5 * (high + low),
        )

    def check(self, subordinates: Subordinates) -> None:
        """Subordinates must be field agents, and those that are there have every shared field among them.

        Raises
        ------
        ConfigError
            If one is not, or no subordinate has a shared field.
        """
        for name, agent in subordinates.items():
            if agent.level != FIELD_LEVEL:
                raise ConfigError(
                    f"SetpointProtocol cannot direct {name!r}: {agent!r} is not a field agent.",
                    remedy="Use PriceSignalProtocol, or a protocol of your own, between upper levels.",
                )

        known = {field.name for _, field in self._fields(subordinates)}
        for name in self.shared:
            if known and name not in known:
                raise ConfigError(
                    f"SetpointProtocol shares {name!r}, but the subordinates' fields are {sorted(known)}.",
                    remedy=suggest(name, known),
                )

    def _index(self, subordinates: Subordinates) -> list[int]:
        return [entry for entries in self._lay_out(subordinates)[1].values() for entry in entries]

    def _lay_out(self, subordinates: Subordinates) -> tuple[list[str], dict[str, list[int]]]:
        """Names of the action's entries, and which of them each subordinate's fields take."""
        fields = {name: [field.name for field in agent.setpoint_fields()] for name, agent in subordinates.items()}
        names = [f"{name}.{field}" for name, own in fields.items() for field in own if field not in self.shared]
        present = {field for own in fields.values() for field in own}
        names += [field for field in self.shared if field in present]
        position = {name: place for place, name in enumerate(names)}
        return names, {
            name: [position[field if field in self.shared else f"{name}.{field}"] for field in own]
            for name, own in fields.items()
        }

    @staticmethod
    def _fields(subordinates: Subordinates) -> list[tuple[str, SetpointField]]:
        return [(name, field) for name, agent in subordinates.items() for field in agent.setpoint_fields()]


class PriceSignalProtocol(VerticalProtocol):
    """The superior announces one price; each subordinate responds by its own rule.

    Parameters
    ----------
    price_low, price_high
        Prices that the actions -1 and 1 stand for.
    unit
        Unit of the price, for the inbox row.
    """

    def __init__(self, price_low: float = 0.0, price_high: float = 100.0, *, unit: str = "1") -> None:
        if not price_low < price_high:
            raise ConfigError(f"PriceSignalProtocol needs price_low < price_high, got {price_low} and {price_high}.")
        self.price_low, self.price_high = float(price_low), float(price_high)
        self.inbox = (
            Quantity(
                name="price",
                unit=unit,
                offset=0.5 * (self.price_low + self.price_high),
                scale=0.5 * (self.price_high - self.price_low),
            ),
        )

    def action_dim(self, subordinates: Subordinates) -> int:
        """One: the price."""
        return 1

    def action_names(self, subordinates: Subordinates) -> list[str]:
        """The price."""
        return ["price"]

    def price(self, action: FloatArray) -> FloatArray:
        """Price of an action, shape ``(n_env,)``."""
        middle, spread = 0.5 * (self.price_low + self.price_high), 0.5 * (self.price_high - self.price_low)
        announced: FloatArray = middle + spread * np.atleast_2d(action)[:, 0]
        return announced

    def coordinate(
        self,
        action: FloatArray | None,
        subordinates: Subordinates,
        *,
        observations: Mapping[str, Any] | None = None,
    ) -> dict[str, Directive]:
        """``{"price": (n_env,)}`` for everyone."""
        if action is None:
            return {}
        price = self.price(action)
        return {name: {"price": price} for name in subordinates}

    def check(self, subordinates: Subordinates) -> None:
        """Every field agent below must declare its response to a price.

        Raises
        ------
        ConfigError
            If one does not.
        """
        for name, agent in subordinates.items():
            if agent.level == FIELD_LEVEL and not agent.responds_to_price():
                raise ConfigError(
                    f"PriceSignalProtocol directs {name!r}, but {type(agent).__name__} declares no response to "
                    "a price.",
                    remedy="Implement respond_to_price on it, or use SetpointProtocol.",
                )

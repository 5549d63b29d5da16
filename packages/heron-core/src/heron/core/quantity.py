"""The declaration of one row of the state table."""

from __future__ import annotations

import math
from dataclasses import dataclass

from heron.core.visibility import DEFAULT_VISIBILITY, VisibilitySet, parse_visibility
from heron.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """What is known of a number before it has a value.

    Parameters
    ----------
    name
        Local name, unique within its feature.
    unit
        Unit as text; ``"1"`` for fractions and counts.
    initial
        Value after construction and reset. [unit]
    low, high
        Hard physical bounds; a value outside is a bug of the plant. [unit]
    offset, scale
        Observations show ``(value - offset) / scale``. [unit]
    visibility
        Groups of agents that may see the number.

    Raises
    ------
    ConfigError
        If the bounds are crossed, the scale is not positive or a group of viewers does not exist.
    """

    name: str
    unit: str = "1"
    initial: float = 0.0
    low: float = -math.inf
    high: float = math.inf
    offset: float = 0.0
    scale: float = 1.0
    visibility: VisibilitySet = DEFAULT_VISIBILITY

    def __post_init__(self) -> None:
        object.__setattr__(self, "visibility", parse_visibility(self.visibility))
        if self.low > self.high:
            raise ConfigError(f"Quantity {self.name!r} has low {self.low} above high {self.high} [{self.unit}].")
        if not (self.scale > 0.0 and math.isfinite(self.scale) and math.isfinite(self.offset)):
            raise ConfigError(
                f"Quantity {self.name!r} has offset {self.offset} and scale {self.scale} [{self.unit}].",
                remedy="The offset must be finite, the scale finite and positive.",
            )

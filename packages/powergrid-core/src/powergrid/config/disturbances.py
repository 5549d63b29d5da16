"""What a configuration may say about what goes wrong in event-driven execution."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from powergrid.config.checks import not_empty, not_negative, one_of, positive
from powergrid.config.finding import Finding
from powergrid.config.record import Record, Rule, checked


@dataclass(frozen=True, slots=True, kw_only=True)
class DisturbanceConfig(Record):
    """One disturbance at a known time, or one that comes at random.

    Parameters
    ----------
    kind
        ``"device_trip"``, ``"load_step"``, ``"price_spike"``, ``"line_outage"`` and what else the plant knows;
        ``"sensor_freeze"``, ``"sensor_bias"``, ``"communication_outage"``.
    targets
        To whom, each by itself.
    at_s
        When, from the beginning of the episode; instead of a rate. [s]
    rate_per_h
        How often it begins at each target on average, at random; instead of a time. [1/h]
    duration_s
        How long it lasts, on average where it comes at random; none for good. [s]
    duration_distribution
        ``"exponential"`` or ``"fixed"``, for one that comes at random.
    parameters
        What else the kind takes.
    """

    kind: str = field(metadata=checked(not_empty))
    targets: tuple[str, ...] = field(metadata=checked(not_empty))
    at_s: float | None = field(default=None, metadata=checked(not_negative))
    rate_per_h: float | None = field(default=None, metadata=checked(not_negative))
    duration_s: float | None = field(default=None, metadata=checked(positive))
    duration_distribution: str = field(default="exponential", metadata=checked(one_of("exponential", "fixed")))
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def rules(cls) -> tuple[Rule, ...]:
        """Either a time or a rate."""
        return (Rule(fields=("at_s", "rate_per_h"), check=_when),)


def _when(at_s: float | None, rate_per_h: float | None) -> Iterator[Finding]:
    if (at_s is None) == (rate_per_h is None):
        message = "is missing, and there is no rate_per_h." if at_s is None else "is given beside rate_per_h."
        yield Finding(path="at_s", message=message, remedy="Give a time or a rate.")

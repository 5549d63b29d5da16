"""What a configuration may say about clocks and messages in event-driven execution."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from powergrid.config.checks import between, not_empty, not_negative, one_of, positive
from powergrid.config.finding import Finding
from powergrid.config.record import Record, Rule, checked


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockConfig(Record):
    """Clock of all agents of a level.

    Parameters
    ----------
    tick_interval_s
        From one tick to the next; a control step when not given. [s]
    obs_delay_s, act_delay_s, msg_delay_s
        Age of what is seen, time to an effect, time of a message. [s]
    jitter_type
        ``"gaussian"``, ``"uniform"`` or ``"lognormal"``.
    jitter_ratio
        Spread of all four, as a fraction of each. [1]
    on_message
        Act at once when told, and not only at the ticks; without, only agents that have no ``tick_interval_s`` do.
    """

    tick_interval_s: float | None = dataclasses.field(default=None, metadata=checked(positive))
    obs_delay_s: float = dataclasses.field(default=0.0, metadata=checked(not_negative))
    act_delay_s: float = dataclasses.field(default=0.0, metadata=checked(not_negative))
    msg_delay_s: float = dataclasses.field(default=0.0, metadata=checked(not_negative))
    jitter_type: str = dataclasses.field(
        default="gaussian", metadata=checked(one_of("gaussian", "uniform", "lognormal"))
    )
    jitter_ratio: float = dataclasses.field(default=0.0, metadata=checked(between(0.0, 1.0)))
    on_message: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingConfig(Record):
    """Timing of a whole environment.

    Parameters
    ----------
    scheme
        Name of a timing scheme, such as ``"scada"``; instead of the three levels.
    field, coordinator, system
        Clocks by level; agents of a level without one decide at every control step.
    loss
        Probability that a message is lost; the scheme's when not given. [1]
    """

    scheme: str | None = dataclasses.field(default=None, metadata=checked(not_empty))
    field: ClockConfig | None = None
    coordinator: ClockConfig | None = None
    system: ClockConfig | None = None
    loss: float | None = None

    @classmethod
    def rules(cls) -> tuple[Rule, ...]:
        """Either a scheme or clocks, and a loss that is a probability."""
        return (
            Rule(fields=("scheme", "field", "coordinator", "system"), check=_one_source),
            Rule(fields=("loss",), check=_probability),
        )


def _one_source(
    scheme: str | None, field: ClockConfig | None, coordinator: ClockConfig | None, system: ClockConfig | None
) -> Iterator[Finding]:
    if scheme is not None and (field or coordinator or system):
        message = "is given beside clocks of single levels."
        yield Finding(path="scheme", message=message, remedy="Leave out the one or the others.")


def _probability(loss: float | None) -> Iterator[Finding]:
    if loss is not None and not 0.0 <= loss <= 1.0:
        yield Finding(path="loss", message=f"must be from 0 to 1, not {loss!r}.")

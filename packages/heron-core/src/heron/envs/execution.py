"""How an event-driven run differs from lockstep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from heron.errors import ConfigError
from heron.messaging.broker import MessageBroker
from heron.messaging.channel import ChannelSpec
from heron.scheduling.condition import Condition
from heron.scheduling.disturbance_schedule import DisturbanceSchedule
from heron.scheduling.timing_scheme import TimingScheme
from heron.scheduling.trace import EventLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """Timing, messaging and disturbances of an event-driven run; by default none of them, which is lockstep.

    Parameters
    ----------
    timing
        Clocks of agents that have none of their own.
    distributed
        Whether agents talk through a broker, where messages take time and may be lost; otherwise they talk in memory
        within the instant. When not given, they do wherever a clock has a message delay or the scheme a loss.
    broker
        Name of a registered broker, or one.
    channel
        Link that directives travel on; one with the scheme's loss when not given.
    disturbances
        What befalls the world.
    conditions
        What is looked for after every plant interval.
    wakes
        Agents that have a turn at once when a condition fires, by its name.
    log
        Where the run is written down, not begun yet; None for nowhere.

    Raises
    ------
    ConfigError
        If the timing is none, a loss is given twice, or what happens to messages is given where there are none.
    """

    timing: TimingScheme = field(default_factory=TimingScheme)
    distributed: bool | None = None
    broker: str | MessageBroker = "in_memory"
    channel: ChannelSpec | None = None
    disturbances: DisturbanceSchedule | None = None
    conditions: Sequence[Condition] = ()
    wakes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    log: EventLog | None = None

    def __post_init__(self) -> None:
        given: object = self.timing
        if not isinstance(given, TimingScheme):
            raise ConfigError(
                f"The timing of an execution is {given!r}, which is no timing scheme.",
                remedy="Give TimingScheme(…); a name is looked up by the world that has schemes of names.",
            )
        if self.channel is not None and self.timing.loss:
            raise ConfigError(
                "Both a channel and a timing scheme with a loss are given.", remedy="Give the channel that loss."
            )
        if self.distributed is False and (self.channel is not None or self.timing.loss):
            raise ConfigError(
                "A channel or a loss is given, but agents talk in memory within the instant.",
                remedy="Leave distributed out, or set it to True.",
            )

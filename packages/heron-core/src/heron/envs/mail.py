"""What agents tell each other during a run: through a broker, or in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from heron.core.random import SeedTree
from heron.messaging.broker import DEFAULT_CHANNEL, MessageBroker
from heron.messaging.channel import ChannelSpec
from heron.protocols.base import Directive
from heron.scheduling.event import Event, EventKind
from heron.scheduling.scheduler import EventScheduler
from heron.scheduling.tick_config import TickConfig


@dataclass(frozen=True, slots=True)
class Arrival:
    """A directive that is there.

    Parameters
    ----------
    directive
        What was said.
    sent_ns
        When it was decided. [ns]
    """

    directive: Directive
    sent_ns: int


class Mail:
    """Carries directives, as events of the scheduler.

    Parameters
    ----------
    scheduler
        Events of the run.
    broker
        Carries the messages; None to hand them over in memory when they leave.
    """

    def __init__(self, scheduler: EventScheduler, broker: MessageBroker | None) -> None:
        self._scheduler = scheduler
        self.broker = broker
        self.record: Callable[[str, str | None, Mapping[str, Any]], None] | None = None

    def open(self, agents: Iterable[str], channel: ChannelSpec) -> None:
        """Connect agents through a channel."""
        if self.broker is not None:
            self.broker.connect(agents)
            self.broker.open_channel(DEFAULT_CHANNEL, channel)

    def begin(self, tree: SeedTree) -> None:
        """Begin an episode: nothing is on its way."""
        if self.broker is not None:
            self.broker.reset(tree)

    def send(self, sender: str, receiver: str, directive: Directive, *, leaves_in_ns: int, ticks: TickConfig) -> None:
        """Let a directive be on its way.

        Parameters
        ----------
        sender, receiver, directive
            Who tells whom what.
        leaves_in_ns
            How long from now. [ns]
        ticks
            The sender's clock; its message delay counts where there is a broker.
        """
        now_ns = self._scheduler.now_ns
        if self.broker is None:
            self._announce(receiver, now_ns + leaves_in_ns, Arrival(directive, now_ns))
            return
        delay_ns = leaves_in_ns + ticks.next_msg_delay_ns()
        message = self.broker.send(sender, receiver, directive, now_ns=now_ns, delay_ns=delay_ns)
        if message is not None:
            self._announce(receiver, message.due_ns, None)
        if self.record is not None:
            due_ns = None if message is None else message.due_ns
            kind = "message_lost" if message is None else "message_sent"
            self.record(kind, sender, {"to": receiver, "said": directive, "due_ns": due_ns})

    def arrived(self, event: Event) -> list[Arrival]:
        """What an event of a message brings, in order."""
        if self.broker is None:
            return [event.payload]
        assert event.agent is not None
        messages = self.broker.collect(event.agent, now_ns=event.time_ns)
        if self.record is not None:
            for message in messages:
                self.record("message_delivered", event.agent, {"from": message.sender, "sent_ns": message.sent_ns})
        return [Arrival(message.payload, message.sent_ns) for message in messages]

    def save_state(self) -> Any:
        """What is on its way."""
        return None if self.broker is None else self.broker.save_state()

    def restore_state(self, state: Any) -> None:
        """Take back what `save_state` gave."""
        if self.broker is not None and state is not None:
            self.broker.restore_state(state)

    def _announce(self, receiver: str, at_ns: int, payload: Arrival | None) -> None:
        self._scheduler.schedule(EventKind.MESSAGE, at_ns=at_ns, agent=receiver, payload=payload)

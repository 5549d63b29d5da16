"""What agents tell each other during a run: through a broker, or in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from heron.core.random import SeedTree
from heron.errors import StateError
from heron.messaging.broker import DEFAULT_CHANNEL, MessageBroker
from heron.messaging.channel import ChannelSpec
from heron.messaging.message import Message
from heron.protocols.base import Directive
from heron.scheduling.event import Event, EventKind
from heron.scheduling.scheduler import EventScheduler
from heron.scheduling.tick_config import TickConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message that is there.

    Parameters
    ----------
    sender, receiver
        Who told whom.
    said
        What.
    sent_ns
        When it was decided. [ns]
    channel
        ``"default"`` for directives; peers have channels of their own.
    """

    sender: str
    receiver: str
    said: Directive
    sent_ns: int
    channel: str


class Mail:
    """Carries messages, as events of the scheduler.

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
        # A broker gives all that is due for a receiver at once; each waits here for its own event.
        self._collected: dict[int, Message] = {}
        # Without a broker: when the last message of each link is there, which no later one overtakes.
        self._there_ns: dict[tuple[str, str, str], int] = {}
        self.record: Callable[[str, str | None, Mapping[str, Any]], None] | None = None

    def open(self, agents: Iterable[str], spec: ChannelSpec, *, channels: Iterable[str] = ()) -> None:
        """Connect agents through channels of one sort: that of directives, and others."""
        if self.broker is not None:
            self.broker.connect(agents)
            for channel in (DEFAULT_CHANNEL, *channels):
                self.broker.open_channel(channel, spec)

    def begin(self, tree: SeedTree) -> None:
        """Begin an episode: nothing is on its way."""
        self._collected.clear()
        self._there_ns.clear()
        if self.broker is not None:
            self.broker.reset(tree)

    def send(
        self,
        sender: str,
        receiver: str,
        said: Directive,
        *,
        leaves_in_ns: int,
        ticks: TickConfig,
        channel: str = DEFAULT_CHANNEL,
    ) -> None:
        """Let a message be on its way.

        Parameters
        ----------
        sender, receiver, said
            Who tells whom what.
        leaves_in_ns
            How long from now. [ns]
        ticks
            The sender's clock; its message delay counts where there is a broker.
        channel
            Over which channel.
        """
        now_ns = self._scheduler.now_ns
        if self.broker is None:
            arrival = Arrival(sender=sender, receiver=receiver, said=said, sent_ns=now_ns, channel=channel)
            link = (sender, receiver, channel)
            there_ns = self._there_ns[link] = max(now_ns + leaves_in_ns, self._there_ns.get(link, 0))
            self._announce(receiver, there_ns, arrival)
            if self.record is not None:
                said_to = {"to": receiver, "channel": channel, "said": said, "due_ns": there_ns}
                self.record("message_sent", sender, said_to)
            return
        delay_ns = leaves_in_ns + ticks.next_msg_delay_ns()
        message = self.broker.send(sender, receiver, said, channel=channel, now_ns=now_ns, delay_ns=delay_ns)
        if message is not None:
            self._announce(receiver, message.due_ns, message.sequence)
        if self.record is not None:
            due_ns = None if message is None else message.due_ns
            kind = "message_lost" if message is None else "message_sent"
            self.record(kind, sender, {"to": receiver, "channel": channel, "said": said, "due_ns": due_ns})

    def outage(self, agent_id: str | None, is_out: bool) -> None:
        """Begin or end a communication outage; see `MessageBroker.outage`."""
        assert self.broker is not None
        for lost in self.broker.outage(agent_id, is_out):
            if self.record is not None:
                told = {"to": lost.receiver, "channel": lost.channel, "said": lost.payload, "due_ns": lost.due_ns}
                self.record("message_lost", lost.sender, told)

    def arrived(self, event: Event) -> Arrival | None:
        """What an event of a message brings; None where it was lost on the way."""
        arrival = self._taken(event)
        if arrival is not None and self.record is not None:
            data = {"from": arrival.sender, "channel": arrival.channel, "sent_ns": arrival.sent_ns}
            self.record("message_delivered", arrival.receiver, data)
        return arrival

    def save_state(self) -> dict[str, Any]:
        """What is on its way."""
        return {
            "there_ns": [[*link, there_ns] for link, there_ns in self._there_ns.items()],
            "broker": None if self.broker is None else self.broker.save_state(),
            "collected": [message.as_plain() for message in self._collected.values()],
        }

    def check_state(self, state: Mapping[str, Any]) -> None:
        """Refuse a state that `restore_state` could not take.

        Raises
        ------
        StateError
            If messages are on their way in it and there is no broker to carry them.
        """
        carried = state["broker"]
        if self.broker is None and carried is not None and (carried["messages"] or state["collected"]):
            raise StateError(
                f"{len(carried['messages'])} messages are on their way in this state, and no broker carries them on.",
                remedy="Restore it into an environment with Execution(distributed=True).",
            )

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave, after `check_state`."""
        carried, collected = state["broker"], [Message.from_plain(plain) for plain in state["collected"]]
        self._there_ns = {(sender, receiver, channel): ns for sender, receiver, channel, ns in state["there_ns"]}
        self._collected = {} if self.broker is None else {message.sequence: message for message in collected}
        if self.broker is not None and carried is not None:
            self.broker.restore_state(carried)
        elif self.broker is not None:
            self.broker.discard(None)

    def _announce(self, receiver: str, at_ns: int, payload: Arrival | int) -> None:
        self._scheduler.schedule(EventKind.MESSAGE, at_ns=at_ns, agent=receiver, payload=payload)

    def _taken(self, event: Event) -> Arrival | None:
        if isinstance(event.payload, Arrival):  # handed over in memory, by another run than this one perhaps
            return event.payload
        assert event.agent is not None
        assert self.broker is not None
        if event.payload not in self._collected:
            for message in self.broker.collect(event.agent, now_ns=event.time_ns):
                self._collected[message.sequence] = message
        found = self._collected.pop(event.payload, None)
        if found is None:
            return None
        return Arrival(
            sender=found.sender,
            receiver=found.receiver,
            said=found.payload,
            sent_ns=found.sent_ns,
            channel=found.channel,
        )

"""Between agents that talk: who may be written to, over which channels, and what is still on its way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from heron.core.clock import in_seconds
from heron.core.random import SeedTree
from heron.errors import ConfigError, MessageError, StateError, UnknownNameError, suggest
from heron.messaging.channel import Channel, ChannelSpec, LinkStreams
from heron.messaging.message import Message, Payload, own_payload

DEFAULT_CHANNEL = "default"


@dataclass(slots=True)
class ChannelCounters:
    """What became of the messages of one channel; ``sent - delivered - lost`` are on their way.

    Parameters
    ----------
    sent
        Messages given to the channel, the lost ones included.
    delivered
        Messages that their receivers have collected.
    lost
        Messages lost on the way, at sending or in an outage.
    """

    sent: int = 0
    delivered: int = 0
    lost: int = 0


class MessageBroker(ABC):
    """Takes messages from agents and keeps them until their receivers collect them.

    Time is simulated and comes with every call. Who is connected, the channels, random streams, outages and counters
    are kept here; a broker of one's own says where messages lie meanwhile, in `post`, `take`, `discard`, `waiting`
    and `next_due_ns`, and calls ``super().__init__()``.

    Attributes
    ----------
    counters
        What became of the messages of each channel.
    """

    def __init__(self) -> None:
        self._agents: dict[str, None] = {}
        self._channels = {DEFAULT_CHANNEL: Channel(ChannelSpec())}
        self.counters = {DEFAULT_CHANNEL: ChannelCounters()}
        self._begin(SeedTree(0))

    @abstractmethod
    def post(self, message: Message) -> None:
        """Keep a message for its receiver."""

    @abstractmethod
    def take(self, receiver: str, *, now_ns: int) -> list[Message]:
        """Remove and return a receiver's messages that are due, in order of ``(due_ns, sequence)``. [ns]"""

    @abstractmethod
    def discard(self, agent_id: str | None) -> list[Message]:
        """Remove and return every message from or to an agent; of all agents where None is given."""

    @abstractmethod
    def waiting(self) -> list[Message]:
        """Every message that has not been collected, in order of its sequence number."""

    @abstractmethod
    def next_due_ns(self) -> int | None:
        """Earliest arrival among the messages that have not been collected; None without any. [ns]"""

    @property
    def agents(self) -> tuple[str, ...]:
        """Agents with a mailbox, in the order they were connected."""
        return tuple(self._agents)

    @property
    def channels(self) -> dict[str, ChannelSpec]:
        """Properties of each channel."""
        return {name: channel.spec for name, channel in self._channels.items()}

    def connect(self, agent_ids: Iterable[str]) -> None:
        """Give agents a mailbox; one that has one keeps it."""
        self._agents.update(dict.fromkeys(agent_ids))

    def open_channel(self, name: str, spec: ChannelSpec) -> None:
        """Add a channel, or give one that nothing has been sent on other properties.

        ``"default"`` is there from the beginning and perfect.

        Raises
        ------
        ConfigError
            If messages have been sent on the channel.
        """
        if name in self.counters and self.counters[name].sent:
            raise ConfigError(
                f"Channel {name!r} has carried {self.counters[name].sent} messages and cannot be opened anew.",
                remedy="Open channels before the first message, or after a reset.",
            )
        self._channels[name] = Channel(spec)
        self.counters[name] = ChannelCounters()

    def send(
        self,
        sender: str,
        receiver: str,
        payload: Payload,
        *,
        channel: str = DEFAULT_CHANNEL,
        now_ns: int,
        delay_ns: int | None = None,
    ) -> Message | None:
        """Send a message.

        Parameters
        ----------
        sender, receiver
            Connected agents.
        payload
            Numbers by name, or an array; copied.
        channel
            Over which channel.
        now_ns
            Simulated time. [ns]
        delay_ns
            The sender's own delay, added to the channel's. [ns]

        Returns
        -------
        Message or None
            None where it is lost.

        Raises
        ------
        UnknownNameError
            If an agent or the channel is unknown.
        MessageError
            If time or delay is negative, or the payload is not made of numbers.
        """
        added_ns = delay_ns or 0
        if now_ns < 0 or added_ns < 0:
            raise MessageError(
                f"{_route(sender, receiver, channel, now_ns)} has time {now_ns} ns and delay {added_ns} ns.",
                remedy="Neither may be negative.",
            )
        self._check_route(sender, receiver, channel, now_ns)
        try:
            content = own_payload(payload)
        except (TypeError, ValueError) as cause:
            raise MessageError(
                f"{_route(sender, receiver, channel, now_ns)} cannot be sent: {cause}.",
                remedy="Send an array of numbers, or a mapping from names to such arrays.",
            ) from cause
        self.counters[channel].sent += 1
        due_ns = (
            None
            if self.is_out(sender) or self.is_out(receiver)
            else self._due_ns(sender, receiver, channel, now_ns, added_ns)
        )
        if due_ns is None:
            self.counters[channel].lost += 1
            return None
        message = Message(
            sender=sender,
            receiver=receiver,
            channel=channel,
            payload=content,
            sent_ns=now_ns,
            due_ns=due_ns,
            sequence=self._sequence,
        )
        self._sequence += 1
        self.post(message)
        return message

    def collect(self, receiver: str, *, now_ns: int) -> list[Message]:
        """Remove and return a receiver's messages that are due.

        Parameters
        ----------
        receiver
            A connected agent.
        now_ns
            Simulated time. [ns]

        Returns
        -------
        list of Message
            In order of arrival; those that arrive together in the order they were sent.

        Raises
        ------
        UnknownNameError
            If the receiver is not connected.
        """
        if receiver not in self._agents:
            raise UnknownNameError(
                f"Agent {receiver!r}, who collects messages at {in_seconds(now_ns)} s, is not connected.",
                remedy=suggest(receiver, self._agents) or f"Connected are {sorted(self._agents)}.",
            )
        messages = self.take(receiver, now_ns=now_ns)
        for message in messages:
            self.counters[message.channel].delivered += 1
        return messages

    def pending(self) -> int:
        """Number of messages that are on their way or lie in a mailbox."""
        return sum(count.sent - count.delivered - count.lost for count in self.counters.values())

    def outage(self, agent_id: str | None, is_out: bool) -> list[Message]:
        """Begin or end a communication outage.

        While it lasts, everything sent from or to the agent is lost; what was on its way or not yet collected when it
        began is lost too. Nothing is drawn for messages that an outage swallows.

        Parameters
        ----------
        agent_id
            Who is cut off; None for everybody, which leaves the outages of single agents as they are.
        is_out
            Whether the outage begins or ends.

        Returns
        -------
        list of Message
            What was on its way or not yet collected and is lost.

        Raises
        ------
        UnknownNameError
            If the agent is not connected.
        """
        if agent_id is not None and agent_id not in self._agents:
            raise UnknownNameError(
                f"Agent {agent_id!r} of a communication outage is not connected.",
                remedy=suggest(agent_id, self._agents) or f"Connected are {sorted(self._agents)}.",
            )
        if not is_out:
            self._out.pop(agent_id, None)
            return []
        self._out[agent_id] = None
        lost = self.discard(agent_id)
        for message in lost:
            self.counters[message.channel].lost += 1
        return lost

    def is_out(self, agent_id: str) -> bool:
        """Whether an agent is cut off at present."""
        return bool(self._out) and (None in self._out or agent_id in self._out)

    def reset(self, tree: SeedTree) -> None:
        """Begin an episode: nothing on its way, no outage, counters at zero, new random streams.

        Parameters
        ----------
        tree
            Seed and episode; the broker draws from streams of its own with the same keys, not from this object's.
        """
        self.discard(None)
        self._begin(tree)
        for name, channel in self._channels.items():
            channel.reset()
            self.counters[name] = ChannelCounters()

    def save_state(self) -> dict[str, Any]:
        """Messages, streams, outages and counters, as plain data."""
        return {
            "tree": self._tree.save_state(),
            "sequence": self._sequence,
            "outages": list(self._out),
            "channels": {name: channel.save_state() for name, channel in self._channels.items()},
            "counters": {name: asdict(counters) for name, counters in self.counters.items()},
            "messages": [message.as_plain() for message in self.waiting()],
        }

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave.

        Raises
        ------
        StateError
            If the channels are others, or a message belongs to an agent that is not connected.
        """
        messages = [Message.from_plain(plain) for plain in state["messages"]]
        strangers = {m.sender for m in messages} | {m.receiver for m in messages}
        strangers -= self._agents.keys()
        if set(state["channels"]) != set(self._channels) or strangers:
            raise StateError(
                f"Saved messages of channels {sorted(state['channels'])} and agents {sorted(strangers)} who are not "
                f"connected do not fit a broker with channels {sorted(self._channels)}.",
                remedy="Restore into a broker with the same agents and channels.",
            )
        self.discard(None)
        self._begin(SeedTree.from_state(state["tree"]))
        self._sequence = state["sequence"]
        self._out.update(dict.fromkeys(state["outages"]))
        for name, channel in self._channels.items():
            channel.restore_state(state["channels"][name])
            self.counters[name] = ChannelCounters(**state["counters"][name])
        for message in messages:
            self.post(message)

    def close(self) -> None:
        """Let go of what the broker holds outside this program; nothing is sent or collected afterwards."""

    def _begin(self, tree: SeedTree) -> None:
        # a copy: whoever owns the tree may save, restore or draw from it without moving messages
        self._tree = SeedTree.from_state(tree.save_state())
        self._links: dict[tuple[str, str, str], LinkStreams] = {}
        self._sequence = 0
        self._out: dict[str | None, None] = {}

    def _due_ns(self, sender: str, receiver: str, channel: str, now_ns: int, added_ns: int) -> int | None:
        link = (sender, receiver, channel)
        streams = self._links.get(link)
        if streams is None:
            between = f"{sender} -> {receiver}"
            loss, delay = (self._tree.generator(between, f"{channel}/{purpose}") for purpose in ("loss", "delay"))
            streams = self._links[link] = LinkStreams(loss, delay)
        return self._channels[channel].transit(sender, receiver, now_ns, streams, added_ns=added_ns)

    def _check_route(self, sender: str, receiver: str, channel: str, now_ns: int) -> None:
        for role, name in (("sender", sender), ("receiver", receiver)):
            if name not in self._agents:
                raise UnknownNameError(
                    f"{_route(sender, receiver, channel, now_ns)} has a {role} that is not connected.",
                    remedy=suggest(name, self._agents) or f"Connected are {sorted(self._agents)}.",
                )
        if channel not in self._channels:
            raise UnknownNameError(
                f"{_route(sender, receiver, channel, now_ns)} goes over a channel that is not open.",
                remedy=suggest(channel, self._channels) or f"Open are {sorted(self._channels)}.",
            )


def _route(sender: str, receiver: str, channel: str, now_ns: int) -> str:
    return f"The message of {sender!r} to {receiver!r} on channel {channel!r} at {in_seconds(now_ns)} s"

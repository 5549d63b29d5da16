"""A broker within one program."""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from heron.messaging.broker import MessageBroker
from heron.messaging.message import Message

_Entry = tuple[int, int, Message]


class InMemoryBroker(MessageBroker):
    """Keeps messages in this program's memory, by receiver, until they are collected.

    Memory grows with the messages that nobody collects and with nothing else.
    """

    def __init__(self) -> None:
        super().__init__()
        self._mailboxes: dict[str, list[_Entry]] = {}
        # First message of each mailbox, and some that no longer are; so `next_due_ns` asks no mailbox but one.
        self._firsts: list[tuple[int, int, str]] = []

    def post(self, message: Message) -> None:
        """Put a message into its receiver's mailbox."""
        mailbox = self._mailboxes.setdefault(message.receiver, [])
        heappush(mailbox, (message.due_ns, message.sequence, message))
        if mailbox[0][1] == message.sequence:
            self._announce(message.receiver)

    def take(self, receiver: str, *, now_ns: int) -> list[Message]:
        """Remove and return a receiver's messages that are due. [ns]"""
        mailbox = self._mailboxes.get(receiver)
        if not mailbox or mailbox[0][0] > now_ns:
            return []
        taken = []
        while mailbox and mailbox[0][0] <= now_ns:
            taken.append(heappop(mailbox)[2])
        if mailbox:
            self._announce(receiver)
        else:
            del self._mailboxes[receiver]
        return taken

    def discard(self, agent_id: str | None) -> list[Message]:
        """Remove and return every message from or to an agent, or of all agents."""
        discarded = [m for m in self.waiting() if agent_id is None or agent_id in (m.sender, m.receiver)]
        gone = {message.sequence for message in discarded}
        kept = {box: [e for e in entries if e[1] not in gone] for box, entries in self._mailboxes.items()}
        self._mailboxes = {box: entries for box, entries in kept.items() if entries}
        for entries in self._mailboxes.values():
            heapify(entries)
        self._list_firsts()
        return discarded

    def waiting(self) -> list[Message]:
        """Every message that has not been collected, in order of its sequence number."""
        messages = [entry[2] for mailbox in self._mailboxes.values() for entry in mailbox]
        return sorted(messages, key=lambda message: message.sequence)

    def next_due_ns(self) -> int | None:
        """Earliest arrival among the messages that have not been collected. [ns]"""
        while self._firsts:
            due_ns, sequence, receiver = self._firsts[0]
            mailbox = self._mailboxes.get(receiver)
            if mailbox and mailbox[0][1] == sequence:
                return due_ns
            heappop(self._firsts)
        return None

    def close(self) -> None:
        """Forget all messages."""
        self.discard(None)

    def _announce(self, receiver: str) -> None:
        due_ns, sequence, _ = self._mailboxes[receiver][0]
        heappush(self._firsts, (due_ns, sequence, receiver))
        # Behind the first of a mailbox that nobody empties, those of all others would pile up.
        if len(self._firsts) > 64 + 4 * len(self._mailboxes):
            self._list_firsts()

    def _list_firsts(self) -> None:
        self._firsts = [(mailbox[0][0], mailbox[0][1], box) for box, mailbox in self._mailboxes.items()]
        heapify(self._firsts)

"""Peers that talk through a broker, as an event-driven run lets them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from heron.core import SeedTree
from heron.messaging import ChannelSpec, InMemoryBroker
from heron.protocols import HorizontalProtocol, Letter
from heron.types import FloatArray

SECOND_NS = 1_000_000_000
Values = Mapping[str, Mapping[str, FloatArray]]


class PeersByMail:
    """Rounds of a protocol, one per second, over one channel; `check` is called after every message."""

    def __init__(
        self,
        protocol: HorizontalProtocol,
        spec: ChannelSpec,
        *,
        n_env: int = 1,
        seed: int = 0,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self.protocol, self.check = protocol, check
        self.now_ns = 0
        self.broker = InMemoryBroker()
        self.broker.connect(protocol.participants)
        self.broker.open_channel("default", spec)
        self.broker.reset(SeedTree(seed))
        protocol.begin(n_env)

    def rounds(self, values: Values, count: int) -> None:
        """Let rounds pass in which everyone gives the same."""
        for _ in range(count):
            for stage in self.protocol.stages:
                at_ns = self.now_ns + round(stage.after_s * SECOND_NS)
                self.deliver(at_ns - 1)
                for name in stage.participants:
                    self._send(name, self.protocol.compose(name, values.get(name, {})), at_ns)
                    self.check()
                self.deliver(at_ns)
            self.now_ns += SECOND_NS
        self.deliver(self.now_ns - 1)

    def deliver(self, until_ns: int) -> None:
        """Deliver what is due up to a time, those of one instant in the order they were sent. [ns]"""
        while (due_ns := self.broker.next_due_ns()) is not None and due_ns <= until_ns:
            arrived = [m for name in self.protocol.participants for m in self.broker.collect(name, now_ns=due_ns)]
            for message in sorted(arrived, key=lambda one: one.sequence):
                assert isinstance(message.payload, Mapping)
                answers = self.protocol.receive(message.receiver, message.sender, message.payload)
                self._send(message.receiver, answers, due_ns)
                self.check()

    def _send(self, sender: str, letters: list[Letter], now_ns: int) -> None:
        for receiver, payload in letters:
            assert receiver in self.protocol.neighbours(sender)
            self.broker.send(sender, receiver, payload, now_ns=now_ns)

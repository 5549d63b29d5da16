"""What a message goes through between its sender and its receiver: delay, jitter, loss, reordering."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from heron.core.clock import nanoseconds
from heron.core.jitter import JitterType, check_jitter_ratio, jittered_ns, parse_jitter_type
from heron.core.number import is_within
from heron.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSpec:
    """Properties of a channel; without arguments it is perfect.

    Parameters
    ----------
    delay_s
        Nominal time a message takes. [s]
    jitter_type
        Distribution of the time it really takes, a `JitterType` or its name.
    jitter_ratio
        Spread of that time as a fraction of the nominal one, 0 … 1. [1]
    loss
        Probability that a message never arrives. [1]
    reordering
        Whether a later message may overtake an earlier one of the same sender to the same receiver. Without it a
        message that was drawn to arrive earlier than its predecessor arrives together with it, and behind it.

    Raises
    ------
    ConfigError
        If the delay is negative, a fraction is outside 0 … 1 or the distribution is unknown.
    """

    delay_s: float = 0.0
    jitter_type: JitterType | str = JitterType.GAUSSIAN
    jitter_ratio: float = 0.0
    loss: float = 0.0
    reordering: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "jitter_type", parse_jitter_type(self.jitter_type))
        check_jitter_ratio(self.jitter_ratio, where="a channel")
        nanoseconds(self.delay_s, "A channel's delay_s")
        if not is_within(self.loss, 0.0, 1.0):
            raise ConfigError(f"A channel's loss is {self.loss!r}.", remedy="Give a probability from 0 to 1.")


class LinkStreams(NamedTuple):
    """Random streams of one sender, receiver and channel.

    Loss and delay have one each, so that switching loss on leaves the delays of what still arrives as they were.
    """

    loss: np.random.Generator
    delay: np.random.Generator


class Channel:
    """A medium that carries messages of any agents.

    Parameters
    ----------
    spec
        Its properties.
    """

    def __init__(self, spec: ChannelSpec) -> None:
        self.spec = spec
        self._delay_ns = nanoseconds(spec.delay_s)
        self._jitter_type = parse_jitter_type(spec.jitter_type)
        self._last_ns: dict[tuple[str, str], int] = {}

    def transit(self, sender: str, receiver: str, now_ns: int, rng: LinkStreams, *, added_ns: int = 0) -> int | None:
        """Instant at which a message that is sent now arrives; None where it is lost. [ns]

        Parameters
        ----------
        sender, receiver
            Between whom it travels.
        now_ns
            When it is sent. [ns]
        rng
            Streams of this sender, receiver and channel.
        added_ns
            Further delay, such as the sender's own. [ns]
        """
        # The delay is drawn first and for lost messages too: one number of each stream per message.
        delay_ns = jittered_ns(
            self._delay_ns, jitter_type=self._jitter_type, ratio=self.spec.jitter_ratio, rng=rng.delay
        )
        if self.spec.loss > 0.0 and rng.loss.random() < self.spec.loss:
            return None
        due_ns = now_ns + added_ns + delay_ns
        if not self.spec.reordering:
            link = (sender, receiver)
            due_ns = max(due_ns, self._last_ns.get(link, due_ns))
            self._last_ns[link] = due_ns
        return due_ns

    def reset(self) -> None:
        """Forget what has been sent."""
        self._last_ns.clear()

    def save_state(self) -> dict[str, Any]:
        """Latest arrival on each link, as plain data."""
        return {"last_ns": [[*link, last_ns] for link, last_ns in self._last_ns.items()]}

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave."""
        self._last_ns = {(sender, receiver): last_ns for sender, receiver, last_ns in state["last_ns"]}

"""What one agent tells another, and when it arrives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from heron.errors import StateError
from heron.types import FloatArray

Payload: TypeAlias = Mapping[str, FloatArray] | FloatArray
"""Numbers by name, ``(n_env,)`` each, or one array with environments first."""

_NUMBER_KINDS = "fiub"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Message:
    """One message on its way or arrived.

    Messages are told apart by their sequence number; compare their `as_plain` to compare contents.

    Parameters
    ----------
    sender, receiver
        Names of agents.
    channel
        Name of the channel it travels on.
    payload
        What it says; the arrays are the message's own and read-only.
    sent_ns, due_ns
        Simulated instants of sending and of arrival. They travel with the message, so that a broker whose agents live
        in other processes delivers at the same simulated instant as one in memory. [ns]
    sequence
        Number of the message among all of its broker, from 0.
    """

    sender: str
    receiver: str
    channel: str
    payload: Payload
    sent_ns: int
    due_ns: int
    sequence: int

    def as_plain(self) -> dict[str, Any]:
        """The message as numbers, strings, lists and dicts, for logs and saved states."""
        values = self.payload
        plain = {name: one.tolist() for name, one in values.items()} if isinstance(values, Mapping) else values.tolist()
        return {
            "sender": self.sender,
            "receiver": self.receiver,
            "channel": self.channel,
            "payload": plain,
            "sent_ns": self.sent_ns,
            "due_ns": self.due_ns,
            "sequence": self.sequence,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Message:
        """The message that `as_plain` was asked of, bit for bit.

        Raises
        ------
        StateError
            If a part is missing, unknown or not of its type.
        """
        try:
            return cls(**{**plain, "payload": own_payload(plain["payload"])})
        except (KeyError, TypeError, ValueError) as cause:
            raise StateError(
                f"A message cannot be read from {dict(plain)!r}: {cause}.", remedy="Give what `Message.as_plain` gave."
            ) from cause


def own_payload(payload: object) -> Payload:
    """Read-only copy of what is to be sent, so that nothing the sender does later changes it.

    Raises
    ------
    TypeError
        If something is not made of real numbers, or a name is no string.
    """
    if not isinstance(payload, Mapping):
        return _own_array(payload)
    for name in payload:
        if not isinstance(name, str):
            raise TypeError(f"the name {name!r} in the payload is no string")
    return {name: _own_array(values) for name, values in payload.items()}


def _own_array(values: object) -> FloatArray:
    given = np.asarray(values)
    if given.dtype.kind not in _NUMBER_KINDS:
        raise TypeError(f"the payload {values!r} is not made of real numbers")
    array = np.array(given, dtype=np.float64)
    array.flags.writeable = False
    return array

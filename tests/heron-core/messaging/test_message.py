"""Messages own what they say, and survive being written down."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from heron.errors import StateError
from heron.messaging import Message, Payload

numbers = arrays(np.float64, st.integers(1, 4), elements=st.floats(allow_nan=False))


def message(payload: Payload) -> Message:
    return Message(
        sender="north", receiver="south", channel="radio", payload=payload, sent_ns=5, due_ns=2**62, sequence=3
    )


@given(payload=numbers | st.dictionaries(st.text(min_size=1), numbers, max_size=3))
def test_a_message_survives_json_bit_for_bit(payload: Any) -> None:
    written = json.dumps(message(payload).as_plain())
    back = Message.from_plain(json.loads(written))
    assert (back.sender, back.receiver, back.channel) == ("north", "south", "radio")
    assert (back.sent_ns, back.due_ns, back.sequence) == (5, 2**62, 3)
    if isinstance(payload, dict):
        assert isinstance(back.payload, dict)
        assert list(back.payload) == list(payload)
        assert all(back.payload[name].tobytes() == payload[name].tobytes() for name in payload)
    else:
        assert isinstance(back.payload, np.ndarray)
        assert back.payload.tobytes() == payload.tobytes()


def test_a_plain_message_holds_no_arrays() -> None:
    assert message({"level": np.array([1.0, 2.5])}).as_plain() == {
        "sender": "north",
        "receiver": "south",
        "channel": "radio",
        "payload": {"level": [1.0, 2.5]},
        "sent_ns": 5,
        "due_ns": 2**62,
        "sequence": 3,
    }


def test_what_is_no_message_is_refused_with_the_part() -> None:
    plain = message(np.zeros(1)).as_plain()
    del plain["due_ns"]
    with pytest.raises(StateError, match=r"cannot be read from .*due_ns.* Give what `Message\.as_plain` gave\."):
        Message.from_plain(plain)
    with pytest.raises(StateError, match="colour"):
        Message.from_plain({**message(np.zeros(1)).as_plain(), "colour": 1})
    with pytest.raises(StateError, match="not made of real numbers"):
        Message.from_plain({**message(np.zeros(1)).as_plain(), "payload": "hello"})

"""The broker in memory delivers everything once, in order, when it is due, and counts what it loses."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heron.core import SeedTree
from heron.errors import ConfigError, MessageError, StateError, UnknownNameError
from heron.messaging import ChannelSpec, InMemoryBroker, Message, MessageBroker
from heron.types import FloatArray

AGENTS = ("north", "south", "west")
NOISY = ChannelSpec(delay_s=1.0, jitter_type="uniform", jitter_ratio=0.8, loss=0.3, reordering=True)


def broker(spec: ChannelSpec | None = None, *, seed: int = 0) -> InMemoryBroker:
    made = InMemoryBroker()
    made.connect(AGENTS)
    if spec is not None:
        made.open_channel("default", spec)
    made.reset(SeedTree(seed))
    return made


def say(value: float) -> dict[str, FloatArray]:
    return {"value": np.array([value])}


def said(message: Message) -> float:
    assert isinstance(message.payload, dict)
    return float(message.payload["value"][0])


def dues(made: MessageBroker, sender: str, receiver: str, *, count: int = 20) -> list[int | None]:
    sent = [made.send(sender, receiver, say(0.0), now_ns=0) for _ in range(count)]
    return [None if message is None else message.due_ns for message in sent]


def test_a_message_lies_in_the_mailbox_until_it_is_due() -> None:
    made = broker(ChannelSpec(delay_s=2.0))
    sent = made.send("north", "south", say(21.5), now_ns=1_000_000_000)
    assert sent is not None
    assert (sent.sent_ns, sent.due_ns, made.next_due_ns()) == (1_000_000_000, 3_000_000_000, 3_000_000_000)
    assert made.collect("south", now_ns=2_999_999_999) == []
    assert made.collect("north", now_ns=3_000_000_000) == []
    (message,) = made.collect("south", now_ns=3_000_000_000)
    assert said(message) == 21.5
    assert made.collect("south", now_ns=9_000_000_000) == []
    assert made.next_due_ns() is None


def test_messages_are_collected_by_arrival_and_then_by_number() -> None:
    made = broker()
    for value, delay_ns in ((0.0, 30), (1.0, 10), (2.0, 10), (3.0, 20)):
        made.send("north" if value else "west", "south", say(value), now_ns=0, delay_ns=delay_ns)
    # north's third waits for nobody: 20 is behind both of its 10s; all of them overtake west's 30
    assert [said(message) for message in made.collect("south", now_ns=100)] == [1.0, 2.0, 3.0, 0.0]


def test_what_is_sent_does_not_change_with_the_senders_arrays() -> None:
    made, values = broker(), np.array([1.0])
    made.send("north", "south", {"value": values}, now_ns=0)
    values[0] = 99.0
    (message,) = made.collect("south", now_ns=0)
    assert said(message) == 1.0
    with pytest.raises(ValueError, match="read-only"):
        message.payload["value"][0] = 2.0  # type: ignore[call-overload]


@given(
    sends=st.lists(
        st.tuples(st.sampled_from(AGENTS), st.sampled_from(AGENTS), st.integers(0, 50), st.integers(0, 50)), max_size=40
    ),
    seed=st.integers(0, 100),
)
def test_whatever_is_sent_is_collected_once_or_counted_as_lost(sends: list[Any], seed: int) -> None:
    made = broker(ChannelSpec(delay_s=2e-8, jitter_ratio=1.0, loss=0.3, reordering=True), seed=seed)
    expected = []
    for sender, receiver, now_ns, delay_ns in sorted(sends, key=lambda one: one[2]):
        message = made.send(sender, receiver, say(0.0), now_ns=now_ns, delay_ns=delay_ns)
        expected += [] if message is None else [message.sequence]
    collected: list[int] = []
    while (now_ns := made.next_due_ns()) is not None:
        arrived = [message for agent in AGENTS for message in made.collect(agent, now_ns=now_ns)]
        assert {message.due_ns for message in arrived} == {now_ns}
        collected += [message.sequence for message in arrived]
        count = made.counters["default"]
        assert count.sent == count.delivered + count.lost + made.pending()
    assert sorted(collected) == expected
    assert made.counters["default"].lost == len(sends) - len(expected)


def test_each_pair_and_channel_draws_from_streams_of_its_own() -> None:
    quiet, busy = broker(NOISY), broker(NOISY)
    busy.open_channel("other", NOISY)
    busy.send("north", "south", say(0.0), now_ns=0, channel="other")
    dues(busy, "south", "north")
    dues(busy, "north", "west")
    dues(busy, "west", "south")
    assert dues(quiet, "north", "south") == dues(busy, "north", "south")
    assert dues(broker(NOISY), "north", "south") != dues(broker(NOISY), "north", "west")
    assert dues(broker(NOISY), "north", "south") != dues(broker(NOISY), "south", "north")


def test_a_reset_brings_back_the_same_channel_for_the_same_seed() -> None:
    made = broker(NOISY, seed=5)
    first = dues(made, "north", "south")
    made.outage("west", True)
    made.reset(SeedTree(5))
    assert (made.pending(), made.counters["default"].sent, made.is_out("west")) == (0, 0, False)
    assert dues(made, "north", "south") == first
    made.reset(SeedTree(5, episode=1))
    assert dues(made, "north", "south") != first


def test_the_brokers_draws_leave_the_given_tree_where_it_was() -> None:
    tree, made = SeedTree(5), broker(NOISY)
    made.reset(tree)
    dues(made, "north", "south")
    assert tree.save_state()["streams"] == []


def test_an_outage_of_an_agent_loses_what_is_under_way_and_what_is_sent() -> None:
    made = broker(ChannelSpec(delay_s=1.0))
    for sender, receiver in (("north", "south"), ("south", "north"), ("west", "north"), ("west", "south")):
        made.send(sender, receiver, say(0.0), now_ns=0)
    made.outage("south", True)
    assert made.send("south", "west", say(1.0), now_ns=0) is None
    assert made.send("west", "south", say(1.0), now_ns=0) is None
    assert made.send("west", "north", say(2.0), now_ns=0) is not None
    assert made.collect("south", now_ns=10**10) == []
    assert [said(message) for message in made.collect("north", now_ns=10**10)] == [0.0, 2.0]
    # sent 7: three of four lost under way, two refused, two delivered
    count = made.counters["default"]
    assert (count.sent, count.lost, count.delivered, made.pending()) == (7, 5, 2, 0)
    made.outage("south", False)
    assert made.send("west", "south", say(3.0), now_ns=10**10) is not None


def test_an_outage_of_everybody_leaves_those_of_single_agents() -> None:
    made = broker()
    made.outage("south", True)
    made.outage(None, True)
    assert made.send("north", "west", say(0.0), now_ns=0) is None
    made.outage(None, False)
    assert made.send("north", "west", say(0.0), now_ns=0) is not None
    assert made.send("north", "south", say(0.0), now_ns=0) is None


def test_going_on_after_a_restore_equals_never_having_stopped() -> None:
    fifo = ChannelSpec(delay_s=1.0, jitter_ratio=0.9, loss=0.2)
    made = broker(fifo)
    dues(made, "north", "south")
    made.collect("south", now_ns=800_000_000)
    made.outage("west", True)
    saved = json.loads(json.dumps(made.save_state()))
    later = broker(fifo, seed=9)
    dues(later, "south", "north")
    later.restore_state(saved)
    assert later.save_state() == saved
    assert later.next_due_ns() == made.next_due_ns()
    assert dues(later, "north", "south") == dues(made, "north", "south")
    ends = [[m.as_plain() for m in one.collect("south", now_ns=10**10)] for one in (made, later)]
    assert len(ends[0]) > 20
    assert ends[0] == ends[1]
    assert later.counters == made.counters
    assert later.is_out("west")


def test_a_saved_state_of_other_channels_or_agents_is_refused() -> None:
    made = broker()
    made.send("north", "south", say(0.0), now_ns=0)
    stranger = InMemoryBroker()
    with pytest.raises(StateError, match=r"agents \['north', 'south'\] who are not connected"):
        stranger.restore_state(made.save_state())
    made.open_channel("radio", NOISY)
    with pytest.raises(StateError, match=r"channels \['default', 'radio'\].*with channels \['default'\]"):
        broker().restore_state(made.save_state())


def test_an_unknown_agent_is_named_with_sender_channel_and_time() -> None:
    with pytest.raises(
        UnknownNameError,
        match=r"message of 'north' to 'suoth' on channel 'default' at 2\.5 s has a receiver .* Did you mean 'south'\?",
    ):
        broker().send("north", "suoth", say(0.0), now_ns=2_500_000_000)
    with pytest.raises(UnknownNameError, match=r"has a sender that is not connected\. Connected are \['north'"):
        broker().send("zzz", "south", say(0.0), now_ns=0)
    with pytest.raises(UnknownNameError, match=r"on channel 'defualt' .* Did you mean 'default'\?"):
        broker().send("north", "south", say(0.0), now_ns=0, channel="defualt")
    with pytest.raises(UnknownNameError, match=r"'nroth', who collects messages at 1\.0 s, .* Did you mean 'north'\?"):
        broker().collect("nroth", now_ns=1_000_000_000)
    with pytest.raises(UnknownNameError, match=r"'wset' of a communication outage .* Did you mean 'west'\?"):
        broker().outage("wset", True)


@pytest.mark.parametrize(("now_ns", "delay_ns"), [(-1, None), (0, -5)])
def test_a_negative_time_or_delay_is_refused(now_ns: int, delay_ns: int | None) -> None:
    with pytest.raises(MessageError, match=r"message of 'north' to 'south' .* Neither may be negative\."):
        broker().send("north", "south", say(0.0), now_ns=now_ns, delay_ns=delay_ns)


@pytest.mark.parametrize("payload", ["hello", {"value": None}, {1: np.zeros(1)}, [[1.0], [1.0, 2.0]]])
def test_what_is_no_number_is_refused_and_not_counted(payload: Any) -> None:
    made = broker()
    with pytest.raises(MessageError, match=r"message of 'north' to 'south' .* cannot be sent"):
        made.send("north", "south", payload, now_ns=0)
    assert made.counters["default"].sent == 0


def test_a_channel_in_use_cannot_be_opened_anew() -> None:
    made = broker()
    made.send("north", "south", say(0.0), now_ns=0)
    with pytest.raises(ConfigError, match=r"'default' has carried 1 messages .* Open channels before"):
        made.open_channel("default", NOISY)
    made.reset(SeedTree(0))
    made.open_channel("default", NOISY)
    assert made.channels == {"default": NOISY}


def test_what_is_known_of_a_broker_can_be_read() -> None:
    made = broker(NOISY)
    assert made.agents == AGENTS
    made.connect(["east", "north"])
    assert made.agents == (*AGENTS, "east")
    made.send("north", "east", say(0.0), now_ns=0)
    made.close()
    assert made.next_due_ns() is None


def test_the_earliest_arrival_is_found_behind_a_mailbox_nobody_empties() -> None:
    made = broker()
    made.send("north", "west", say(0.0), now_ns=0)
    for now_ns in range(1000):
        made.send("north", "south", say(0.0), now_ns=now_ns)
        made.collect("south", now_ns=now_ns)
    assert made.next_due_ns() == 0
    made.collect("west", now_ns=0)
    assert made.next_due_ns() is None


MILLION = """
import resource
import numpy as np
from heron.core import SeedTree
from heron.messaging import ChannelSpec, InMemoryBroker

broker = InMemoryBroker()
broker.connect(["a", "b", "c"])
broker.open_channel("default", ChannelSpec(delay_s=1e-7, jitter_ratio=0.5, loss=0.1))
broker.reset(SeedTree(0))
broker.send("a", "c", np.zeros(1), now_ns=0)  # never collected
payload = np.zeros(1)
peak = {}
for number in range(1_000_000):
    broker.send("a", "b", payload, now_ns=number * 100)
    if number % 4 == 0:
        broker.collect("b", now_ns=number * 100)
    if number in (100_000, 999_999):
        peak[number] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(broker.counters["default"].sent, peak[999_999] - peak[100_000])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource module")
def test_a_million_messages_need_no_more_memory_than_a_hundred_thousand() -> None:
    done = subprocess.run([sys.executable, "-c", MILLION], capture_output=True, text=True, check=True)
    sent, grown_kib = (int(word) for word in done.stdout.split())
    assert sent == 1_000_001
    # one message takes more than 300 bytes: keeping 900,000 of them would take over 250 MiB
    assert grown_kib < 2048

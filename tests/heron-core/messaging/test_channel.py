"""Channels delay, lose and reorder as their properties say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heron.core import JitterType
from heron.errors import ConfigError
from heron.messaging import Channel, ChannelSpec, LinkStreams

SECOND_NS = 1_000_000_000
N_SENT = 20_000


def streams(seed: int = 0) -> LinkStreams:
    return LinkStreams(np.random.default_rng([seed, 0]), np.random.default_rng([seed, 1]))


def arrivals(spec: ChannelSpec, sent_ns: list[int], *, seed: int = 0) -> list[int | None]:
    channel, rng = Channel(spec), streams(seed)
    return [channel.transit("a", "b", now_ns, rng) for now_ns in sent_ns]


def test_a_perfect_channel_delivers_at_once() -> None:
    assert arrivals(ChannelSpec(), [0, 7, 7]) == [0, 7, 7]


def test_a_constant_delay_is_exact() -> None:
    assert arrivals(ChannelSpec(delay_s=1.5), [0, 3]) == [1_500_000_000, 1_500_000_003]


def test_the_senders_own_delay_is_added() -> None:
    assert Channel(ChannelSpec(delay_s=1.5)).transit("a", "b", 2, streams(), added_ns=10) == 1_500_000_012


@pytest.mark.parametrize("loss", [0.05, 0.3, 0.9])
def test_the_loss_rate_is_what_it_says(loss: float) -> None:
    lost = arrivals(ChannelSpec(loss=loss), list(range(N_SENT))).count(None)
    # five standard deviations of a binomial share
    assert lost / N_SENT == pytest.approx(loss, abs=5.0 * math.sqrt(loss * (1.0 - loss) / N_SENT))


def test_a_channel_that_loses_everything_delivers_nothing() -> None:
    assert arrivals(ChannelSpec(loss=1.0), [0] * 1000) == [None] * 1000


def test_delays_have_the_mean_and_deviation_of_their_distribution() -> None:
    spec = ChannelSpec(delay_s=2.0, jitter_type="lognormal", jitter_ratio=0.5, reordering=True)
    taken = np.array(arrivals(spec, [0] * N_SENT), dtype=np.float64) / SECOND_NS
    # mean 2 s, deviation 0.5 · 2 s = 1 s; five standard errors of the mean
    assert taken.mean() == pytest.approx(2.0, abs=5.0 / math.sqrt(N_SENT))
    assert taken.std() == pytest.approx(1.0, rel=0.05)


def test_switching_loss_on_leaves_the_delays_of_the_others() -> None:
    jitter: dict[str, Any] = {"delay_s": 1.0, "jitter_ratio": 0.5, "reordering": True}
    whole = arrivals(ChannelSpec(**jitter), list(range(500)))
    lossy = arrivals(ChannelSpec(**jitter, loss=0.4), list(range(500)))
    assert 100 < lossy.count(None) < 300
    assert all(due in (None, expected) for due, expected in zip(lossy, whole, strict=True))


@given(
    gaps_ns=st.lists(st.integers(0, SECOND_NS), min_size=2, max_size=30),
    jitter_type=st.sampled_from(JitterType),
    loss=st.floats(0.0, 0.5),
    seed=st.integers(0, 1000),
)
def test_without_reordering_nothing_overtakes(gaps_ns: list[int], jitter_type: str, loss: float, seed: int) -> None:
    spec = ChannelSpec(delay_s=1.0, jitter_type=jitter_type, jitter_ratio=1.0, loss=loss)
    sent_ns = np.cumsum(gaps_ns).tolist()
    dues = [due for due in arrivals(spec, sent_ns, seed=seed) if due is not None]
    assert dues == sorted(dues)


def test_with_reordering_messages_overtake() -> None:
    spec = ChannelSpec(delay_s=1.0, jitter_ratio=0.5, reordering=True)
    dues = [due for due in arrivals(spec, list(range(100))) if due is not None]
    assert dues != sorted(dues)


def test_only_messages_of_the_same_pair_wait_for_each_other() -> None:
    channel = Channel(ChannelSpec(delay_s=1.0))
    assert channel.transit("a", "b", 0, streams(), added_ns=5 * SECOND_NS) == 6 * SECOND_NS
    assert channel.transit("a", "b", 1, streams()) == 6 * SECOND_NS
    assert channel.transit("c", "b", 1, streams()) == SECOND_NS + 1
    assert channel.transit("b", "a", 1, streams()) == SECOND_NS + 1


def test_a_restored_channel_remembers_who_waits_for_whom() -> None:
    channel, other = Channel(ChannelSpec()), Channel(ChannelSpec())
    channel.transit("a", "b", 0, streams(), added_ns=50)
    other.restore_state(channel.save_state())
    assert other.transit("a", "b", 10, streams()) == 50
    other.reset()
    assert other.transit("a", "b", 10, streams()) == 10


@pytest.mark.parametrize(
    ("properties", "complaint"),
    [
        ({"delay_s": -1.0}, r"delay_s is -1\.0\. Give seconds from 0 on\."),
        ({"delay_s": math.inf}, "delay_s is inf"),
        ({"loss": 1.5}, r"loss is 1\.5\. Give a probability from 0 to 1\."),
        ({"loss": math.nan}, "loss is nan"),
        ({"jitter_ratio": 2.0}, r"jitter ratio of a channel is 2\.0"),
        ({"jitter_type": "log-normal"}, r"Jitter type 'log-normal' .* Did you mean 'lognormal'\?"),
    ],
)
def test_an_impossible_channel_is_refused(properties: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        ChannelSpec(**properties)

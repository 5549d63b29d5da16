"""Timing of the episodes that are under way, drawn when each began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from heron.core.clock import NANOSECONDS, nanoseconds
from heron.core.jitter import jitter_factors
from heron.core.random import SeedTree
from heron.scheduling.timing_range import TimingRange
from heron.types import BoolArray, FloatArray, IndexArray

_EPISODE, _OBSERVATION_JITTER, _ACTION_JITTER, _LOSS = range(4)


class DrawnTiming:
    """What every learner's timing is in every environment, step by step, in plant intervals.

    A learner draws from a stream of its own, at another place of it for each purpose, and not at all where nothing can
    vary. An observation is never younger than its delay says: as on events, it shows the newest snapshot that is
    old enough. An action takes effect at the beginning of the plant interval that is nearest to its instant.

    Parameters
    ----------
    ranges
        By learner, in order.
    links : (n_link,)
        Number of the learner that each link begins at.
    n_env, n_step
        Environments, and steps of an episode.
    interval_ns
        Length of a plant interval. [ns]

    Attributes
    ----------
    longest_age, longest_way
        Greatest age of an observation, and greatest delay of an action. [plant intervals]
    longest_tick
        Greatest number of steps between two decisions.
    """

    def __init__(
        self, ranges: Mapping[str, TimingRange], links: IndexArray, *, n_env: int, n_step: int, interval_ns: int
    ) -> None:
        self._ranges, self._interval_ns = dict(ranges), interval_ns
        self._links_of = [np.flatnonzero(links == place) for place in range(len(ranges))]
        n_learner = len(ranges)
        every = ranges.values()
        # what is the same at every step is kept once: a year of hours is 8,760 of them
        self._n_span = n_step + 1 if any(one.jitter_ratio for one in every) else 1
        self._n_told = n_step + 1 if any(one.loss[1] for one in every) else 1
        self._age = np.zeros((self._n_span, n_learner, n_env), dtype=np.int64)
        self._way = np.zeros((self._n_span, n_learner, n_env), dtype=np.int64)
        self._lost = np.zeros((self._n_told, len(links), n_env), dtype=np.bool_)
        self._tick = np.ones((n_learner, n_env), dtype=np.int64)
        self._learner, self._env = np.arange(n_learner)[:, np.newaxis], np.arange(n_env)
        self._link = np.arange(len(links))[:, np.newaxis]
        self.longest_age = max((self._age_of(_longest(one, one.obs_delay_s)) for one in every), default=0)
        self.longest_way = max((self._way_of(_longest(one, one.act_delay_s)) for one in every), default=0)
        self.longest_tick = max((int(one.tick_steps[1]) for one in every), default=1)

    def draw(self, envs: IndexArray, trees: Sequence[SeedTree]) -> None:
        """Draw the timing of episodes that begin.

        Parameters
        ----------
        envs
            Their environments.
        trees
            Random streams of all environments.
        """
        for place, learner in enumerate(self._ranges):
            self._draw_of(place, learner, envs, trees)

    def ages(self, steps: IndexArray) -> IndexArray:
        """Age of what is seen at the beginning of a step, ``(n_learner, n_env)``. [plant intervals]"""
        ages: IndexArray = self._age[np.minimum(steps, self._n_span - 1), self._learner, self._env]
        return ages

    def ways(self, steps: IndexArray) -> IndexArray:
        """Delay of actions taken at the beginning of a step, ``(n_learner, n_env)``. [plant intervals]"""
        ways: IndexArray = self._way[np.minimum(steps, self._n_span - 1), self._learner, self._env]
        return ways

    def arrives(self, steps: IndexArray) -> BoolArray:
        """Whether what is told at the beginning of a step arrives, ``(n_link, n_env)``."""
        arrives: BoolArray = ~self._lost[np.minimum(steps, self._n_told - 1), self._link, self._env]
        return arrives

    def decides(self, steps: IndexArray) -> BoolArray:
        """Whether it is a learner's turn at the beginning of a step, ``(n_learner, n_env)``."""
        decides: BoolArray = steps % self._tick == 0
        return decides

    def save_state(self) -> dict[str, Any]:
        """What was drawn."""
        return {"age": self._age.copy(), "way": self._way.copy(), "lost": self._lost.copy(), "tick": self._tick.copy()}

    def fits(self, state: Mapping[str, Any]) -> bool:
        """Whether `restore_state` could take this back."""
        own = self.save_state()
        return own.keys() == state.keys() and all(np.shape(state[name]) == own[name].shape for name in own)

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave."""
        self._age[...], self._way[...] = state["age"], state["way"]
        self._lost[...], self._tick[...] = state["lost"], state["tick"]

    def _draw_of(self, place: int, learner: str, envs: IndexArray, trees: Sequence[SeedTree]) -> None:
        """Draw one learner's timing: numbers environment by environment, what follows from them for all at once."""
        one, links = self._ranges[learner], self._links_of[place]
        where = np.zeros((len(envs), 4))
        seen, acted = np.ones((2, self._n_span, len(envs)))
        chance = np.ones((self._n_told, len(links), len(envs)))
        jitter = partial(jitter_factors, self._n_span, jitter_type=one.jitter_type, ratio=one.jitter_ratio)
        for column, env in enumerate(envs.tolist() if _is_drawn(one) else ()):
            stream = _PurposeStreams(trees[env], learner)
            where[column] = stream.of(_EPISODE).random(4)
            if one.jitter_ratio and one.obs_delay_s[1]:
                seen[:, column] = jitter(rng=stream.of(_OBSERVATION_JITTER))
            if one.jitter_ratio and one.act_delay_s[1]:
                acted[:, column] = jitter(rng=stream.of(_ACTION_JITTER))
            if one.loss[1]:
                chance[:, :, column] = stream.of(_LOSS).random((self._n_told, len(links)))
        seen_s, acted_s, loss = (
            low + share * (high - low)
            for (low, high), share in zip((one.obs_delay_s, one.act_delay_s, one.loss), where.T, strict=False)
        )
        self._age[:, place, envs] = self._age_of(_spans_ns(seen_s, seen, one))
        self._way[:, place, envs] = self._way_of(_spans_ns(acted_s, acted, one))
        self._lost[:, links[:, np.newaxis], envs] = chance < loss
        lowest, highest = one.tick_steps
        self._tick[place, envs] = np.minimum(lowest + where[:, 3] * (highest - lowest + 1), highest)

    def _age_of(self, span_ns: Any) -> Any:
        return -(-span_ns // self._interval_ns)

    def _way_of(self, span_ns: Any) -> Any:
        return (2 * span_ns + self._interval_ns) // (2 * self._interval_ns)


class _PurposeStreams:
    """A learner's stream in stretches, one for each purpose, so that none shifts another's numbers.

    Making a stream takes 25 µs, and going to another stretch of it 4 µs: with a stream for each purpose a thousand
    environments would spend half of a day of hourly steps on making streams.
    """

    def __init__(self, tree: SeedTree, learner: str) -> None:
        self._rng = tree.generator(learner, "timing")
        bits = self._rng.bit_generator
        assert isinstance(bits, np.random.PCG64)
        self._bits, self._begin = bits, bits.state

    def of(self, purpose: int) -> np.random.Generator:
        """The stream at the beginning of a purpose's stretch, 2⁶⁴ numbers long."""
        self._bits.state = self._begin
        self._bits.advance(purpose << 64)
        return self._rng


def _spans_ns(nominal_s: FloatArray, factors: FloatArray, one: TimingRange) -> IndexArray:
    """Spans ``(n_span, n_env)`` of nominal lengths ``(n_env,)`` [s]; jitter is cut where `_longest` is. [ns]"""
    nominal_ns = np.rint(nominal_s * NANOSECONDS)
    spans_ns: IndexArray = np.rint(nominal_ns * np.minimum(factors, one.longest_jitter)).astype(np.int64)
    return spans_ns


def _is_drawn(one: TimingRange) -> bool:
    pairs = (one.obs_delay_s, one.act_delay_s, one.loss, one.tick_steps)
    return one.jitter_ratio > 0.0 or one.loss[1] > 0.0 or any(low != high for low, high in pairs)


def _longest(one: TimingRange, pair: tuple[float, float]) -> int:
    return nanoseconds(pair[1] * one.longest_jitter)

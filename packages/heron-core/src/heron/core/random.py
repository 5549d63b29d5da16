"""Random streams keyed by seed, episode, agent and purpose."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from heron.errors import ConfigError


def _word(text: str) -> int:
    # 64 bits: with 32, one in ten thousand worlds of 1,000 agents would have two agents that draw the same numbers.
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8"), digest_size=8).digest(), "little")


class SeedTree:
    """All randomness of one environment in one episode.

    A stream is made when it is first drawn from and depends on nothing but its key: drawing for
    one agent never shifts another's numbers, and adding an agent changes nobody else's.

    Parameters
    ----------
    seed
        Seed of the environment, not negative.
    episode
        Number of the episode since the seed was given.

    Raises
    ------
    ConfigError
        If the seed is negative.
    """

    def __init__(self, seed: int, episode: int = 0) -> None:
        if seed < 0:
            raise ConfigError(f"A seed must not be negative, got {seed}.")
        self.seed = seed
        self.episode = episode
        self._streams: dict[tuple[str, str], np.random.Generator] = {}

    def generator(self, agent: str, purpose: str) -> np.random.Generator:
        """Stream of one agent for one purpose; the same object on every call."""
        key = (agent, purpose)
        if key not in self._streams:
            entropy = np.random.SeedSequence((self.seed, self.episode, _word(agent), _word(purpose)))
            self._streams[key] = np.random.Generator(np.random.PCG64(entropy))
        return self._streams[key]

    def next_episode(self) -> SeedTree:
        """Streams of the episode after this one."""
        return SeedTree(self.seed, self.episode + 1)

    def save_state(self) -> dict[str, Any]:
        """Position of every stream, as plain data."""
        streams = [[*key, generator.bit_generator.state] for key, generator in self._streams.items()]
        return {"seed": self.seed, "episode": self.episode, "streams": streams}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> SeedTree:
        """Streams that go on where `save_state` found them."""
        tree = cls(state["seed"], state["episode"])
        for agent, purpose, position in state["streams"]:
            tree.generator(agent, purpose).bit_generator.state = position
        return tree

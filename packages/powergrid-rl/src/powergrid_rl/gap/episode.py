"""One day under one seed, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from heron.types import IndexArray


@dataclass(frozen=True, slots=True)
class Episode:
    """A pair of seed and day; every scenario is played on the same pairs.

    Parameters
    ----------
    seed
        Seed of everything random in the episode: variability, jitter, losses, random policies.
    day
        Number of the day in its split.
    """

    seed: int
    day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a policy did in one episode.

    Parameters
    ----------
    seed, day
        The episode.
    return_usd
        Sum of all agents' rewards. [USD]
    cost_usd
        Sum of all agents' costs. [USD]
    safety
        Sum of all agents' violations, in steps. [1]
    n_action
        Actions taken.
    actions, rewards
        Fingerprints of every action with its agent and instant, and of every reward, cost and violation, bit for bit.
    """

    seed: int
    day: int
    return_usd: float
    cost_usd: float
    safety: float
    n_action: int
    actions: str
    rewards: str

    @property
    def episode(self) -> Episode:
        """Seed and day."""
        return Episode(self.seed, self.day)

    def same_bits(self, other: Outcome) -> bool:
        """Whether all actions, rewards, costs and violations are those of the other, bit for bit."""
        return self == other

    def as_plain(self) -> dict[str, Any]:
        """Plain data for a file."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Outcome:
        """Outcome that `as_plain` gave."""
        return cls(**plain)


def pair(n_seed: int, days: IndexArray, *, first_seed: int = 0) -> tuple[Episode, ...]:
    """One episode per seed, each on the next of the days, from the first again where there are fewer days."""
    numbers = days.tolist()
    return tuple(Episode(first_seed + place, numbers[place % len(numbers)]) for place in range(n_seed))

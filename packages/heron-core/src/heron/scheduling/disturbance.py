"""Disturbances: what goes wrong, where and when."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Literal, get_args

import numpy as np

from heron.core.clock import NANOSECONDS, nanoseconds
from heron.core.number import is_within
from heron.errors import ConfigError, suggest

Parameters = Mapping[str, float | str]
DurationDistribution = Literal["exponential", "fixed"]
_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """Something that goes wrong once, at a time known beforehand.

    Parameters
    ----------
    name
        What logs call it; unique in its schedule.
    kind
        What happens; a handler of this name carries it out.
    target
        To whom: an agent, a device, a row, whatever the handler knows.
    at_s
        When, from the beginning of the episode. [s]
    duration_s
        How long, None for good. [s]
    parameters
        What else the handler needs; each in its own unit.

    Raises
    ------
    ConfigError
        If a name is empty, a time is negative, or a duration or parameter is no usable number.
    """

    name: str
    kind: str
    target: str
    at_s: float
    duration_s: float | None = None
    parameters: Parameters = field(default_factory=dict)

    def __post_init__(self) -> None:
        what = f"Disturbance {self.name!r}"
        _check_texts(what, name=self.name, kind=self.kind, target=self.target)
        nanoseconds(self.at_s, f"{what}: at_s")
        _check_duration(what, self.duration_s)
        object.__setattr__(self, "parameters", _checked_parameters(what, self.parameters))

    @property
    def start_ns(self) -> int:
        """When it begins. [ns]"""
        return nanoseconds(self.at_s)

    def occurring(self) -> OccurringDisturbance:
        """What happens in every episode that is long enough."""
        end_ns = None if self.duration_s is None else self.start_ns + _span_ns(self.duration_s)
        return OccurringDisturbance(self.start_ns, end_ns, self.name, self.kind, self.target, self.parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoissonDisturbance:
    """Something that goes wrong again and again, at each target by itself.

    Parameters
    ----------
    kind
        What happens; a handler of this name carries it out.
    targets
        To whom.
    rate_per_h
        How often it begins at each target, on average. The times between beginnings are exponential. [1/h]
    duration_s
        How long it lasts, on average; None for good. [s]
    duration_distribution
        ``"exponential"``, or ``"fixed"`` where it always takes as long.
    parameters
        What else the handler needs; each in its own unit.

    Raises
    ------
    ConfigError
        If a name is empty or given twice, or the rate, the duration or a parameter is no usable number.
    """

    kind: str
    targets: Sequence[str]
    rate_per_h: float
    duration_s: float | None = None
    duration_distribution: DurationDistribution = "exponential"
    parameters: Parameters = field(default_factory=dict)

    def __post_init__(self) -> None:
        what = f"Random disturbance {self.kind!r}"
        if isinstance(self.targets, str) or not self.targets or len(set(self.targets)) != len(self.targets):
            raise ConfigError(f"{what} has targets {self.targets!r}.", remedy="Give a list of different names.")
        _check_texts(what, kind=self.kind, **{f"target {i}": name for i, name in enumerate(self.targets)})
        if not is_within(self.rate_per_h, 0.0):
            raise ConfigError(f"{what} has a rate of {self.rate_per_h!r} per hour.", remedy="Give a number from 0 on.")
        _check_duration(what, self.duration_s)
        if self.duration_distribution not in get_args(DurationDistribution):
            raise ConfigError(
                f"{what} has durations of distribution {self.duration_distribution!r}.",
                remedy=suggest(str(self.duration_distribution), get_args(DurationDistribution))
                or "There are 'exponential' and 'fixed'.",
            )
        object.__setattr__(self, "targets", tuple(self.targets))
        object.__setattr__(self, "parameters", _checked_parameters(what, self.parameters))

    def draw(self, target: str, rng: np.random.Generator, *, horizon_ns: int) -> Iterator[OccurringDisturbance]:
        """What happens at one target before the horizon, overlapping where it does. [ns]"""
        if self.rate_per_h == 0.0:
            return
        time_s = 0.0
        for number in count(1):
            # Two draws for each: a longer horizon or other durations leave the beginnings where they are.
            time_s += float(rng.exponential(_HOUR_S / self.rate_per_h))
            spread = float(rng.exponential())
            if time_s * NANOSECONDS >= horizon_ns:
                return
            start_ns = int(time_s * NANOSECONDS)
            name = f"{in_words(self.kind, target, self.parameters)} {number}"
            end_ns = self._end_ns(start_ns, spread)
            yield OccurringDisturbance(start_ns, end_ns, name, self.kind, target, self.parameters)

    def _end_ns(self, start_ns: int, spread: float) -> int | None:
        if self.duration_s is None:
            return None
        return start_ns + _span_ns(self.duration_s * (spread if self.duration_distribution == "exponential" else 1.0))


@dataclass(frozen=True, slots=True)
class OccurringDisturbance:
    """One disturbance of one episode.

    Parameters
    ----------
    start_ns, end_ns
        From when to when, counted from the beginning of the episode; the end is None where it stays. [ns]
    name
        What logs call it.
    kind, target, parameters
        What happens to whom, as declared.
    """

    start_ns: int
    end_ns: int | None
    name: str
    kind: str
    target: str
    parameters: Parameters

    def reaches(self, other: OccurringDisturbance) -> bool:
        """Whether it is still going on when a later one begins, or ends just then and differs in nothing."""
        if self.end_ns is None or self.end_ns > other.start_ns:
            return True
        return self.end_ns == other.start_ns and self.parameters == other.parameters

    def prolonged(self, other: OccurringDisturbance) -> OccurringDisturbance:
        """This one, lasting to the end of both."""
        forever = self.end_ns is None or other.end_ns is None
        end_ns = None if forever else max(self.end_ns or 0, other.end_ns or 0)
        return OccurringDisturbance(self.start_ns, end_ns, self.name, self.kind, self.target, self.parameters)


def texts(parameters: Parameters) -> tuple[str, ...]:
    """Parameters that say whom a disturbance hits and not how hard, such as the row of a sensor."""
    return tuple(text for _, text in sorted(parameters.items()) if isinstance(text, str))


def in_words(kind: str, target: str, parameters: Parameters) -> str:
    """What happens to whom."""
    return " ".join([f"{kind} of {target}", *texts(parameters)])


def _span_ns(duration_s: float) -> int:
    return max(1, round(duration_s * NANOSECONDS))  # what begins and ends at one instant would be no disturbance


def _check_texts(what: str, **texts: str) -> None:
    empty = [name for name, text in texts.items() if not isinstance(text, str) or not text]
    if empty:
        raise ConfigError(f"{what} has no {' and no '.join(empty)}.", remedy="Give a text.")


def _check_duration(what: str, duration_s: float | None) -> None:
    if duration_s is not None and (not is_within(duration_s, 0.0) or duration_s == 0.0):
        raise ConfigError(f"{what} lasts {duration_s!r} s.", remedy="Give more than 0 s, or None for good.")


def _checked_parameters(what: str, parameters: Parameters) -> dict[str, float | str]:
    for name, value in parameters.items():
        if not isinstance(value, str) and not (isinstance(value, (int, float)) and math.isfinite(value)):
            raise ConfigError(f"{what} has parameter {name!r} {value!r}.", remedy="Give a finite number or a text.")
    return dict(parameters)

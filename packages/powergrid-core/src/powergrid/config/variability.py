"""What a configuration may say about changes within seconds, which no hourly series holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from powergrid.config.checks import between, positive
from powergrid.config.finding import Finding
from powergrid.config.record import Record, Rule, checked

_PERIODS = ("period_min_s", "period_max_s")


def _check_periods(period_min_s: float, period_max_s: float) -> Iterator[Finding]:
    if period_min_s >= period_max_s:
        message = f"is {period_min_s:g} s, not below period_max_s = {period_max_s:g} s."
        yield Finding(path="period_min_s", message=message, remedy="Give the shorter one first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SolarVariability(Record):
    """Clouds that pass.

    Parameters
    ----------
    depth
        Share of the sunshine that the middle of a cloud takes. [1]
    cloud_share
        Share of the time in shade, where the series leaves room for the sun between the clouds. [1]
    edge
        Width of a cloud's edge, in standard deviations of the process behind it: the smaller, the steeper. [1]
    period_min_s, period_max_s
        Shortest and longest period of the process. [s]
    """

    depth: float = field(default=0.7, metadata=checked(positive, between(0.0, 0.95)))
    cloud_share: float = field(default=0.4, metadata=checked(between(0.0, 0.9)))
    edge: float = field(default=0.3, metadata=checked(positive))
    period_min_s: float = field(default=30.0, metadata=checked(positive))
    period_max_s: float = field(default=600.0, metadata=checked(positive))

    @classmethod
    def rules(cls) -> tuple[Rule, ...]:
        """The shorter period is the shorter one."""
        return (Rule(fields=_PERIODS, check=_check_periods),)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadVariability(Record):
    """Consumers that switch on and off.

    Parameters
    ----------
    sigma
        Standard deviation of an area's load, as a share of the series; above 0.15 it could turn negative. [1]
    period_min_s, period_max_s
        Shortest and longest period. [s]
    """

    sigma: float = field(default=0.02, metadata=checked(positive, between(0.0, 0.15)))
    period_min_s: float = field(default=10.0, metadata=checked(positive))
    period_max_s: float = field(default=600.0, metadata=checked(positive))

    @classmethod
    def rules(cls) -> tuple[Rule, ...]:
        """The shorter period is the shorter one."""
        return (Rule(fields=_PERIODS, check=_check_periods),)


@dataclass(frozen=True, slots=True, kw_only=True)
class VariabilityConfig(Record):
    """Changes within seconds, on top of the series.

    Parameters
    ----------
    solar
        Clouds over everything that follows a series of the family ``solar``; none for a sky as smooth as the series.
    load
        Restlessness of everything that follows a series of the family ``load``; none for loads as smooth as theirs.
    """

    solar: SolarVariability | None = None
    load: LoadVariability | None = None

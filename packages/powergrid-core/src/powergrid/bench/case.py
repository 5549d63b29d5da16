"""What is measured: cases side by side, figures, and how thoroughly."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from heron.errors import ConfigError, HeronError


class Basis(str, Enum):
    """The clock by which cases are compared."""

    CPU = "CPU"
    """Processor time of this process, which other programs do not take away."""
    WALL = "wall"
    """Elapsed time: where several threads or processes share the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing that is timed.

    Parameters
    ----------
    name
        What it is, as the table says it.
    run
        What is timed.
    count
        Solves or environment steps that a call makes.
    before
        Called before it, not timed: a reset.
    rounds
        Calls, each with what comes before it, whose times are added for one measurement: for calls so short that the
        clock would be coarse.
    threads
        Threads that share the environments of a batch while it runs.
    note
        What a reader must know beside the figures.
    """

    name: str
    run: Callable[[], object]
    count: int
    before: Callable[[], object] | None = None
    rounds: int = 1
    threads: int = 1
    note: str = ""

    def __post_init__(self) -> None:
        if min(self.count, self.rounds, self.threads) < 1:
            raise ConfigError(
                f"Case {self.name!r} has count {self.count}, rounds {self.rounds} and threads {self.threads}, "
                "not all from 1 on."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A case that cannot be measured here.

    Parameters
    ----------
    name
        What it would be.
    reason
        Why not, and what would help: ``"not installed: pip install lightsim2grid"``.
    """

    name: str
    reason: str

    @classmethod
    def of_error(cls, name: str, error: HeronError) -> Missing:
        """Case that an error of ours keeps from being measured, such as a package that is not installed."""
        return cls(name=name, reason=f"not measured: {' '.join(str(error).split())}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a comparison stands on a curve.

    Parameters
    ----------
    axis
        What grows: ``"buses"``.
    value
        How many there are here.
    """

    axis: str
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Cases that are measured in turn, the first of them beside all others.

    Parameters
    ----------
    title
        The row of the table: what is done, on what.
    unit
        What is counted, in the singular: ``"solve"``.
    cases
        The subject, then what it is compared with.
    basis
        Clock by which they are compared.
    total
        A number of units whose duration is stated too; 0 for none.
    place
        Point of a curve that this is.
    close
        Called when it has been measured.
    """

    title: str
    unit: str
    cases: tuple[Case | Missing, ...]
    basis: Basis = Basis.CPU
    total: int = 0
    place: Place | None = None
    close: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number that is no time.

    Parameters
    ----------
    title
        What it is.
    value
        The number.
    unit
        Its unit, as the table writes it.
    """

    title: str
    value: float
    unit: str


Measurable: TypeAlias = "Comparison | Figure | Missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How thoroughly is measured.

    Parameters
    ----------
    repeats
        Measurements per median.
    quick
        Small batches and short runs, to see that everything works; the figures mean little.
    agents
        Numbers of microgrids to measure beside 100.
    all_threads
        Threads of the rows that use all cores.
    """

    repeats: int = 9
    quick: bool = False
    agents: tuple[int, ...] = ()
    all_threads: int = 1

    def __post_init__(self) -> None:
        if self.repeats < 1 or self.all_threads < 1 or any(count < 1 for count in self.agents):
            raise ConfigError(
                f"repeats {self.repeats}, threads {self.all_threads} and agents {self.agents} must be from 1 on."
            )

    @property
    def n_env(self) -> int:
        """Environments in a large batch."""
        return 64 if self.quick else 1024


Benchmark: TypeAlias = Callable[[Settings], Iterable[Measurable]]
"""Yields what is to be measured, one after the other; each is measured before the next is asked for."""

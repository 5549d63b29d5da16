"""What a policy is tested under: lockstep, or events with some of the causes that set real timing apart from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from heron.scheduling import CAUSES, TimingScheme

LOCKSTEP_NAME = "lockstep"
NO_DELAY_NAME = "events without delays"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way of running the same agents on the same days.

    Parameters
    ----------
    causes
        Which of `heron.scheduling.CAUSES` are there; None runs in lockstep, without events.
    """

    causes: frozenset[str] | None

    @property
    def name(self) -> str:
        """What it is called in files: its causes in the order of `CAUSES`."""
        if self.causes is None:
            return LOCKSTEP_NAME
        return " + ".join(cause for cause in CAUSES if cause in self.causes) or NO_DELAY_NAME


LOCKSTEP = Scenario(None)
NO_DELAY = Scenario(frozenset())


def present_causes(timing: TimingScheme, *, step_s: float) -> tuple[str, ...]:
    """Causes that a timing has at all: one without losses, say, cannot lose performance to them.

    Parameters
    ----------
    timing
        Clocks and links.
    step_s
        Length of a control step in lockstep. [s]
    """
    nothing = timing.with_causes((), step_s=step_s)
    return tuple(cause for cause in CAUSES if timing.with_causes((cause,), step_s=step_s) != nothing)


def scenarios_of(causes: Sequence[str], *, shapley: bool = False) -> tuple[Scenario, ...]:
    """Lockstep, events without delays, every cause alone, all together; for Shapley values every subset beside."""
    wanted = [LOCKSTEP, NO_DELAY, *(Scenario(frozenset({cause})) for cause in causes), Scenario(frozenset(causes))]
    if shapley:
        wanted += [Scenario(subset) for subset in subsets(causes)]
    return tuple(dict.fromkeys(wanted))


def subsets(causes: Iterable[str]) -> list[frozenset[str]]:
    """Every subset, the smaller ones first."""
    members = list(causes)
    return [frozenset(chosen) for size in range(len(members) + 1) for chosen in combinations(members, size)]

"""The timing that a policy is tested under, by its name."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from heron.scheduling import TickConfig, TimingScheme
from powergrid.timing import timing_scheme


def find_timing(name: str) -> TimingScheme:
    """Timing of a name.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    return timing_scheme(name)


def timing_as_plain(timing: TimingScheme) -> dict[str, Any]:
    """All values of a timing, for a file."""
    return {
        **{level: _clock(getattr(timing, level)) for level in ("field", "coordinator", "system")},
        "agents": {agent: _clock(clock) for agent, clock in timing.agents.items()},
        "loss": timing.loss,
    }


def _clock(clock: TickConfig | None) -> dict[str, Any] | None:
    if clock is None:
        return None
    plain = {field.name: getattr(clock, field.name) for field in fields(clock) if not field.name.startswith("_")}
    return {**plain, "jitter_type": clock.jitter_type.value}

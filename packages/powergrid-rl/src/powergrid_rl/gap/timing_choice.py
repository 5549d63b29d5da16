"""The timing that a policy is tested under, by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from heron.scheduling import TickConfig, TimingScheme
from powergrid.config.read import read_config
from powergrid.envs.event_settings import timing_of
from powergrid.setups.defaults import with_default_microgrids
from powergrid.timing import timing_scheme


def find_timing(name: str) -> TimingScheme:
    """Timing of a name.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    return timing_scheme(name)


def own_timing(config: Mapping[str, Any]) -> TimingScheme | None:
    """Timing that a configuration gives itself, whether it runs on events or not; None where it gives none.

    Raises
    ------
    ConfigError
        If the configuration cannot be read, or names a timing scheme that does not exist.
    """
    read = read_config(with_default_microgrids(config))
    return None if read.timing is None and not read.timing_jitter else timing_of(read)


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

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


def coarse_steps(timing: TimingScheme, *, plant_step_s: float) -> str | None:
    """Sentence for the reader where what is seen late is older than the timing says; None where it is not.

    Parameters
    ----------
    timing
        Clocks of all agents.
    plant_step_s
        How often the plant moves. [s]
    """
    clocks = (timing.field, timing.coordinator, timing.system, *timing.agents.values())
    late_s = {clock.obs_delay for clock in clocks if clock is not None and 0.0 < clock.obs_delay < plant_step_s}
    if not late_s:
        return None
    delays = ", ".join(f"{delay_s:g}" for delay_s in sorted(late_s))
    return (
        f"NOTE: the timing has observations {delays} s late, but the plant moves every {plant_step_s:g} s: what is "
        "seen late at one of its steps is a whole step old, and the gaps hold what that costs. Test on a setup with a "
        "shorter plant_step_s, such as ieee34_ieee13_fast."
    )


def _clock(clock: TickConfig | None) -> dict[str, Any] | None:
    if clock is None:
        return None
    plain = {field.name: getattr(clock, field.name) for field in fields(clock) if not field.name.startswith("_")}
    return {**plain, "jitter_type": clock.jitter_type.value}

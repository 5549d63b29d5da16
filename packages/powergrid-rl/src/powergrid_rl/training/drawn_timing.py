"""Timing that is drawn anew for every training episode, around a timing scheme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from heron.scheduling import TimingRange, TimingScheme

SETUP = "setup"
"""Name that stands for the timing of the configuration itself."""
_KEYS = ("step_s", "timing")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnTiming:
    """What timing is drawn around.

    Parameters
    ----------
    scheme
        Clocks and links of the world.
    factor
        How far delays and losses go beyond it. [1]
    """

    scheme: TimingScheme
    factor: float = 2.0


def find_scheme(name: str, config: Mapping[str, Any]) -> TimingScheme:
    """Timing scheme of a name.

    Parameters
    ----------
    name
        A scheme of `powergrid.timing`, or ``"setup"`` for the configuration's own.
    config
        Configuration of the environment.

    Raises
    ------
    UnknownNameError
        If there is no such scheme.
    """
    # the schemes, and what reads a configuration, are not needed by those who train in lockstep
    if name != SETUP:
        from powergrid.timing import timing_scheme

        return timing_scheme(name)
    from powergrid.config.read import read_config
    from powergrid.envs.event_settings import timing_of

    return timing_of(read_config({key: config[key] for key in _KEYS if key in config}))


def as_plain(one: TimingRange) -> dict[str, Any]:
    """A range as plain data."""
    return {**asdict(one), "jitter_type": one.jitter_type.value}


def describe(ranges: Mapping[str, TimingRange], *, plant_step_s: float) -> Iterator[str]:
    """Lines that say what is drawn, and where the plant's steps are too long for it. [s]"""
    groups: dict[TimingRange, list[str]] = {}
    for learner, one in ranges.items():
        groups.setdefault(one, []).append(learner)
    for one, learners in groups.items():
        yield (
            f"Timing of {', '.join(learners)}: sees {_span(one.obs_delay_s)} s late, acts {_span(one.act_delay_s)} s "
            f"late, at every {_span(one.tick_steps)} steps; {100.0 * one.loss[1]:g} % of its messages are lost at most."
        )
    longest_s = max(max(one.obs_delay_s[1], one.act_delay_s[1]) for one in ranges.values())
    if 0.0 < longest_s < plant_step_s:
        yield (
            f"No delay is as long as a plant step of {plant_step_s:g} s: what is seen late is a whole step old. "
            "A shorter plant_step_s tells delays apart."
        )


def _span(pair: tuple[float, float]) -> str:
    low, high = pair
    return f"{low:g} to {high:g}" if low != high else f"{low:g}"

"""Timing of a whole world: clocks by level, single agents apart, and the links between them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from heron.core.number import is_within
from heron.errors import ConfigError, suggest
from heron.scheduling.tick_config import TickConfig

CAUSES = ("observation delay", "action delay", "message delay", "jitter", "loss", "multi-rate")
"""What sets real timing apart from lockstep, in the order of reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingScheme:
    """Clocks of all agents.

    An agent's own ``tick_config`` comes first, then what the scheme says of the agent, then of its level. One of whom
    nothing is said decides at every control step and acts at once when told.

    Parameters
    ----------
    field, coordinator, system
        By level.
    agents
        By name.
    loss
        Probability that a message is lost. [1]

    Raises
    ------
    ConfigError
        If the loss is no probability.
    """

    field: TickConfig | None = None
    coordinator: TickConfig | None = None
    system: TickConfig | None = None
    agents: Mapping[str, TickConfig] = dataclasses.field(default_factory=dict)
    loss: float = 0.0

    def __post_init__(self) -> None:
        if not is_within(self.loss, 0.0, 1.0):
            raise ConfigError(f"A share of {self.loss!r} of the messages cannot be lost.", remedy="Give 0 to 1.")

    def clock(self, agent_id: str, level: int) -> TickConfig | None:
        """What the scheme says of an agent; None for nothing."""
        by_level = {1: self.field, 2: self.coordinator}.get(level, self.system)
        return self.agents.get(agent_id, by_level)

    def with_causes(self, causes: Iterable[str], *, step_s: float) -> TimingScheme:
        """The scheme with some of its causes, everything else as in lockstep.

        Parameters
        ----------
        causes
            Which of `CAUSES` remain. ``"jitter"`` is the spread of whatever else remains, of the ticks at least;
            without ``"multi-rate"`` everyone ticks at every control step and acts at once when told.
        step_s
            Length of a control step. [s]

        Raises
        ------
        ConfigError
            If there is no such cause.
        """
        kept = frozenset(causes)
        for cause in kept:
            if cause not in CAUSES:
                raise ConfigError(
                    f"{cause!r} is no cause of a gap; there are {', '.join(CAUSES)}.", remedy=suggest(cause, CAUSES)
                )
        return TimingScheme(
            field=_reduced(self.field, kept, step_s),
            coordinator=_reduced(self.coordinator, kept, step_s),
            system=_reduced(self.system, kept, step_s),
            agents={name: _reduced_clock(clock, kept, step_s) for name, clock in self.agents.items()},
            loss=self.loss if "loss" in kept else 0.0,
        )


def _reduced(clock: TickConfig | None, kept: frozenset[str], step_s: float) -> TickConfig | None:
    return None if clock is None else _reduced_clock(clock, kept, step_s)


def _reduced_clock(clock: TickConfig, kept: frozenset[str], step_s: float) -> TickConfig:
    own_rate = "multi-rate" in kept
    return replace(
        clock,
        tick_interval=clock.tick_interval if own_rate else step_s,
        on_message=clock.on_message if own_rate else True,
        obs_delay=clock.obs_delay if "observation delay" in kept else 0.0,
        act_delay=clock.act_delay if "action delay" in kept else 0.0,
        msg_delay=clock.msg_delay if "message delay" in kept else 0.0,
        jitter_ratio=clock.jitter_ratio if "jitter" in kept else 0.0,
    )

"""Timing that is drawn anew for every episode, within ranges."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from heron.core.jitter import JitterType, check_jitter_ratio, parse_jitter_type
from heron.errors import ConfigError
from heron.scheduling.tick_config import TickConfig
from heron.scheduling.timing_scheme import TimingScheme

_NOTHING = (0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingRange:
    """Within what one learner's timing is drawn at the beginning of an episode; the defaults are lockstep.

    Every pair holds the lowest and the highest value; the draw is uniform between them and holds for the episode.

    Parameters
    ----------
    obs_delay_s
        Age of what the learner sees. [s]
    act_delay_s
        From its decision to the setpoints' effect, messages included. [s]
    loss
        Probability that what it tells a device does not arrive, and the device's old setpoints hold. [1]
    tick_steps
        It decides at every so many-th step only.
    jitter_type, jitter_ratio
        How both delays vary around what was drawn for the episode, from step to step; see
        `heron.core.jitter.jittered_ns`. [1]

    Raises
    ------
    ConfigError
        If a pair is out of order or out of range.
    """

    obs_delay_s: tuple[float, float] = _NOTHING
    act_delay_s: tuple[float, float] = _NOTHING
    loss: tuple[float, float] = _NOTHING
    tick_steps: tuple[int, int] = (1, 1)
    jitter_type: JitterType = JitterType.GAUSSIAN
    jitter_ratio: float = 0.0

    def __post_init__(self) -> None:
        self._check("obs_delay_s", self.obs_delay_s, lowest=0.0, remedy="Give seconds from 0 on, the lower first.")
        self._check("act_delay_s", self.act_delay_s, lowest=0.0, remedy="Give seconds from 0 on, the lower first.")
        self._check("loss", self.loss, lowest=0.0, highest=1.0, remedy="Give 0 to 1, the lower first.")
        self._check("tick_steps", self.tick_steps, lowest=1, remedy="Give whole steps from 1 on, the lower first.")
        if any(steps != int(steps) for steps in self.tick_steps):
            raise ConfigError(f"A TimingRange's tick_steps are {self.tick_steps!r}.", remedy="Give whole steps.")
        object.__setattr__(self, "jitter_type", parse_jitter_type(self.jitter_type))
        check_jitter_ratio(self.jitter_ratio, where="a TimingRange")

    @classmethod
    def around(
        cls,
        scheme: TimingScheme,
        agent_id: str,
        *,
        level: int,
        step_s: float,
        devices: Iterable[str] = (),
        factor: float = 2.0,
    ) -> TimingRange:
        """Ranges of one learner that hold a timing scheme in their middle, and lockstep at their lower end.

        Delays and losses go from 0 to ``factor`` times what the scheme says, ticks from every step to those of the
        scheme; jitter is the scheme's. The delay of actions adds up along the way: the learner's own, that of its
        messages, and that of the slowest of its devices, whose tick comes on top where it does not act on messages.

        Parameters
        ----------
        scheme
            Clocks and links of the world.
        agent_id, level
            The learner.
        step_s
            Length of a control step. [s]
        devices
            Field agents that it directs; none where it is one itself.
        factor
            How far delays and losses go beyond the scheme. [1]

        Raises
        ------
        ConfigError
            If the factor is negative or no finite number.
        """
        if not (math.isfinite(factor) and factor >= 0.0):
            raise ConfigError(f"A factor of {factor!r} around a timing scheme.", remedy="Give a number from 0 on.")
        own = scheme.clock(agent_id, level)
        below = list(devices)
        slowest_s = max((_answer_s(scheme.clock(device, 1)) for device in below), default=0.0)
        told_s = own.msg_delay if own is not None and below else 0.0
        acted_s = 0.0 if own is None else own.act_delay
        return cls(
            obs_delay_s=(0.0, factor * (0.0 if own is None else own.obs_delay)),
            act_delay_s=(0.0, factor * (acted_s + told_s + slowest_s)),
            loss=(0.0, min(1.0, factor * scheme.loss) if below else 0.0),
            tick_steps=(1, 1 if own is None else max(1, round(own.tick_interval / step_s))),
            jitter_type=JitterType.GAUSSIAN if own is None else own.jitter_type,
            jitter_ratio=0.0 if own is None else own.jitter_ratio,
        )

    @property
    def longest_jitter(self) -> float:
        """What a delay is at most, in relation to what was drawn for the episode: jitter is cut there. [1]"""
        return 1.0 + 3.0 * self.jitter_ratio

    def _check(
        self, name: str, pair: tuple[float, float], *, lowest: float, remedy: str, highest: float = math.inf
    ) -> None:
        try:
            low, high = pair
            fits = lowest <= low <= high <= highest and math.isfinite(high)
        except (TypeError, ValueError):
            fits = False
        if not fits:
            raise ConfigError(f"A TimingRange's {name} is {pair!r}.", remedy=remedy)


def _answer_s(clock: TickConfig | None) -> float:
    """How long a device takes from a message to the effect, at most. [s]"""
    if clock is None:
        return 0.0
    return clock.act_delay + (0.0 if clock.on_message else clock.tick_interval)

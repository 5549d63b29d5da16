"""An agent's clock: how often it acts, and how long seeing, acting and telling take."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from heron.core.clock import NANOSECONDS, nanoseconds
from heron.core.jitter import JitterType, check_jitter_ratio, jittered_ns, parse_jitter_type
from heron.core.random import SeedTree
from heron.errors import ConfigError, UnknownNameError, suggest

_SHORTEST_TICK = 100
"""A tick is never shorter than the nominal interval divided by this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TickConfig:
    """Timing of one agent in event-driven execution.

    Every kind of time has a random stream of its own: switching jitter of observations on does not move the ticks.
    In an environment an agent draws from the streams of its episode, keyed by its name, so that two agents with one
    configuration are independent; outside of one, from ``seed``.

    Parameters
    ----------
    tick_interval
        From one tick to the next. [s]
    obs_delay
        Age of what the agent sees when it acts. [s]
    act_delay
        From a decision to its effect: a field agent's setpoint is latched, a superior's directives leave. [s]
    msg_delay
        From sending to arrival of what it tells others. [s]
    jitter_type, jitter_ratio
        Distribution of all four around their nominal values, and its spread as a fraction of each; see
        `heron.core.jitter.jittered_ns`. [1]
    seed
        Beginning of the streams; part of the key in an environment too.
    on_message
        Act at once when a superior's directive arrives, and not only at the ticks.

    Raises
    ------
    ConfigError
        If the interval is not positive, a delay is negative, or the ratio is outside 0 … 1.
    """

    tick_interval: float
    obs_delay: float = 0.0
    act_delay: float = 0.0
    msg_delay: float = 0.0
    jitter_type: JitterType = JitterType.GAUSSIAN
    jitter_ratio: float = 0.0
    seed: int = 0
    on_message: bool = False
    _tree: SeedTree | None = field(default=None, repr=False, compare=False)
    _agent: str = field(default="", repr=False, compare=False)
    _nominal_ns: tuple[int, int, int, int] = field(init=False, repr=False, compare=False)

    _presets: ClassVar[dict[str, TickConfig]] = {}

    def __post_init__(self) -> None:
        names = ("tick_interval", "obs_delay", "act_delay", "msg_delay")
        times = tuple(nanoseconds(getattr(self, name), f"TickConfig's {name}") for name in names)
        if times[0] < 1:
            raise ConfigError(f"TickConfig's tick_interval is {self.tick_interval!r}.", remedy="Give more than 0 s.")
        object.__setattr__(self, "_nominal_ns", times)
        object.__setattr__(self, "jitter_type", parse_jitter_type(self.jitter_type))
        check_jitter_ratio(self.jitter_ratio, where="a TickConfig")
        if self._tree is None:
            object.__setattr__(self, "_tree", SeedTree(self.seed))

    @classmethod
    def deterministic(
        cls, tick_interval: float, obs_delay: float = 0.0, act_delay: float = 0.0, msg_delay: float = 0.0
    ) -> TickConfig:
        """Times that are always the same. [s]"""
        return cls(tick_interval=tick_interval, obs_delay=obs_delay, act_delay=act_delay, msg_delay=msg_delay)

    @classmethod
    def with_jitter(
        cls,
        tick_interval: float,
        obs_delay: float = 0.0,
        act_delay: float = 0.0,
        msg_delay: float = 0.0,
        *,
        jitter_type: JitterType | str = JitterType.GAUSSIAN,
        jitter_ratio: float = 0.1,
        seed: int = 0,
    ) -> TickConfig:
        """Times that vary around these; parameters as in the class. [s]"""
        return cls(
            tick_interval=tick_interval,
            obs_delay=obs_delay,
            act_delay=act_delay,
            msg_delay=msg_delay,
            jitter_type=parse_jitter_type(jitter_type),
            jitter_ratio=jitter_ratio,
            seed=seed,
        )

    @classmethod
    def register_preset(cls, name: str, config: TickConfig) -> None:
        """Give a configuration a name.

        Raises
        ------
        ConfigError
            If the name stands for another configuration.
        """
        if cls._presets.setdefault(name, config) != config:
            raise ConfigError(f"The preset {name!r} is {cls._presets[name]} already.", remedy="Choose another name.")

    @classmethod
    def preset(cls, name: str) -> TickConfig:
        """Configuration of a name.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        if name not in cls._presets:
            known = ", ".join(sorted(cls._presets)) or "none yet"
            remedy = suggest(name, cls._presets) or "Presets of a world are there once its timing module is imported."
            raise UnknownNameError(f"There is no timing preset {name!r}; there are: {known}.", remedy=remedy)
        return cls._presets[name]

    @classmethod
    def presets(cls) -> tuple[str, ...]:
        """Names of all presets, sorted."""
        return tuple(sorted(cls._presets))

    def drawing_from(self, tree: SeedTree, agent_id: str) -> TickConfig:
        """The same timing, drawn from an agent's streams of an episode."""
        return replace(self, _tree=tree, _agent=agent_id)

    @property
    def is_deterministic(self) -> bool:
        """Whether nothing varies."""
        return self.jitter_ratio == 0.0

    def next_tick_interval(self) -> float:
        """Time to the next tick; at least a hundredth of the nominal interval. [s]"""
        return self.next_tick_interval_ns() / NANOSECONDS

    def next_obs_delay(self) -> float:
        """Age of the next observation. [s]"""
        return self.next_obs_delay_ns() / NANOSECONDS

    def next_act_delay(self) -> float:
        """Time until the next decision takes effect. [s]"""
        return self.next_act_delay_ns() / NANOSECONDS

    def next_msg_delay(self) -> float:
        """Time until the next message arrives. [s]"""
        return self.next_msg_delay_ns() / NANOSECONDS

    def next_tick_interval_ns(self) -> int:
        """As `next_tick_interval`. [ns]"""
        nominal = self._nominal_ns[0]
        if self.jitter_ratio == 0.0:
            return nominal
        return max(self._draw(nominal, "tick interval"), nominal // _SHORTEST_TICK, 1)

    def next_obs_delay_ns(self) -> int:
        """As `next_obs_delay`. [ns]"""
        return self._draw(self._nominal_ns[1], "observation delay")

    def next_act_delay_ns(self) -> int:
        """As `next_act_delay`. [ns]"""
        return self._draw(self._nominal_ns[2], "action delay")

    def next_msg_delay_ns(self) -> int:
        """As `next_msg_delay`. [ns]"""
        return self._draw(self._nominal_ns[3], "message delay")

    def _draw(self, nominal_ns: int, purpose: str) -> int:
        if nominal_ns == 0 or self.jitter_ratio == 0.0:
            return nominal_ns
        return jittered_ns(nominal_ns, jitter_type=self.jitter_type, ratio=self.jitter_ratio, rng=self._stream(purpose))

    def _stream(self, purpose: str) -> np.random.Generator:
        assert self._tree is not None
        return self._tree.generator(self._agent, f"{purpose} {self.seed}")

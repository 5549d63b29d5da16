"""The environment that a training run builds, as often as it needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from heron.envs import DelayedCore, EventDrivenCore, PettingZooParallelEnv, timing_ranges
from heron.envs.core import EnvironmentCore
from heron.envs.vector import VectorEnv
from heron.errors import ConfigError
from heron.scheduling import TimingRange
from powergrid_rl.training.drawn_timing import DrawnTiming
from powergrid_rl.training.lockstep import in_lockstep


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentFactory:
    """Builds environments of one configuration, with any number of environments in their core.

    Parameters
    ----------
    config
        Configuration of the environment.
    env_class
        Class to build, called with the configuration and ``n_env``; none for `MultiAgentMicrogrids`.
    timing
        What the timing of environments behind arrays is drawn around; none for lockstep.
    """

    config: Mapping[str, Any] = field(default_factory=dict)
    env_class: Any = None
    timing: DrawnTiming | None = None

    def build(self, *, n_env: int = 1) -> PettingZooParallelEnv:
        """A new environment."""
        env_class = self.env_class
        if env_class is None:
            # compiles networks; not needed by those who train on an environment of their own
            from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids

            env_class = MultiAgentMicrogrids
        env: PettingZooParallelEnv = env_class(dict(self.config), n_env=n_env)
        return env

    def build_vector(self, *, n_env: int, stacked: bool = False) -> VectorEnv:
        """New environments behind arrays, with the state for a central critic.

        Raises
        ------
        ConfigError
            If timing is to be drawn for a learner whose action is no fixed map to setpoints.
        """
        core = self.build(n_env=n_env).core
        assert core is not None
        if self.timing is not None:
            core = DelayedCore.of(core, self.ranges(core))
        return VectorEnv(core, stacked=stacked, info_state=True)

    def ranges(self, core: EnvironmentCore) -> dict[str, TimingRange]:
        """What every learner's timing is drawn from; nothing in lockstep."""
        if self.timing is None:
            return {}
        return timing_ranges(core, self.timing.scheme, factor=self.timing.factor)

    def with_config(self, **changes: Any) -> EnvironmentFactory:
        """The same with other values in the configuration."""
        return replace(self, config={**self.config, **changes})

    def in_lockstep(self) -> EnvironmentFactory:
        """The same where everyone acts at once, nothing is late and nothing goes wrong."""
        return replace(self, config=in_lockstep(self.config), timing=None)


def require_lockstep(env: PettingZooParallelEnv) -> None:
    """Refuse to sample arrays from an environment that runs on events.

    Raises
    ------
    ConfigError
        With what to do instead.
    """
    if isinstance(env.core, EventDrivenCore):
        raise ConfigError(
            "The configuration runs on events, where every environment has instants of its own; arrays of environments "
            "step together.",
            remedy="Train with --randomize-timing, or with --algo mappo --route episodes, or set event_driven: false "
            "and centralized: true.",
        )


def draw_seeds(key: Sequence[int] | None, count: int) -> list[int]:
    """Seeds for environments and exploration, drawn so that runs with neighbouring keys have none in common.

    Parameters
    ----------
    key
        Seed of the run and what tells its processes apart; different in every run without one.
    count
        How many.
    """
    return [int(word) for word in np.random.SeedSequence(key).generate_state(count)]

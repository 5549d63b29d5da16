"""The environment that a training run builds, as often as it needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from heron.envs import PettingZooParallelEnv
from heron.envs.vector import VectorEnv


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentFactory:
    """Builds environments of one configuration, with any number of environments in their core.

    Parameters
    ----------
    config
        Configuration of the environment.
    env_class
        Class to build, called with the configuration and ``n_env``; none for `MultiAgentMicrogrids`.
    """

    config: Mapping[str, Any] = field(default_factory=dict)
    env_class: Any = None

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
        """New environments behind arrays, with the state for a central critic."""
        core = self.build(n_env=n_env).core
        assert core is not None
        return VectorEnv(core, stacked=stacked, info_state=True)

    def with_config(self, **changes: Any) -> EnvironmentFactory:
        """The same with other values in the configuration."""
        return EnvironmentFactory(config={**self.config, **changes}, env_class=self.env_class)


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

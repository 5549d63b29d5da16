"""The environment that a training run builds, as often as it needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from heron.envs import PettingZooParallelEnv


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

    def with_config(self, **changes: Any) -> EnvironmentFactory:
        """The same with other values in the configuration."""
        return EnvironmentFactory(config={**self.config, **changes}, env_class=self.env_class)

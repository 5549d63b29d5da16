"""Many environments on a power network at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gymnasium.vector import AutoresetMode

from heron.envs.vector import VectorEnv
from heron.errors import ConfigError
from powergrid.config.schema import EnvConfig
from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid.plant.grid_plant import GridPlant


class VectorGridEnv(VectorEnv):
    """Environments of one configuration, simulated together: array in, array out.

    Environment ``i`` after ``reset(seed=s)`` gives bit for bit what ``MultiAgentMicrogrids(config)`` gives after
    ``reset(seed=s + i)``. Each has its own days, drawn from its seed; ``reset(options={"day": days})`` with days
    ``(n_env,)`` chooses them.

    Parameters
    ----------
    config
        Configuration, usually from `load_setup`.
    n_env
        Number of environments.
    env_class
        Class that the configuration is for; `MultiAgentMicrogrids` when not given.
    autoreset, stacked
        As in `heron.envs.VectorEnv`.

    Attributes
    ----------
    env
        Agents, net and configuration, shared by all environments.

    Raises
    ------
    ConfigError
        With every finding in the configuration.
    """

    def __init__(
        self,
        config: Mapping[str, Any] | None = None,
        *,
        n_env: int,
        env_class: type[NetworkedGridEnv] = MultiAgentMicrogrids,
        autoreset: AutoresetMode | str = AutoresetMode.SAME_STEP,
        stacked: bool = False,
    ) -> None:
        self._take(env_class(config, n_env=n_env), autoreset=autoreset, stacked=stacked)

    @classmethod
    def from_env(
        cls,
        env: NetworkedGridEnv,
        *,
        autoreset: AutoresetMode | str = AutoresetMode.SAME_STEP,
        stacked: bool = False,
    ) -> VectorGridEnv:
        """The environments that `NetworkedGridEnv` or ``from_agents`` built with ``n_env``."""
        vector = cls.__new__(cls)
        vector._take(env, autoreset=autoreset, stacked=stacked)
        return vector

    @property
    def config(self) -> EnvConfig:
        """Configuration of all environments."""
        return self.env.config

    @property
    def plant(self) -> GridPlant:
        """Devices, wires, weather and market, with a column for each environment."""
        return self.env.plant

    def to_pandapower(self, env_index: int = 0) -> Any:
        """Copy of the net as one environment has it now; see `NetworkedGridEnv.to_pandapower`."""
        return self.env.to_pandapower(env_index)

    def _take(self, env: NetworkedGridEnv, *, autoreset: AutoresetMode | str, stacked: bool) -> None:
        if env.core is None:
            raise ConfigError("The environment is not built yet.", remedy="Call super().__init__ in your subclass.")
        self.env = env
        super().__init__(env.core, autoreset=autoreset, stacked=stacked, info_state=env.info_state)

"""Environments on a power network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from heron.agents.agent import Agent
from heron.agents.system import SystemAgent
from heron.envs.core import CoreOptions
from heron.envs.observer import ObserverOptions
from heron.envs.pettingzoo import PettingZooParallelEnv
from heron.envs.synchronous import SynchronousCore
from heron.errors import ConfigError
from powergrid.agents.power_grid_agent import PowerGridAgent
from powergrid.config.read import read_config
from powergrid.config.schema import EnvConfig
from powergrid.envs.assembly import bind_agents, build_plant, find_series
from powergrid.plant.area import Area
from powergrid.plant.grid_plant import GridPlant


class NetworkedGridEnv(PettingZooParallelEnv):
    """Agents on a power network, with the PettingZoo parallel API.

    A subclass overrides `_build_net`, which returns a pandapower net and may fill ``self.agent_dict``;
    `_build_agents` and `_reward_and_safety` have defaults.

    Parameters
    ----------
    config
        Configuration, a plain mapping; every key has a default.
    n_env
        Number of environments in ``core``. `reset` and `step` are for one; more are driven through
        ``core.reset`` and ``core.step`` with arrays.

    Raises
    ------
    ConfigError
        With every finding in the configuration.
    """

    def __init__(self, config: Mapping[str, Any] | None = None, *, n_env: int = 1) -> None:
        super().__init__()
        self.config: EnvConfig = read_config(self._complete(config or {}))
        self.info_state = self.config.info_state
        self.net: Any = None
        net = self._build_net()
        if net is None:
            raise ConfigError(f"{type(self).__name__}._build_net returned nothing.", remedy="Return the pandapower net.")
        self.net = net
        self._build_agents()
        self._assemble(n_env)

    @classmethod
    def from_agents(
        cls, net: Any, agents: Sequence[Agent], config: Mapping[str, Any] | None = None, *, n_env: int = 1
    ) -> NetworkedGridEnv:
        """Environment of a net and agents that exist already, without writing a class."""

        class _Given(NetworkedGridEnv):
            def _build_net(self) -> Any:
                for agent in agents:
                    self.register_agent(agent)
                return net

        return _Given(config, n_env=n_env)

    @property
    def plant(self) -> GridPlant:
        """Devices, wires, weather and market."""
        plant = self._built().plant
        assert isinstance(plant, GridPlant)
        return plant

    def to_pandapower(self, env_index: int = 0) -> Any:
        """Copy of the net as one environment has it now.

        Set-points, loads and taps are those of the last power flow, and ``res_bus``, ``res_line``,
        ``res_trafo`` and ``res_ext_grid`` hold its results; ``pandapower.runpp`` on the copy gives the
        same voltages.

        Raises
        ------
        ConfigError
            If there is no such environment.
        """
        from powergrid.envs.export import export_net

        n_env = self._built().n_env
        if not 0 <= env_index < n_env:
            raise ConfigError(f"There is no environment {env_index}.", remedy=f"It must be from 0 to {n_env - 1}.")
        return export_net(self.net, self.plant, env_index)

    def _complete(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        """Configuration with what this class adds to it."""
        return config

    def _build_net(self) -> Any:
        """pandapower net of the environment; may fill ``agent_dict`` on the way."""
        raise ConfigError(
            f"{type(self).__name__} does not say how its net is built.",
            remedy="Override _build_net, or use MultiAgentMicrogrids or NetworkedGridEnv.from_agents.",
        )

    def _build_agents(self) -> None:
        """Fill ``agent_dict`` unless `_build_net` has: one agent per entry of ``microgrid_configs``."""
        if self.agent_dict:
            return
        for microgrid in self.config.microgrid_configs:
            self.register_agent(PowerGridAgent(net=self.net, grid_config=microgrid))

    def _reward_and_safety(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Reward before the penalty, and safety, of every learner; a subclass may override it.

        `step` gives ``reward - penalty * safety``: the penalty is applied there, once.
        """
        agents = {agent_id: self.get_heron_agent(agent_id) for agent_id in self.possible_agents}
        rewards = {agent_id: -agent.cost for agent_id, agent in agents.items()}
        return rewards, {agent_id: agent.safety for agent_id, agent in agents.items()}

    def _areas(self) -> list[Area]:
        """Which zones each agent is responsible for."""
        agents = [agent for agent in self.agent_dict.values() if isinstance(agent, PowerGridAgent)]
        loads = {microgrid.name: microgrid.load_area for microgrid in self.config.microgrid_configs}
        areas = []
        for agent in agents:
            load = loads.get(agent.agent_id) or agent.config.load_area
            areas.append(
                Area(
                    name=agent.agent_id,
                    zones=agent.zones if len(agents) > 1 else (),
                    load_column=self._load_column(load),
                    parent=agent.upstream_id,
                )
            )
        return areas

    def _load_column(self, load_area: str | None) -> str | None:
        if load_area is not None:
            return f"load/{load_area}"
        has_data = self.config.dataset is not None or self.config.dataset_path is not None
        return "load" if has_data else None

    def _assemble(self, n_env: int) -> None:
        config = self.config
        everyone = {agent.agent_id: agent for agent in self._walk()}
        plant = build_plant(
            self.net, list(everyone.values()), config, areas=self._areas(), series=find_series(config)
        )
        core = SynchronousCore(
            plant, everyone, learners=self._learners(everyone), n_env=n_env, options=_core_options(config)
        )
        bind_agents(plant, everyone)
        if type(self)._reward_and_safety is not NetworkedGridEnv._reward_and_safety:
            core.reward_function = self._reward_and_safety
        self._start(core)

    def _walk(self) -> list[Agent]:
        found = {agent.agent_id: agent for top in self.agent_dict.values() for agent in top.walk()}
        return sorted(found.values(), key=lambda agent: -agent.level)

    def _learners(self, everyone: Mapping[str, Agent]) -> list[str]:
        chosen = self.config.learners
        if not isinstance(chosen, str):
            return list(chosen)
        level = 2 if chosen == "coordinators" else 1
        own = self.possible_agents if chosen == "coordinators" and self.possible_agents else None
        return own or [
            agent.agent_id
            for agent in everyone.values()
            if agent.level == level and agent.action_dim > 0 and not isinstance(agent, SystemAgent)
        ]


def _core_options(config: EnvConfig) -> CoreOptions:
    return CoreOptions(
        step_s=config.step_s,
        max_steps=config.max_episode_steps,
        penalty=config.penalty,
        share_reward=config.share_reward,
        normalized_actions=config.action_units == "normalized",
        terminate_on_failure=config.terminate_on_divergence,
        observer=ObserverOptions(
            scaled=config.observation_units == "scaled",
            full=config.observability == "full",
            one_hot=config.agent_one_hot,
        ),
    )

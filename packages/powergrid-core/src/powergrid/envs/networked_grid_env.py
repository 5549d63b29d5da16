"""Environments on a power network."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from heron.agents.agent import Agent
from heron.envs.core import EnvironmentCore
from heron.envs.core_options import CoreOptions
from heron.envs.event_driven import EventDrivenCore
from heron.envs.exchange import Exchange
from heron.envs.observer import ObserverOptions
from heron.envs.pettingzoo import PettingZooParallelEnv
from heron.envs.step_result import StepResult
from heron.envs.synchronous import SynchronousCore
from heron.errors import ConfigError
from powergrid.agents.power_grid_agent import PowerGridAgent
from powergrid.agents.system_operator import SystemOperator
from powergrid.config.read import read_config
from powergrid.config.schema import EnvConfig, MicrogridConfig
from powergrid.envs.assembly import answer_prices, build_plant
from powergrid.envs.event_settings import event_settings
from powergrid.envs.series_source import find_series, load_column
from powergrid.plant.area import Area
from powergrid.plant.grid_plant import GridPlant
from powergrid.powerflow.status import PowerFlowStatus

_STATUS = "power_flow_status"


class NetworkedGridEnv(PettingZooParallelEnv):
    """Agents on a power network, with the PettingZoo parallel API.

    A subclass overrides `_build_net`, which returns a pandapower net and may fill ``self.agent_dict``;
    `_build_agents`, `_exchanges` and `_reward_and_safety` have defaults. Without a class, see `from_agents`.

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
        _check_mapping(config, type(self).__name__)
        self.config: EnvConfig = read_config(self._complete(config or {}))
        self.metadata = {**type(self).metadata, "name": self.config.env_id}  # type: ignore[misc]  # one per environment
        self.info_state = self.config.info_state
        self.net: Any = None
        net = self._build_net()
        if net is None:
            raise ConfigError(
                f"{type(self).__name__}._build_net returned nothing.", remedy="Let it return the pandapower net."
            )
        self.net = net
        self._build_agents()
        self._assemble(n_env)

    @classmethod
    def from_agents(
        cls, net: Any, agents: Sequence[Agent], config: Mapping[str, Any] | None = None, *, n_env: int = 1
    ) -> NetworkedGridEnv:
        """Environment of a net and agents that exist already, without writing a class.

        Parameters
        ----------
        net
            pandapower net that the agents were built on.
        agents
            Agents at the top of the hierarchy.
        config, n_env
            As for the class. The configuration says nothing of microgrids and their actions: the agents are given.

        Raises
        ------
        ConfigError
            With every finding in the configuration.
        """
        if isinstance(agents, Agent):
            raise ConfigError("from_agents was given one agent.", remedy="Give a list: from_agents(net, [agent]).")
        for key in ("microgrid_configs", "dso_config", "shared_action_fields"):
            if (config or {}).get(key):
                raise ConfigError(f"from_agents was given agents and {key!r}.", remedy=f"Leave {key} out.")

        class GivenAgents(cls):  # type: ignore[misc, valid-type]  # a class that the caller chose
            def _build_net(self) -> Any:
                for agent in agents:
                    self.register_agent(agent)
                return net

        return GivenAgents(config, n_env=n_env)

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
            self.register_agent(PowerGridAgent(net=self.net, grid_config=self._with_shared_fields(microgrid)))

    def _with_shared_fields(self, microgrid: MicrogridConfig) -> MicrogridConfig:
        """Configuration of a microgrid that shares the environment's action fields unless it says its own."""
        shared = microgrid.shared_action_fields
        return replace(microgrid, shared_action_fields=self.config.shared_action_fields if shared is None else shared)

    def _reward_and_safety(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Reward before the penalty, and safety, of every learner; a subclass may override it.

        `step` gives ``reward - penalty * safety``: the penalty is applied there, once.
        """
        agents = {agent_id: self.get_heron_agent(agent_id) for agent_id in self.possible_agents}
        rewards = {agent_id: -agent.cost for agent_id, agent in agents.items()}
        return rewards, {agent_id: agent.safety for agent_id, agent in agents.items()}

    def _exchanges(self) -> Sequence[Exchange]:
        """What peers tell each other at every round, such as a market between microgrids; by default nothing.

        Called once, when the agents are there and nothing is bound yet. In event-driven execution the rounds go on,
        with messages that take time.
        """
        return ()

    def _infos(self, result: StepResult, living: Sequence[str]) -> dict[str, dict[str, Any]]:
        infos = super()._infos(result, living)
        if infos:
            status = PowerFlowStatus(next(iter(infos.values()))[_STATUS])  # one power flow, the same for everyone
            for info in infos.values():
                info[_STATUS] = status
        return infos

    def _areas(self) -> list[Area]:
        """Which zones each agent is responsible for; an operator has what is nobody else's."""
        agents = list(self.agent_dict.values())
        grid_agents = [agent for agent in agents if isinstance(agent, PowerGridAgent)]
        operators = [agent for agent in agents if isinstance(agent, SystemOperator)]
        shared = len(grid_agents) + len(operators) > 1
        configured = {microgrid.name: microgrid for microgrid in self.config.microgrid_configs}
        areas = [
            Area(
                name=agent.agent_id,
                zones=agent.zones if shared else (),
                load_column=self._load_column(configured.get(agent.agent_id, agent.config).load_area),
                base_power_mva=agent.config.base_power,
            )
            for agent in grid_agents
        ]
        load_area = None if self.config.dso_config is None else self.config.dso_config.load_area
        return areas + [
            Area(name=operator.agent_id, load_column=self._load_column(load_area)) for operator in operators
        ]

    def _load_column(self, load_area: str | None) -> str | None:
        return load_column(load_area, self._series)

    def _assemble(self, n_env: int) -> None:
        config = self.config
        self._series = find_series(config)
        everyone = {agent.agent_id: agent for agent in self._walk()}
        plant = build_plant(self.net, list(everyone.values()), config, areas=self._areas(), series=self._series)
        execution = event_settings(config)
        core: EnvironmentCore = SynchronousCore(
            plant,
            everyone,
            learners=self._learners(),
            n_env=n_env,
            options=_core_options(config),
            exchanges=self._exchanges(),
        )
        if execution is not None and n_env != 1:
            raise ConfigError(
                f"'event_driven: true' and 'centralized: false' let agents run on events, which is for one environment "
                f"and not for {n_env}.",
                remedy="Leave both out for a batch; powergrid train --randomize-timing brings delays to batches.",
            )
        if execution is not None:
            core = EventDrivenCore.of(core, execution)
        if not core.learners and config.learners:
            raise ConfigError(
                f"Nobody in {type(self).__name__} has anything to decide: learners is {config.learners!r}, agents are "
                f"{sorted(everyone)}.",
                remedy="Give an agent devices that can be set.",
            )
        answer_prices(plant, everyone)
        if type(self)._reward_and_safety is not NetworkedGridEnv._reward_and_safety:
            core.reward_function = self._reward_and_safety
        self._start(core)

    def _walk(self) -> list[Agent]:
        """Every agent, superiors first; one below another may stand in ``agent_dict`` itself too."""
        found: dict[str, Agent] = {}
        for name, top in self.agent_dict.items():
            if name != top.agent_id:
                raise ConfigError(f"agent_dict has {top!r} under another name, {name!r}.")
            for agent in top.walk():
                if found.setdefault(agent.agent_id, agent) is not agent:
                    raise ConfigError(f"Two agents are named {agent.agent_id!r}.", remedy="Rename one of them.")
        return sorted(found.values(), key=lambda agent: -agent.level)

    def _learners(self) -> str | Sequence[str]:
        """Agents that the class named in ``possible_agents``, unless the configuration chooses others."""
        chosen = self.config.learners
        return self.possible_agents if chosen == "coordinators" and self.possible_agents else chosen


def _check_mapping(config: Any, environment: str) -> None:
    if config is None or isinstance(config, Mapping):
        return
    if isinstance(config, (str, os.PathLike)):
        name = repr(os.fspath(config))
        raise ConfigError(
            f"{environment} was given {name}, the name of a setup or a folder, and not its configuration.",
            remedy=f"Say load_setup({name}) first, and give what it returns.",
        )
    raise ConfigError(
        f"{environment} was given a {type(config).__name__} for its configuration.", remedy="Give a mapping."
    )


def _core_options(config: EnvConfig) -> CoreOptions:
    return CoreOptions(
        step_s=config.step_s,
        plant_step_s=config.plant_step_s,
        max_steps=config.max_episode_steps,
        penalty=config.penalty,
        reward_discount=config.reward_discount,
        share_reward=config.share_reward,
        normalized_actions=config.action_units == "normalized",
        terminate_on_failure=config.terminate_on_divergence,
        observer=ObserverOptions(
            scaled=config.observation_units == "scaled",
            full=config.observability == "full",
            one_hot=config.agent_one_hot,
        ),
    )

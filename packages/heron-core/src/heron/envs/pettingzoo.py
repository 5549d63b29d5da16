"""The PettingZoo face: one environment of the core behind the parallel API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import compress
from typing import Any, ClassVar

import gymnasium
import numpy as np
from pettingzoo import ParallelEnv

from heron.agents.agent import Agent
from heron.agents.roster import roster
from heron.envs.core import EnvironmentCore
from heron.envs.event_driven import EventDrivenCore
from heron.envs.execution import Execution
from heron.envs.observer import CLIP
from heron.envs.step_result import StepResult, StepTiming
from heron.errors import ConfigError, UnknownNameError, suggest
from heron.scheduling.scheduler import EventScheduler
from heron.types import Float32Array, FloatArray


class PettingZooParallelEnv(ParallelEnv[str, Any, Any]):  # type: ignore[misc]  # pettingzoo is untyped
    """One environment with the PettingZoo parallel API.

    A subclass calls ``super().__init__()``, registers its agents, builds its plant, and hands the core
    made of them to `_start`.

    Attributes
    ----------
    agent_dict
        Agents at the top of the hierarchy by name; their subordinates hang below them.
    possible_agents, agents
        The learners, and those of them whose episode goes on.
    state_space
        Box of `state`.
    info_state
        Whether ``infos`` carry the full state, for trainers with a centralised critic.
    """

    metadata: ClassVar[dict[str, Any]] = {"name": "heron_v0", "render_modes": [], "is_parallelizable": True}
    render_mode = None

    def __init__(self) -> None:
        self.agent_dict: dict[str, Agent] = {}
        self.possible_agents: list[str] = []
        self.agents: list[str] = []
        self.core: EnvironmentCore | None = None
        self.info_state = False

    def register_agent(self, agent: Agent) -> None:
        """Add an agent at the top of the hierarchy, before the environment is built.

        Raises
        ------
        ConfigError
            If the name is taken or the environment is already built.
        """
        if self.core is not None:
            raise ConfigError(f"Agent {agent.agent_id!r} comes too late: the environment is built.")
        if agent.agent_id in self.agent_dict:
            raise ConfigError(f"Two agents are named {agent.agent_id!r}.", remedy="Rename one of them.")
        self.agent_dict[agent.agent_id] = agent

    def get_heron_agent(self, agent_id: str) -> Agent:
        """Agent of any level by name.

        Raises
        ------
        UnknownNameError
            If nobody has this name.
        """
        everyone = roster(self.agent_dict.values()) if self.core is None else self.core.agents
        if agent_id not in everyone:
            raise UnknownNameError(f"Nobody is called {agent_id!r}.", remedy=suggest(agent_id, everyone))
        return everyone[agent_id]

    def observation_space(self, agent: str) -> gymnasium.Space[Any]:
        """Space of one agent's observations; the same object on every call."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> gymnasium.Space[Any]:
        """Space of one agent's actions; the same object on every call."""
        return self.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Float32Array], dict[str, dict[str, Any]]]:
        """Begin an episode.

        Parameters
        ----------
        seed
            Seed of this episode and those after it; without, the next episode of the present seed.
        options
            Handed to the plant.

        Raises
        ------
        ConfigError
            If the core holds more environments than this one.
        """
        core = self._built()
        if core.n_env != 1:
            raise ConfigError(
                f"PettingZoo shows one environment, this core holds {core.n_env}.",
                remedy="Reset and step the core itself, or build with n_env=1.",
            )
        self.agents = list(self.possible_agents)
        observations = core.reset(seeds=None if seed is None else [seed], options=options)
        infos: dict[str, dict[str, Any]] = {agent: {} for agent in self.agents}
        if isinstance(core, EventDrivenCore):
            begun = StepTiming(due=frozenset(core.due), used=frozenset(), elapsed_s={}, time_s=0.0)
            self._add_timing(infos, begun)
        self._add_state(infos)
        return {agent: values[0] for agent, values in observations.items()}, infos

    @property
    def scheduler(self) -> EventScheduler:
        """Events of the episode; ``scheduler.current_time`` is the simulated time. [s]

        Raises
        ------
        ConfigError
            If the environment runs in lockstep.
        """
        return self._event_driven().scheduler

    def setup_event_driven(self, execution: Execution | None = None) -> EventScheduler:
        """Let the same agents run on events from the next `reset` on.

        Parameters
        ----------
        execution
            Timing, messaging and disturbances. Without, what the environment was configured with, or else lockstep on
            events; an agent's ``tick_config`` holds in any case.

        Raises
        ------
        ConfigError
            If it is no `Execution`, or something in it does not fit the agents.
        """
        given: object = execution
        if given is not None and not isinstance(given, Execution):
            raise ConfigError(
                f"setup_event_driven() was given a {type(given).__name__}.", remedy="Give Execution(timing=…)."
            )
        core = self._built()
        present = core.execution if isinstance(core, EventDrivenCore) else None
        self.core = EventDrivenCore.of(core, execution or present)
        if isinstance(core, EventDrivenCore):
            self.setup_default_handlers(core.on_snapshot, core.loop.on_effect)
        self.agents = []
        return self.core.scheduler

    def configure_agents_for_distributed(self) -> None:
        """Let agents talk through the message broker, where messages take time; from the next `reset` on."""
        core = self._built()
        execution = core.execution if isinstance(core, EventDrivenCore) else Execution()
        self.setup_event_driven(replace(execution, distributed=True))

    def setup_default_handlers(
        self,
        global_state_fn: Callable[[], Any] | None = None,
        on_action_effect: Callable[[str, FloatArray], None] | None = None,
    ) -> None:
        """Be told of an event-driven run while it goes on.

        Parameters
        ----------
        global_state_fn
            Called at every snapshot; what it returns is written to the event log as a custom record, if there is one.
        on_action_effect
            Called with a field agent's name and its setpoints ``(n_field, 1)`` when they take effect.

        Raises
        ------
        ConfigError
            If the environment runs in lockstep.
        """
        core = self._event_driven()
        core.loop.on_effect = on_action_effect
        core.on_snapshot = global_state_fn

    def run_event_driven(self, t_end: float) -> int:
        """Let time pass while every agent decides by its own policy.

        Learners without a policy leave their devices as they are. An episode begins first if none is under way; at its
        end nobody is left in `agents`.

        Parameters
        ----------
        t_end
            Instant of the episode at which to stop. [s]

        Returns
        -------
        int
            Number of events.

        Raises
        ------
        ConfigError
            If the environment runs in lockstep, or the episode ends before.
        EventError
            If a handler fails; the text names event, agent and time.
        """
        core = self._event_driven()
        if core.has_ended:
            self.reset()
        count = core.run(t_end)
        if core.has_ended:
            self.agents = []
        return count

    def step(
        self, actions: Mapping[str, Any]
    ) -> tuple[dict[str, Float32Array], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]:
        """Let one interval pass.

        Parameters
        ----------
        actions
            Each agent's action, ``(dim,)``.

        Returns
        -------
        observations, rewards, terminations, truncations, infos
            By agent. ``infos`` has ``cost``, ``safety``, ``limited``, ``obs_clipped`` and what the
            plant reports. In event-driven execution all living agents stay in `agents`: whose turn it is not gets what
            it saw last, reward 0 while its reward adds up, and ``due`` False; ``action_used`` says whether the action
            of this step was used, ``elapsed_s`` what time the reward covers. Where devices fail, ``available`` says
            whether all of an agent's devices work. Where timing is drawn (`DelayedCore`), only ``action_used`` is.

        Raises
        ------
        ActionError
            If an action is missing, misshapen or not a number.
        ConfigError
            If the episode has ended, or no agent learns.
        """
        core = self._built()
        if not self.possible_agents:
            raise ConfigError("No agent learns: there is nobody to step.", remedy="Step env.core, or name a learner.")
        if not self.agents:
            raise ConfigError("No episode is under way.", remedy="Call reset() before step().")
        result = core.step(actions)
        living = self.agents
        terminated, truncated = bool(result.terminated[0]), bool(result.truncated[0])
        if terminated or truncated:
            self.agents = []
        return (
            {agent: values[0] for agent, values in result.observations.items()},
            dict(zip(living, result.reward[:, 0].tolist(), strict=True)),
            dict.fromkeys(living, terminated),
            dict.fromkeys(living, truncated),
            self._infos(result, living),
        )

    def state(self) -> Float32Array:
        """Everything any agent sees, for a centralised critic, ``(dim,)``."""
        values: Float32Array = self._built().state()[0]
        return values

    def get_observations(self) -> dict[str, Float32Array]:
        """What every agent sees now."""
        core = self._built()
        if isinstance(core, EventDrivenCore):
            return {agent: core.observe(agent).values[0] for agent in core.learners}
        return {agent: values[0] for agent, values in core.observations()[0].items()}

    def apply_actions(self, actions: Mapping[str, Any]) -> None:
        """Latch the setpoints of these actions without letting time pass."""
        core = self._built()
        core.control.latch(core.check_actions(actions), core.table)

    def reset_agents(self) -> None:
        """Give every agent's policy its streams again and put its action back to neutral."""
        core = self._built()
        for agent in core.agents.values():
            agent.reset([tree.generator(agent.agent_id, "policy") for tree in core.trees])

    def save_state(self) -> dict[str, Any]:
        """Everything needed to go on as if never stopped."""
        return {"core": self._built().save_state(), "agents": list(self.agents)}

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave; an episode goes on from there."""
        self._built().restore_state(state["core"])
        self.agents = list(state["agents"])

    def render(self) -> None:
        """Nothing: the environment has no picture of its own."""

    def close(self) -> None:
        """Nothing to release."""

    def _start(self, core: EnvironmentCore) -> None:
        """Take the core of one environment and make the spaces."""
        self.core = core
        self.possible_agents = list(core.learners)
        self.observation_spaces = {agent: core.observer.space(agent) for agent in self.possible_agents}
        self.action_spaces = {agent: core.control.box(agent) for agent in self.possible_agents}
        self._fields_below = {agent: _fields_below(core.agents[agent]) for agent in self.possible_agents}
        size = len(core.observer.state_names())
        self.state_space = gymnasium.spaces.Box(-CLIP, CLIP, shape=(size,), dtype=np.float32)

    def _built(self) -> EnvironmentCore:
        if self.core is None:
            raise ConfigError("The environment is not built yet.", remedy="Call super().__init__ in your subclass.")
        return self.core

    def _event_driven(self) -> EventDrivenCore:
        core = self._built()
        if not isinstance(core, EventDrivenCore):
            raise ConfigError("The environment runs in lockstep.", remedy="Call setup_event_driven() first.")
        return core

    def _infos(self, result: StepResult, living: Sequence[str]) -> dict[str, dict[str, Any]]:
        core = self._built()
        report = {name: values[0].item() for name, values in core.plant.report().items()}
        limited = core.limited
        costs, safeties = result.cost[:, 0].tolist(), result.safety[:, 0].tolist()
        infos: dict[str, dict[str, Any]] = {}
        for agent, cost, safety in zip(living, costs, safeties, strict=True):
            infos[agent] = {
                "cost": cost,
                "safety": safety,
                "limited": self._limited_fields(agent, limited) if limited else (),
                "obs_clipped": int(result.clipped[agent][0]),
                **report,
            }
        if result.used is not None:
            for agent, used in zip(living, result.used[:, 0].tolist(), strict=True):
                infos[agent]["action_used"] = used
        if result.timing is not None:
            self._add_timing(infos, result.timing)
        self._add_state(infos)
        return infos

    def _add_timing(self, infos: dict[str, dict[str, Any]], timing: StepTiming) -> None:
        unavailable = self._built().plant.unavailable()
        for agent, info in infos.items():
            info["due"] = agent in timing.due
            info["action_used"] = agent in timing.used
            info["elapsed_s"] = timing.elapsed_s.get(agent, 0.0)
            info["available"] = not any(device in unavailable for device in self._fields_below[agent])

    def _limited_fields(self, agent: str, limited: Mapping[str, Any]) -> tuple[str, ...]:
        found: list[str] = []
        for device, names in self._fields_below[agent].items():
            flags = limited.get(device)
            if flags is not None:
                found += compress(names, flags[:, 0].tolist())
        return tuple(found)

    def _add_state(self, infos: dict[str, dict[str, Any]]) -> None:
        if self.info_state:
            state = self.state()
            for info in infos.values():
                info["state"] = state


def _fields_below(agent: Agent) -> dict[str, list[str]]:
    """Full names of the setpoint fields of an agent and all below it, by device."""
    return {one.agent_id: [f"{one.agent_id}.{field.name}" for field in one.setpoint_fields()] for one in agent.walk()}

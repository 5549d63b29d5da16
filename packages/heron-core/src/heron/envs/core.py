"""The environment core: agents and a plant for any number of environments."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from heron.agents.agent import Agent
from heron.agents.binding import AgentBinding
from heron.core.observation import Observation
from heron.core.random import SeedTree
from heron.core.table import TableBuilder
from heron.envs.action_stack import ActionStack
from heron.envs.control import ControlPlan
from heron.envs.core_options import CoreOptions
from heron.envs.exchange import Exchange, Exchanges
from heron.envs.learners import choose_learners
from heron.envs.limited_flags import LimitedFlags
from heron.envs.observer import Observer, Vectors
from heron.envs.step_result import StepResult
from heron.errors import ConfigError, StateError
from heron.plant.interface import Plant
from heron.protocols.peers import HorizontalProtocol
from heron.types import BoolArray, Float32Array, FloatArray, IndexArray

RewardFunction = Callable[[], tuple[Mapping[str, Any], Mapping[str, Any]]]


class EnvironmentCore:
    """Agents and a plant, with the environment axis everywhere.

    Parameters
    ----------
    plant
        What would exist without any controller.
    agents
        Everyone, superiors before subordinates.
    learners
        Agents whose actions come from outside: their names in order, ``"coordinators"`` or ``"devices"``.
    n_env
        Number of environments.
    options
        How the environments run.
    exchanges
        What peers tell each other.

    Raises
    ------
    ConfigError
        If a learner is no agent, an agent cannot follow its superior's protocol, or an agent is part of
        another environment.

    Attributes
    ----------
    table
        The world's state.
    binding, observer, control, exchanges
        Who owns which rows, sees what, decides what, and tells its peers what.
    steps : (n_env,)
        Steps since each episode began.
    trees
        Random streams of each environment's episode.
    reward_function
        Gives gains and violations by learner in place of cost and safety; set by an environment.
    """

    def __init__(
        self,
        plant: Plant,
        agents: Mapping[str, Agent],
        *,
        learners: str | Sequence[str],
        n_env: int = 1,
        options: CoreOptions | None = None,
        exchanges: Sequence[Exchange] = (),
    ) -> None:
        self.plant = plant
        self.agents = dict(agents)
        self.learners = choose_learners(self.agents, learners)
        self.n_env = n_env
        self.options = options or CoreOptions()
        self.reward_function: RewardFunction | None = None
        self.step_ns, self.plant_step_ns = self.options.step_ns, self.options.plant_step_ns
        self._build_table([one.protocol for one in exchanges])
        self.exchanges = Exchanges(exchanges, self.binding, n_env)
        levels = {agent_id: agent.level for agent_id, agent in self.agents.items()}
        self.observer = Observer(self.table, levels, self.learners, self.options.observer)
        self.control = ControlPlan(self.binding, plant, self.learners, normalized=self.options.normalized_actions)
        self._stack = ActionStack(self.control.action_names, n_env)
        for agent in self.agents.values():
            agent.connect(self.observe, self.control.policy_changed)
        self.steps = np.zeros(n_env, dtype=np.int64)
        self.trees = [SeedTree(env) for env in range(n_env)]
        self._cost_rows = self.binding.account_rows("cost", list(self.learners))
        self._safety_rows = self.binding.account_rows("safety", list(self.learners))
        self._all_envs = np.arange(n_env, dtype=np.intp)
        one_interval = self.plant_step_ns == self.step_ns
        self._limits: LimitedFlags | None = None if one_interval else LimitedFlags()
        self._none: BoolArray = np.zeros(n_env, dtype=np.bool_)
        self._failed: BoolArray = np.zeros(n_env, dtype=np.bool_)

    def reset(
        self,
        *,
        seeds: Sequence[int] | None = None,
        envs: IndexArray | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Vectors:
        """Begin episodes.

        Parameters
        ----------
        seeds
            One per environment that is reset; without, each goes on to its next episode. An environment that was
            never given one began with its number as seed: give workers that run side by side seeds of their own.
        envs
            Which environments; all when not given.
        options
            Handed to the plant.

        Returns
        -------
        Vectors
            Observations of all environments by learner, ``(n_env, dim)``.

        Raises
        ------
        ConfigError
            If the number of seeds is not that of environments, or one is negative or no whole number.
        """
        chosen = self._all_envs if envs is None else np.asarray(envs, dtype=np.intp)
        if seeds is not None and len(seeds) != len(chosen):
            raise ConfigError(f"{len(seeds)} seeds for {len(chosen)} environments.", remedy="Give one for each.")
        self.plant.check_reset(len(chosen), options or {})
        if seeds is None:
            trees = [self.trees[env].next_episode() for env in chosen]
        else:
            trees = [SeedTree(whole(seed)) for seed in seeds]
        for env, tree in zip(chosen, trees, strict=True):
            self.trees[env] = tree
        if len(chosen) == self.n_env:
            self.table.values[...] = self.table.initial[:, np.newaxis]
        else:
            self.table.values[:, chosen] = self.table.initial[:, np.newaxis]
        self.steps[chosen] = 0
        self._failed[chosen] = False
        for agent in self.agents.values():
            agent.reset([tree.generator(agent.agent_id, "policy") for tree in self.trees] if agent.policy else ())
        self.exchanges.begin(chosen)
        self.plant.reset(chosen, trees, options or {})
        self.plant.write_exogenous(chosen)
        self._episodes_begun(chosen)
        return self.observations()[0]

    def step(self, actions: Mapping[str, Any] | FloatArray | Float32Array) -> StepResult:
        """Let one interval pass; an execution mode says how.

        Parameters
        ----------
        actions
            Each learner's action ``(n_env, dim)``; ``(dim,)`` will do with one environment. Where all have the same
            dimension also one array ``(n_env, n_learner, dim)``, the learners in order.

        Raises
        ------
        ActionError
            If an action is missing, misshapen or not a number; nothing has changed then.
        """
        raise NotImplementedError

    def observe(self, agent_id: str) -> Observation:
        """What an agent sees now."""
        return self.observer.observe(agent_id, self.steps.astype(np.float64) * self.options.step_s)

    def observations(self) -> tuple[Vectors, dict[str, IndexArray]]:
        """What every learner sees now, ``(n_env, dim)`` each, and how many entries were clipped, ``(n_env,)``."""
        return self.observer.vectors()

    @property
    def due(self) -> tuple[str, ...]:
        """Learners whose actions the next step asks for; everyone in lockstep."""
        return self.learners

    def time_ns(self) -> IndexArray:
        """Simulated time since each episode began, ``(n_env,)``. [ns]"""
        return self.steps * self.step_ns

    def seen(self, agent_id: str) -> Observation:
        """What a learner is to act on: the observation behind the vector that `reset` or `step` gave for it."""
        return self.observe(agent_id)

    def check_actions(self, actions: Mapping[str, Any] | FloatArray | Float32Array) -> FloatArray:
        """Every learner's action, one under the other, float64 ``(sum of dim, n_env)``; see `step`.

        Raises
        ------
        ActionError
            If an agent is unknown or missing, a shape does not fit or a value is not a number.
        """
        return self._stack.checked(actions)

    def pass_interval(self, elapsed_ns: int, *, ends_step: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Let the plant advance with what is latched, and settle. [ns]

        Parameters
        ----------
        elapsed_ns
            Length of the interval, a step or part of one. [ns]
        ends_step
            Whether a step ends with it.

        Returns
        -------
        reward, cost, safety : (n_learner, n_env)
            Of the interval, as `rewards`.
        """
        self.plant.advance(elapsed_ns)
        self._failed |= self.plant.failed()
        if self._limits is not None:
            self._limits.note(self.plant.limited)
        if ends_step:
            self.steps += 1
        self.plant.settle(self.terminated() | self.truncated() if ends_step else self._none)
        return self.rewards(elapsed_ns)

    @property
    def limited(self) -> Mapping[str, BoolArray]:
        """Which setpoints had to be limited in the last step: field agent → ``(n_field, n_env)``; may be incomplete
        where none was.
        """
        return self.plant.limited if self._limits is None else self._limits.found

    def _begin_limits(self) -> None:
        """Forget what was limited before the step that begins now."""
        if self._limits is not None:
            self._limits.begin()

    def terminated(self) -> BoolArray:
        """Where the plant could not be solved in the present step, if that ends an episode, ``(n_env,)``."""
        return self._failed & self.options.terminate_on_failure

    def truncated(self) -> BoolArray:
        """Where an episode has had all its steps, ``(n_env,)``."""
        return self.steps >= self.options.max_steps

    def rewards(self, elapsed_ns: int | None = None) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Reward, cost and safety of the last interval, each ``(n_learner, n_env)``.

        The penalty is applied here and nowhere else.

        Parameters
        ----------
        elapsed_ns
            Length of the interval, a step when not given: safety counts by its share in a step. [ns]
        """
        cost = self.table.values[self._cost_rows]
        safety = self.table.values[self._safety_rows]
        own = self.reward_function
        gain, weighed = (-cost, safety) if own is None else self._own_reward(own)
        if elapsed_ns is not None and elapsed_ns != self.step_ns:
            share = elapsed_ns / self.step_ns
            safety, weighed = safety * share, weighed * share
        reward = gain - self.options.penalty * weighed
        if self.options.share_reward and len(reward):
            total = np.zeros(self.n_env)
            for row in reward:
                total = total + row
            reward = np.repeat((total / len(reward))[np.newaxis], len(reward), axis=0)
        return reward, cost, safety

    def check_finite(self) -> None:
        """Raise StateError where a value of the table is no number."""
        # One sum is the cheapest look at everything; rows that cancel to infinity are told apart below.
        values = self.table.values
        if math.isfinite(values.sum()) or bool(np.isfinite(values).all()):
            return
        row, env = np.argwhere(~np.isfinite(values))[0]
        raise StateError(
            f"{self.table.names[row]!r} is {values[row, env]} after a step (environment {env}).",
            remedy="A device or protocol of your own computed a value that is no number; look at what it returned.",
        )

    def state(self) -> Float32Array:
        """Everything any learner sees, for a centralised critic, ``(n_env, dim)``."""
        return self.observer.state()

    def save_state(self) -> dict[str, Any]:
        """Everything needed to go on as if never stopped."""
        return {
            "values": self.table.values.copy(),
            "steps": self.steps.copy(),
            "failed": self._failed.copy(),
            "trees": [tree.save_state() for tree in self.trees],
            "policies": {name: agent.policy.save_state() for name, agent in self.agents.items() if agent.policy},
            "exchanges": self.exchanges.save_state(),
            "plant": self.plant.save_state(),
        }

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave.

        Raises
        ------
        StateError
            If it belongs to another configuration or number of environments.
        """
        values = np.asarray(state["values"])
        if values.shape != self.table.values.shape:
            raise StateError(
                f"Saved state of shape {values.shape} does not fit this environment's {self.table.values.shape}.",
                remedy="Restore into an environment built from the same configuration and n_env.",
            )
        self.table.values[...] = values
        self.steps[...] = state["steps"]
        self._failed[...] = state["failed"]
        self.trees = [SeedTree.from_state(tree) for tree in state["trees"]]
        for agent in self.agents.values():
            if agent.policy is not None:
                agent.policy.reset([tree.generator(agent.agent_id, "policy") for tree in self.trees])
                agent.policy.restore_state(state["policies"].get(agent.agent_id, {}))
        self.exchanges.restore_state(state["exchanges"])
        self.plant.restore_state(state["plant"])

    def _episodes_begun(self, envs: IndexArray) -> None:
        """Called when episodes have begun in some environments, before anyone observes."""

    def _build_table(self, peers: Sequence[HorizontalProtocol]) -> None:
        builder = TableBuilder(self.n_env)
        self.binding = AgentBinding(self.agents, peers)
        self.plant.declare(builder)
        self.binding.declare(builder)
        self.table = builder.build()
        self.plant.connect(self.table)
        self.plant.follow_steps(self.step_ns)
        self.binding.connect(self.table)

    def _own_reward(self, function: RewardFunction) -> tuple[FloatArray, FloatArray]:
        gain, safety = function()
        for agent_id in self.learners:
            if agent_id not in gain or agent_id not in safety:
                raise ConfigError(
                    f"The environment's own reward names {sorted(gain)} and safety {sorted(safety)}; "
                    f"{agent_id!r} is missing.",
                    remedy="Give both for every learner.",
                )
        rows = [np.broadcast_to(np.asarray(gain[a], dtype=np.float64), (self.n_env,)) for a in self.learners]
        weighed = [np.broadcast_to(np.asarray(safety[a], dtype=np.float64), (self.n_env,)) for a in self.learners]
        return np.array(rows), np.array(weighed)


def whole(seed: Any) -> int:
    """A seed as a whole number.

    Raises
    ------
    ConfigError
        If it is none.
    """
    try:
        if isinstance(seed, (bool, np.bool_)):
            raise TypeError("a truth value")
        return operator.index(seed)
    except TypeError as cause:
        raise ConfigError(f"Seed {seed!r} is not a whole number.") from cause

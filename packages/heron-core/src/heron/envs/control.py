"""Who decides what in a step, worked out once: fixed maps as one gather, the rest in turn."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gymnasium
import numpy as np

from heron.agents.agent import Agent
from heron.agents.binding import AgentBinding
from heron.agents.field_agent import FieldAgent
from heron.agents.hierarchical import HierarchicalAgent
from heron.core.observation import Observation
from heron.core.table import StateTable
from heron.envs.action_bounds import action_names, neutral_action, setpoint_fields
from heron.envs.routing import join, routing_of
from heron.errors import ActionError, ConfigError, UnknownNameError, suggest
from heron.plant.interface import Plant
from heron.protocols.base import Directive
from heron.types import FloatArray, IndexArray

_FEW = 64
"""Entries up to which numpy's reductions take longer than Python's: 3.4 against 0.5 µs for two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What an agent's turn came to.

    Parameters
    ----------
    setpoint : (n_field, n_env)
        What a field agent asks of its device; None to leave it as it is.
    directives
        What a superior tells its subordinates, by their ids.
    """

    setpoint: FloatArray | None = None
    directives: Mapping[str, Directive] = field(default_factory=dict)


class ControlPlan:
    """Turns decisions into latched setpoints, in the order of the levels.

    An agent's action is, in this order: what comes from outside for a learner; the action its
    superior directs; what its own policy decides. A field agent without any of these responds to what
    its superior announced. Without anything, setpoints stay as they are.

    Parameters
    ----------
    binding
        The agents and their inboxes.
    plant
        Whose setpoints are latched.
    learners
        Agents whose actions come from outside.
    normalized
        Whether actions are -1 … 1 or physical. A protocol that does not set setpoints, such as a
        price, takes -1 … 1 in any case.

    Attributes
    ----------
    dims, action_names
        Number and names of the entries of each learner's action.
    routed
        Fixed map from the learners' actions to setpoints.
    routed_learners : (n_row,)
        Number of the learner that sets each of its rows.

    Raises
    ------
    ConfigError
        If a subordinate cannot follow its superior's protocol, or two agents would set one setpoint.
    """

    def __init__(
        self, binding: AgentBinding, plant: Plant, learners: Sequence[str], *, normalized: bool = True
    ) -> None:
        self._binding = binding
        self._plant = plant
        self._normalized = normalized
        self._agents = binding.agents
        self.learners = tuple(learners)
        self._order = sorted(self._agents.values(), key=lambda agent: -agent.level)
        self._prepare()
        self._dims = {agent_id: agent.action_dim for agent_id, agent in self._agents.items()}
        self.dims = {agent_id: self._dims[agent_id] for agent_id in self.learners}
        self.action_names = {agent_id: action_names(self._agents[agent_id]) for agent_id in self.learners}
        self._compile()
        self._check_conflicts()
        self._turns = self._plan_turns()

    def latch(self, actions: FloatArray, table: StateTable) -> None:
        """Turn the learners' actions and everyone else's policies into setpoints.

        Everybody decides before the first setpoint is latched.

        Parameters
        ----------
        actions : (sum of dim, n_env)
            The learners' actions one under the other.
        table
            Where setpoints are latched.
        """
        decided = self._decide_in_turn(actions)
        if len(self.routed.rows):
            table.values[self.routed.rows] = self.routed_setpoints(actions)
        self._latch_decided(decided, table)

    def latch_unrouted(self, actions: FloatArray, table: StateTable) -> None:
        """As `latch`, but leave out what `routed_setpoints` gives."""
        self._latch_decided(self._decide_in_turn(actions), table)

    def routed_setpoints(self, actions: FloatArray) -> FloatArray:
        """Setpoints of the rows of `routed` for the learners' actions ``(sum of dim, n_env)``, ``(n_row, n_env)``."""
        routed = self.routed
        setpoints: FloatArray = routed.offset + routed.scale * actions.take(routed.index, axis=0)
        return setpoints

    def decide(
        self,
        agent: Agent,
        observe: Callable[[], Observation],
        *,
        outside: FloatArray | None = None,
        directive: Directive = None,
    ) -> Decision:
        """One agent's turn: its action, and what follows from it.

        Parameters
        ----------
        agent
            Whose turn it is.
        observe
            Gives what it sees; called at most once, and only if it has to look.
        outside : (n_env, dim)
            Its action, where that comes from outside.
        directive
            What its superior has told it.

        Raises
        ------
        ActionError
            If an action of a protocol or policy is misshapen or not a number.
        UnknownNameError
            If its protocol directs somebody who is not below it.
        """
        action, observation = outside, None
        if action is None and directive is not None and not isinstance(directive, Mapping):
            action = self._checked(agent, directive, f"The protocol of {agent.upstream_id!r}")
        if action is None and agent.decides():
            observation = observe()
            action = self._checked(agent, agent.act(observation), "Its policy")
        if isinstance(agent, FieldAgent):
            return Decision(setpoint=self._setpoint(agent, action, directive))
        if not isinstance(agent, HierarchicalAgent) or action is None:
            return Decision()
        if observation is None and agent.needs_observation:
            observation = observe()
        told = agent.coordinate_subordinates(observation, action)
        return Decision(directives={_subordinate(agent, name).agent_id: one for name, one in told.items()})

    def neutral(self, agent_id: str) -> FloatArray | None:
        """Action of a learner that means *do nothing*, ``(dim,)``; None where its protocol has none."""
        return neutral_action(self._agents[agent_id], normalized=self._normalized)

    def bounds(self, agent_id: str) -> tuple[FloatArray, FloatArray]:
        """Lower and upper bounds of a learner's action, each ``(dim,)``."""
        dim = self.dims[agent_id]
        fields = None if self._normalized else setpoint_fields(self._agents[agent_id])
        if fields is None:
            return np.full(dim, -1.0), np.full(dim, 1.0)
        return np.array([field.low for field in fields]), np.array([field.high for field in fields])

    def box(self, agent_id: str) -> gymnasium.spaces.Box:
        """Box of a learner's action."""
        low, high = self.bounds(agent_id)
        return gymnasium.spaces.Box(low.astype(np.float32), high.astype(np.float32), dtype=np.float32)

    def policy_changed(self, agent: Agent) -> None:
        """Plan anew after an agent got another policy."""
        if agent.policy is not None:
            agent.policy.attach(agent.action_dim)
        self._check_conflicts()
        self._turns = self._plan_turns()

    def _prepare(self) -> None:
        for agent in self._order:
            if isinstance(agent, HierarchicalAgent) and agent.protocol is not None:
                agent.protocol.check(agent.subordinates)
            if agent.policy is not None:
                agent.policy.attach(agent.action_dim)

    def _compile(self) -> None:
        starts = np.cumsum([0, *self.dims.values()]).tolist()
        self._spans = {name: slice(starts[k], starts[k + 1]) for k, name in enumerate(self.learners)}
        setpoints, normalized = self._plant.setpoints, self._normalized
        found = {name: routing_of(self._agents[name], setpoints, normalized=normalized) for name in self.learners}
        routed = {name: routing for name, routing in found.items() if routing is not None}
        self._routed = frozenset(routed)
        self._own = {
            agent.agent_id: routing_of(agent, setpoints, normalized=normalized)
            for agent in self._order
            if isinstance(agent, FieldAgent)
        }
        first = [starts[place] for place, name in enumerate(self.learners) if name in routed]
        self.routed = join(list(routed.values()), first)
        numbers = [place for place, name in enumerate(self.learners) if name in routed]
        lengths = [len(routing.rows) for routing in routed.values()]
        self.routed_learners: IndexArray = np.repeat(np.array(numbers, dtype=np.intp), lengths)

    def _check_conflicts(self) -> None:
        for name in self.learners:
            agent = self._agents[name]
            superior = self._agents.get(agent.upstream_id or "")
            if not isinstance(agent, FieldAgent) or not isinstance(superior, HierarchicalAgent):
                continue
            acts = superior.agent_id in self.learners or superior.decides()
            if acts and routing_of(superior, self._plant.setpoints, normalized=True) is not None:
                raise ConfigError(
                    f"Both {name!r} and its superior {superior.agent_id!r} would set the setpoints of {name!r}.",
                    remedy="Let one of them learn, and give the superior no policy if it is the device.",
                )

    def _plan_turns(self) -> list[Agent]:
        turns: dict[str, Agent] = {}
        for agent in self._order:
            if agent.agent_id in self._routed or agent.upstream_id in self._routed:
                continue
            directed = agent.upstream_id in turns
            directs = isinstance(agent, FieldAgent) or (isinstance(agent, HierarchicalAgent) and agent.protocol)
            if directs and (agent.agent_id in self.learners or agent.decides() or directed):
                turns[agent.agent_id] = agent
        return list(turns.values())

    def _decide_in_turn(self, actions: FloatArray) -> dict[str, FloatArray]:
        directives: dict[str, Any] = {}
        decided: dict[str, FloatArray] = {}
        for agent in self._turns:
            span = self._spans.get(agent.agent_id)
            self._take_turn(agent, None if span is None else actions[span].T, directives, decided)
        return decided

    def _latch_decided(self, decided: Mapping[str, FloatArray], table: StateTable) -> None:
        for agent_id, setpoint in decided.items():
            table.values[self._plant.setpoints[agent_id].rows] = setpoint

    def _take_turn(
        self, agent: Agent, outside: FloatArray | None, directives: dict[str, Any], decided: dict[str, FloatArray]
    ) -> None:
        decision = self.decide(agent, agent.observe, outside=outside, directive=directives.get(agent.agent_id))
        if decision.setpoint is not None:
            decided[agent.agent_id] = decision.setpoint
        for receiver, told in decision.directives.items():
            directives[receiver] = told
            self._binding.deliver(receiver, told)

    def _setpoint(self, agent: FieldAgent, action: FloatArray | None, directive: Any) -> FloatArray | None:
        if action is not None:
            own = self._own[agent.agent_id]
            if own is None:
                return agent.to_setpoint(action, normalized=self._normalized)
            return own.offset + own.scale * action.T
        if not isinstance(directive, Mapping):
            return None
        answer = agent.respond(directive)
        if answer is None:
            return None
        expected, array = (self._dims[agent.agent_id], self._plant.table.n_env), np.asarray(answer, dtype=np.float64)
        if not _usable(array, expected):
            raise _unusable(array, expected, f"The response of agent {agent.agent_id!r} to {sorted(directive)}")
        return array

    def _checked(self, agent: Agent, action: Any, source: str) -> FloatArray | None:
        if action is None:
            return None
        expected, array = (self._plant.table.n_env, self._dims[agent.agent_id]), np.asarray(action, dtype=np.float64)
        if not _usable(array, expected):
            raise _unusable(array, expected, f"{source} gave agent {agent.agent_id!r} an action, which")
        return array


def _usable(array: FloatArray, expected: tuple[int, ...]) -> bool:
    if array.shape != expected:
        return False
    if array.size > _FEW:
        return bool(np.isfinite(array).all())
    return all(map(math.isfinite, array.ravel().tolist()))


def _unusable(array: FloatArray, expected: tuple[int, ...], what: str) -> ActionError:
    if array.shape != expected:
        return ActionError(f"{what} has shape {array.shape}, expected {expected}.")
    return ActionError(f"{what} has values that are no numbers: {array.tolist()}.")


def _subordinate(agent: HierarchicalAgent, name: str) -> Agent:
    if name not in agent.subordinates:
        raise UnknownNameError(
            f"{type(agent.protocol).__name__} of {agent.agent_id!r} directs {name!r}, who is not below it.",
            remedy=suggest(name, agent.subordinates),
        )
    return agent.subordinates[name]

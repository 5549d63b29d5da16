"""A world that holds still: its plant, and what its agents decide."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from heron.agents.hierarchical import HierarchicalAgent
from heron.envs.core import EnvironmentCore
from heron.envs.event_driven import EventDrivenCore
from heron.testing.violation import ContractViolation


@contextmanager
def replaced(thing: object, name: str, value: object) -> Iterator[None]:
    """Let one object have another method for a while."""
    own = vars(thing).get(name)
    setattr(thing, name, value)
    try:
        yield
    finally:
        if own is None:
            delattr(thing, name)
        else:
            setattr(thing, name, own)


@contextmanager
def frozen_plant(core: EnvironmentCore) -> Iterator[None]:
    """Let time pass the plant by: it does not move or settle, nothing befalls it, and no condition is looked at."""

    def nothing(*_: Any, **__: Any) -> None:
        """What a plant does that stands still."""

    with ExitStack() as stack:
        for name in ("advance", "settle", "write_exogenous", "begin_disturbance", "end_disturbance"):
            stack.enter_context(replaced(core.plant, name, nothing))
        if isinstance(core, EventDrivenCore):
            stack.enter_context(replaced(core.incidents, "look", nothing))
        yield


class Decisions:
    """What the agents of a core decide in a step, and what their protocols looked at, to be used again.

    Parameters
    ----------
    core
        Whose agents.
    """

    def __init__(self, core: EnvironmentCore) -> None:
        self._agents = core.agents
        self._acts: dict[str, list[Any]] = {agent_id: [] for agent_id in core.agents}
        self._seen: dict[str, list[Any]] = {agent_id: [] for agent_id in core.agents}

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Let everyone decide, and keep it."""
        with ExitStack() as stack:
            for agent_id, agent in self._agents.items():
                stack.enter_context(replaced(agent, "act", _noting(agent.act, self._acts[agent_id])))
                if isinstance(agent, HierarchicalAgent):
                    noting = _noting_first(agent.coordinate_subordinates, self._seen[agent_id])
                    stack.enter_context(replaced(agent, "coordinate_subordinates", noting))
            yield

    @contextmanager
    def repeated(self) -> Iterator[None]:
        """Let everyone decide as was kept, and protocols look at what they looked at then."""
        with ExitStack() as stack:
            for agent_id, agent in self._agents.items():
                stack.enter_context(replaced(agent, "act", _repeating(agent_id, self._acts[agent_id])))
                if isinstance(agent, HierarchicalAgent):
                    repeating = _repeating(agent_id, self._seen[agent_id])
                    directs = _with_first(agent.coordinate_subordinates, repeating)
                    stack.enter_context(replaced(agent, "coordinate_subordinates", directs))
            yield


def _noting(decide: Callable[[Any], Any], kept: list[Any]) -> Callable[[Any], Any]:
    def noting(observation: Any) -> Any:
        kept.append(decide(observation))
        return kept[-1]

    return noting


def _noting_first(coordinate: Callable[[Any, Any], Any], kept: list[Any]) -> Callable[[Any, Any], Any]:
    def noting(observation: Any, action: Any) -> Any:
        kept.append(observation)
        return coordinate(observation, action)

    return noting


def _repeating(agent_id: str, kept: list[Any]) -> Callable[[Any], Any]:
    left = deque(kept)

    def repeating(_observation: Any) -> Any:
        if not left:
            raise ContractViolation(f"Agent {agent_id!r} has more turns in a step when rows it may not see are others.")
        return left.popleft()

    return repeating


def _with_first(coordinate: Callable[[Any, Any], Any], repeating: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda observation, action: coordinate(repeating(observation), action)

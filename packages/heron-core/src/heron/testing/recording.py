"""Recordings of environments, to compare runs number by number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from heron.envs.core import EnvironmentCore
from heron.envs.event_driven import EventDrivenCore
from heron.envs.step_result import StepResult
from heron.errors import ConfigError
from heron.testing.violation import ContractViolation
from heron.types import FloatArray

CoreFactory: TypeAlias = Callable[[int], EnvironmentCore]
"""Builds a fresh core of a world for a number of environments; one that runs on events is asked for one."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Everything a run gave.

    Parameters
    ----------
    arrays
        ``(n_step, n_env, …)`` each, by name.
    entries
        Names along the last axis, where they are known.
    """

    arrays: Mapping[str, NDArray[Any]]
    entries: Mapping[str, Sequence[str]]

    def of_env(self, env: int) -> Recording:
        """The same run with one of its environments only."""
        return Recording({name: array[:, env : env + 1] for name, array in self.arrays.items()}, self.entries)


def build(make: CoreFactory, n_env: int) -> EnvironmentCore:
    """A core of as many environments, or of one where the world runs on events."""
    try:
        return make(n_env)
    except ConfigError:
        single = make(1) if n_env > 1 else None
        if isinstance(single, EventDrivenCore):
            return single
        raise


def draw_actions(core: EnvironmentCore, n_step: int, *, seed: int) -> dict[str, FloatArray]:
    """Random actions within bounds for every learner, ``(n_step, n_env, dim)`` each."""
    rng = np.random.default_rng(seed)
    drawn: dict[str, FloatArray] = {}
    for agent_id in core.learners:
        low, high = core.control.bounds(agent_id)
        drawn[agent_id] = rng.uniform(low, high, (n_step, core.n_env, len(low)))
    return drawn


def record(core: EnvironmentCore, actions: Mapping[str, FloatArray]) -> Recording:
    """Step through given actions from the present on; an environment that ends begins its next episode.

    Parameters
    ----------
    core
        Already reset.
    actions
        ``(n_step, n_env, dim)`` each, by learner.
    """
    n_step = len(next(iter(actions.values())))
    moments: list[dict[str, NDArray[Any]]] = []
    for step in range(n_step):
        result = core.step({agent_id: array[step] for agent_id, array in actions.items()})
        moment: dict[str, NDArray[Any]] = {"table": core.table.values.T.copy()}
        for agent_id in core.learners:
            moment[f"observation of {agent_id}"] = result.observations[agent_id]
            moment[f"reward of {agent_id}"] = result.rewards[agent_id]
            moment[f"cost of {agent_id}"] = result.costs[agent_id]
            moment[f"safety of {agent_id}"] = result.safeties[agent_id]
            moment[f"clipped entries of {agent_id}"] = np.broadcast_to(result.clipped[agent_id], (core.n_env,))
        moment["terminated"], moment["truncated"] = result.terminated, result.truncated
        moment.update(_timing(core, result))
        ended = np.flatnonzero(result.terminated | result.truncated)
        begun = core.reset(envs=ended) if len(ended) else result.observations
        moment["table after reset"] = core.table.values.T.copy()
        moment.update({f"observation of {agent_id} after reset": begun[agent_id] for agent_id in core.learners})
        moments.append(moment)
    arrays = {name: np.array([moment[name] for moment in moments]) for name in moments[0]}
    return Recording(arrays, _entries(core))


def _timing(core: EnvironmentCore, result: StepResult) -> dict[str, NDArray[Any]]:
    """When a step on events ended, and for whom."""
    if result.timing is None:
        return {}
    due = {f"turn of {agent_id}": np.array([agent_id in result.timing.due]) for agent_id in core.learners}
    return {"time_s": np.array([result.timing.time_s]), **due}


def require_same(first: Recording, second: Recording, what: str) -> None:
    """Compare two recordings bit for bit.

    Raises
    ------
    ContractViolation
        Naming the first number that differs.
    """
    for name, one in first.arrays.items():
        if name not in second.arrays:
            continue  # whose turn it is, which is recorded on events only
        other = second.arrays[name]
        if one.shape != other.shape:
            raise ContractViolation(f"{what}: {name} has shape {one.shape} and {other.shape}.")
        if np.array_equal(one, other):
            continue
        place = tuple(int(i) for i in np.argwhere(~(one == other))[0])
        names = first.entries.get(name, ())
        entry = f", {names[place[2]] if place[2] < len(names) else place[2]}" if len(place) > 2 else ""
        raise ContractViolation(
            f"{what}: {name} differs first at step {place[0]}, environment {place[1]}{entry}: "
            f"{one[place]!r} and {other[place]!r}."
        )


def horizon(core: EnvironmentCore, n_step: int | None) -> int:
    """Steps to record: given, or enough to enter a second episode, at most 60."""
    return min(core.options.max_steps + 3, 60) if n_step is None else n_step


def _entries(core: EnvironmentCore) -> dict[str, Sequence[str]]:
    entries: dict[str, Sequence[str]] = {"table": core.table.names, "table after reset": core.table.names}
    for agent_id in core.learners:
        names = core.observer.names(agent_id)
        entries[f"observation of {agent_id}"] = entries[f"observation of {agent_id} after reset"] = names
    return entries

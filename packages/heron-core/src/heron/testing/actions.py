"""A wrong action is refused before anything happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from heron.envs.core import EnvironmentCore
from heron.errors import ActionError
from heron.testing.recording import CoreFactory, build, draw_actions
from heron.testing.violation import ContractViolation
from heron.types import FloatArray


def check_bad_actions_are_refused(make: CoreFactory, *, n_env: int = 2, seed: int = 0) -> None:
    """A missing, misshapen, unknown or not-a-number action is an ActionError that names the agent, and changes nothing.

    Raises
    ------
    ContractViolation
        Naming the action that got through or what it changed.
    """
    core = build(make, n_env)
    core.reset(seeds=range(seed, seed + core.n_env))
    good = {agent_id: array[0] for agent_id, array in draw_actions(core, 1, seed=seed).items()}
    for agent_id in core.learners:
        for what, spoil in _SPOILS.items():
            if what == "not a number" and not core.control.dims[agent_id]:
                continue
            _require_refused(core, spoil(good, agent_id), agent_id, what)
    _require_refused(core, {**good, "nobody-of-this-name": np.zeros((core.n_env, 1))}, "nobody-of-this-name", "unknown")


def _require_refused(core: EnvironmentCore, actions: Mapping[str, Any], agent_id: str, what: str) -> None:
    before = core.table.values.copy()
    try:
        core.step(actions)
    except ActionError as refused:
        if agent_id not in str(refused):
            raise ContractViolation(f"The error for an action that is {what} names no agent: {refused}") from refused
    else:
        raise ContractViolation(f"An action of {agent_id!r} that is {what} was taken.")
    if not np.array_equal(core.table.values, before):
        raise ContractViolation(f"An action of {agent_id!r} that is {what} was refused, but changed the state.")


def _missing(good: Mapping[str, FloatArray], agent_id: str) -> dict[str, FloatArray]:
    return {name: action for name, action in good.items() if name != agent_id}


def _too_long(good: Mapping[str, FloatArray], agent_id: str) -> dict[str, FloatArray]:
    return {**good, agent_id: np.hstack([good[agent_id], np.zeros((len(good[agent_id]), 1))])}


def _not_a_number(good: Mapping[str, FloatArray], agent_id: str) -> dict[str, FloatArray]:
    spoiled = good[agent_id].copy()
    spoiled[-1, -1] = np.nan
    return {**good, agent_id: spoiled}


_SPOILS: dict[str, Callable[[Mapping[str, FloatArray], str], dict[str, FloatArray]]] = {
    "missing": _missing,
    "too long": _too_long,
    "not a number": _not_a_number,
}

"""The check of one agent's action as it comes from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from heron.errors import ActionError
from heron.types import FloatArray


def checked_action(agent_id: str, actions: Mapping[str, Any], *, names: Sequence[str], n_env: int) -> FloatArray:
    """One agent's action as a float64 array ``(n_env, dim)``.

    Parameters
    ----------
    agent_id
        Whose action is taken.
    actions
        Actions by agent; ``(dim,)`` will do with one environment.
    names
        Names of the action's entries.
    n_env
        Number of environments.

    Raises
    ------
    ActionError
        If it is missing, its shape does not fit or a value is not a number.
    """
    if agent_id not in actions:
        raise ActionError(f"No action for agent {agent_id!r}.", remedy="Give one for every agent in env.agents.")
    try:
        values = np.asarray(actions[agent_id], dtype=np.float64)
    except (TypeError, ValueError) as cause:
        raise ActionError(f"Action of agent {agent_id!r} is no array of numbers: {actions[agent_id]!r}.") from cause
    expected = (n_env, len(names))
    if values.shape == expected[1:] and n_env == 1:
        values = values[np.newaxis]
    if values.shape != expected:
        wanted = expected[1:] if n_env == 1 else expected
        raise ActionError(f"Action of agent {agent_id!r} has shape {values.shape}, expected {wanted}: {list(names)}.")
    if not np.isfinite(values).all():
        env, entry = np.argwhere(~np.isfinite(values))[0]
        raise ActionError(
            f"Action of agent {agent_id!r} is {values[env, entry]} in field {names[entry]!r} (environment {env})."
        )
    return values

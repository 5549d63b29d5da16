"""The learners' actions as they come from outside: checked, and put one under the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from heron.errors import ActionError, suggest
from heron.types import FloatArray


class ActionStack:
    """Takes actions by agent, or one array of all of them.

    Parameters
    ----------
    names
        Names of the entries of each learner's action, the learners in order.
    n_env
        Number of environments.

    Attributes
    ----------
    spans
        Rows of each learner.
    """

    def __init__(self, names: Mapping[str, Sequence[str]], n_env: int) -> None:
        self._names = {agent_id: tuple(entries) for agent_id, entries in names.items()}
        self._n_env = n_env
        edges = np.cumsum([0, *(len(entries) for entries in self._names.values())]).tolist()
        self.spans = {agent_id: slice(edges[k], edges[k + 1]) for k, agent_id in enumerate(self._names)}
        self._size: int = edges[-1]
        dims = {len(entries) for entries in self._names.values()}
        self._joint = (n_env, len(self._names), dims.pop()) if len(dims) == 1 else None

    def checked(self, actions: Any) -> FloatArray:
        """Actions one under the other, float64, ``(n_row, n_env)``.

        Parameters
        ----------
        actions
            ``(n_env, dim)`` by learner, ``(dim,)`` will do with one environment; or ``(n_env, n_learner, dim)``.

        Raises
        ------
        ActionError
            If an agent is unknown or missing, a shape does not fit or a value is not a number.
        """
        stacked = self._from_joint(actions) if isinstance(actions, np.ndarray) else self._from_mapping(actions)
        if not np.isfinite(stacked).all():
            raise self._not_a_number(stacked)
        return stacked

    def _from_joint(self, actions: Any) -> FloatArray:
        if self._joint is None or actions.shape != self._joint:
            raise ActionError(
                f"An array of actions has shape {actions.shape}, expected {self._joint or 'a mapping from agents'}.",
                remedy=f"Give (n_env, n_learner, dim) where all dimensions agree, else a mapping: {self._example()}.",
            )
        if actions.dtype.kind not in "fiub":
            raise ActionError(f"An array of actions holds {actions.dtype}, not numbers.")
        flat = actions.reshape(self._n_env, self._size)
        return np.ascontiguousarray(flat.T, dtype=np.float64)

    def _from_mapping(self, actions: Any) -> FloatArray:
        if not isinstance(actions, Mapping):
            raise ActionError(
                f"Actions are {type(actions).__name__}, not a mapping from agents.",
                remedy=f"Write {self._example()}.",
            )
        if len(actions) != len(self._names) or actions.keys() != self._names.keys():
            self._check_names(actions)
        stacked = np.empty((self._size, self._n_env))
        for agent_id, span in self.spans.items():
            self._take(agent_id, actions[agent_id], stacked[span])
        return stacked

    def _take(self, agent_id: str, action: Any, rows: FloatArray) -> None:
        try:
            values = np.asarray(action, dtype=np.float64)
        except (TypeError, ValueError) as cause:
            raise ActionError(f"Action of agent {agent_id!r} is no array of numbers: {action!r}.") from cause
        dim, n_env = rows.shape
        if values.shape == (n_env, dim):
            rows[...] = values.T
        elif n_env == 1 and values.shape == (dim,):
            rows[:, 0] = values
        else:
            wanted = (dim,) if n_env == 1 else (n_env, dim)
            names = list(self._names[agent_id])
            raise ActionError(f"Action of agent {agent_id!r} has shape {values.shape}, expected {wanted}: {names}.")

    def _check_names(self, actions: Mapping[str, Any]) -> None:
        for agent_id in actions:
            if agent_id not in self._names:
                raise ActionError(
                    f"Action for {agent_id!r}, who is no learner.", remedy=suggest(agent_id, list(self._names))
                )
        for agent_id in self._names:
            if agent_id not in actions:
                raise ActionError(
                    f"No action for agent {agent_id!r}.", remedy="Give one for every agent in env.agents."
                )

    def _not_a_number(self, stacked: FloatArray) -> ActionError:
        row, env = np.argwhere(~np.isfinite(stacked))[0]
        agent_id, span = next((a, span) for a, span in self.spans.items() if span.start <= row < span.stop)
        name = self._names[agent_id][row - span.start]
        return ActionError(
            f"Action of agent {agent_id!r} is {stacked[row, env]} in field {name!r} (environment {env})."
        )

    def _example(self) -> str:
        return f"{{{', '.join(f'{name!r}: …' for name in self._names)}}}"

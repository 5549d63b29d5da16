"""Setpoints on their way: latched when they are due, in every environment at its own time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from heron.types import BoolArray, FloatArray, IndexArray

_NEVER = -1


class SetpointQueue:
    """Holds setpoints until they take effect; none overtakes what was sent before it on the same link.

    Parameters
    ----------
    rows : (n_row,)
        Rows of the table that are set.
    links : (n_row,)
        Number of the link on which each row's setpoint comes.
    n_env
        Environments.
    depth
        Steps whose setpoints can be on their way at once.
    """

    def __init__(self, rows: IndexArray, *, links: IndexArray, n_env: int, depth: int) -> None:
        self._rows, self._links = rows, links
        n_link = int(links.max()) + 1 if len(links) else 0
        self._due = np.full((depth, n_link, n_env), _NEVER, dtype=np.int64)
        self._waiting: FloatArray = np.zeros((depth, len(rows), n_env))
        self._last_due = np.zeros((n_link, n_env), dtype=np.int64)
        self._newest = 0

    def clear(self, envs: IndexArray) -> None:
        """Forget what is on its way in some environments."""
        self._due[:, :, envs] = _NEVER
        self._last_due[:, envs] = 0

    def put(self, setpoints: FloatArray, *, due: IndexArray, taken: BoolArray) -> None:
        """Let a step's setpoints be on their way.

        Parameters
        ----------
        setpoints : (n_row, n_env)
            What is asked for, each in its unit.
        due : (n_link, n_env)
            Moment at which it takes effect, or later where something sent before does.
        taken : (n_link, n_env)
            Where it is on its way at all.
        """
        self._newest = (self._newest + 1) % len(self._due)
        not_before = np.maximum(due, self._last_due)
        self._due[self._newest] = np.where(taken, not_before, _NEVER)
        np.copyto(self._last_due, not_before, where=taken)
        self._waiting[self._newest] = setpoints

    def latch_due(self, moment: int, values: FloatArray) -> None:
        """Write what is due at a moment into the table's values, what was sent first being written first."""
        depth = len(self._due)
        for slot in [(self._newest + 1 + place) % depth for place in range(depth)]:
            due = self._due[slot] == moment
            if due.all():
                values[self._rows] = self._waiting[slot]
            elif due.any():
                values[self._rows] = np.where(due[self._links], self._waiting[slot], values[self._rows])

    def fits(self, state: Mapping[str, Any]) -> bool:
        """Whether `restore_state` could take this back."""
        shapes = np.shape(state["waiting"]), np.shape(state["due"])
        return bool(shapes == (self._waiting.shape, self._due.shape))

    def save_state(self) -> dict[str, Any]:
        """What is on its way."""
        return {
            "due": self._due.copy(),
            "waiting": self._waiting.copy(),
            "last_due": self._last_due.copy(),
            "newest": self._newest,
        }

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave."""
        self._due[...] = state["due"]
        self._waiting[...] = state["waiting"]
        self._last_due[...] = state["last_due"]
        self._newest = int(state["newest"])

"""Rows of a world that are changed for a moment, wherever they are kept."""

from __future__ import annotations

from typing import Any

import numpy as np

from heron.core.table import StateTable
from heron.envs.core import EnvironmentCore
from heron.envs.event_driven import EventDrivenCore
from heron.types import FloatArray, IndexArray


class HiddenRows:
    """All rows but some, in the table and in the snapshots of a core on events.

    Parameters
    ----------
    core
        Whose rows.
    keep
        Rows that are left alone.
    """

    def __init__(self, core: EnvironmentCore, *, keep: IndexArray) -> None:
        self._core = core
        self._rows = np.setdiff1d(np.arange(len(core.table)), keep)
        self._table = core.table.values.copy()
        self._snapshots: Any = core.proxy.save_state() if isinstance(core, EventDrivenCore) else None

    def change(self, noise: np.random.Generator) -> None:
        """Give every one of them another value within its bounds."""
        table = self._core.table
        table.values[self._rows] = _others(table, self._rows, noise)
        if isinstance(self._core, EventDrivenCore):
            changed = [(time_ns, values.copy()) for time_ns, values in self._snapshots]
            for _, values in changed:
                values[self._rows] = _others(table, self._rows, noise)
            self._core.proxy.restore_state(changed)

    def put_back(self) -> None:
        """Take the change back."""
        self._core.table.values[...] = self._table
        if isinstance(self._core, EventDrivenCore):
            self._core.proxy.restore_state(self._snapshots)


def _others(table: StateTable, rows: IndexArray, noise: np.random.Generator) -> FloatArray:
    """Random values of some rows around their offsets, within their bounds, ``(n_row, n_env)``."""
    declared = [table.quantities[row] for row in rows]
    shape = (len(rows), table.n_env)
    described = [(one.offset, one.scale, one.low, one.high) for one in declared]
    offset, scale, low, high = np.array(described).reshape(len(rows), 4).T[:, :, np.newaxis]
    values: FloatArray = np.clip(offset + scale * noise.normal(size=shape), low, high)
    return values

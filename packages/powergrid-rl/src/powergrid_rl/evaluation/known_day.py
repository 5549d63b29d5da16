"""The series of each day, as someone who knows the future sees them."""

from __future__ import annotations

import numpy as np

from heron.types import FloatArray
from powergrid_rl.evaluation.rollout import DayBatch

_NANOSECONDS = 1_000_000_000


class KnownDays:
    """Price, load, sun and wind of every step of the days that a batch has begun.

    Parameters
    ----------
    batch
        The days; they are begun.

    Attributes
    ----------
    n_day, n_step
        Days, and steps of each.
    step_h
        Length of a step. [h]
    """

    def __init__(self, batch: DayBatch) -> None:
        batch.begin()
        self._exogenous = batch.env.plant.exogenous
        options = batch.core.options
        self.n_day, self.n_step = len(batch.days), options.max_steps
        self.step_h = options.step_s / 3600.0
        elapsed_ns = (np.arange(self.n_step) * options.step_s * _NANOSECONDS).astype(np.int64).tolist()
        self._present = [[self._exogenous.present(day, at) for at in elapsed_ns] for day in range(self.n_day)]
        self._found: dict[str, FloatArray] = {}

    def series(self, column: str) -> FloatArray:
        """Mean of a column over each step, ``(n_day, n_step)``, in the column's unit; read-only."""
        if column not in self._found:
            values = np.array([[present[column] for present in day] for day in self._present], dtype=np.float64)
            values.flags.writeable = False
            self._found[column] = values
        return self._found[column]

    @property
    def price_usd_per_mwh(self) -> FloatArray:
        """Price of each step, ``(n_day, n_step)``. [USD/MWh]"""
        return self.series("price")

    def greatest(self, column: str | None) -> float:
        """Greatest value of a column on these days; 1 for none."""
        return 1.0 if column is None else float(self.series(column).max())

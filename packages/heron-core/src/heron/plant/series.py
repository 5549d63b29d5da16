"""Exogenous series: what the world is given, a value per step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heron.core.quantity import Quantity
from heron.errors import ConfigError
from heron.types import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A number that changes by itself: weather, a tariff, the number of visitors.

    Parameters
    ----------
    quantity
        Name, unit, scale and visibility of its row.
    values : (n_step,)
        Value of each step; after the last comes the first again. [unit of the quantity]
    thing
        First part of the row name ``thing.series.quantity``.

    Raises
    ------
    ConfigError
        If there is no value, or one that is not finite.
    """

    quantity: Quantity
    values: FloatArray
    thing: str = "world"

    def __post_init__(self) -> None:
        values = np.asarray(self.values, dtype=np.float64)
        if values.ndim != 1 or not len(values) or not np.all(np.isfinite(values)):
            raise ConfigError(
                f"Series {self.quantity.name!r} of shape {values.shape} needs one finite value for each step."
            )
        object.__setattr__(self, "values", values)

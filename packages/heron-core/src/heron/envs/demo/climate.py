"""What rooms and houses are made of, as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from heron.core.feature import FeatureProvider, quantity
from heron.types import FloatArray


class RoomClimate(FeatureProvider):
    """Air of one room; nobody outside the house knows how warm it is."""

    visibility = ("owner", "upper_level")
    temperature_degc: float = quantity(18.0, unit="degC", low=-60.0, high=80.0, offset=20.0, scale=5.0)


class HeaterOutput(FeatureProvider):
    """A heater's output during the last interval."""

    visibility: ClassVar[Mapping[str, Sequence[str]]] = {"heat": ["owner", "upper_level"]}
    heat: float = quantity(0.0, low=0.0, high=1.0, offset=0.5, scale=0.5)


@dataclass
class HeaterWear(FeatureProvider):
    """Use of a heater since it was new, in the explicit style: a dataclass with a vector of its own."""

    visibility = ("owner",)
    used_h: float = 0.0

    def vector(self) -> FloatArray:
        """Hours at full output. [h]"""
        return np.array([self.used_h])

    def names(self) -> list[str]:
        """One name."""
        return ["used_h"]


class HouseClimate(FeatureProvider):
    """What a house reports of itself: its coldest room."""

    visibility = ("owner", "upper_level", "system")
    coldest_degc: float = quantity(18.0, unit="degC", low=-60.0, high=80.0, offset=20.0, scale=5.0)

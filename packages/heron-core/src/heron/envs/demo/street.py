"""A street of houses as a plant: rooms, weather and a tariff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from heron.core.quantity import Quantity
from heron.core.random import SeedTree
from heron.core.table import StateTable, TableBuilder
from heron.core.visibility import Visibility
from heron.envs.demo.climate import HouseClimate
from heron.envs.demo.house import HIGHEST_TARIFF_USD_PER_H, House
from heron.plant.object_plant import ObjectPlant
from heron.plant.series import Series
from heron.types import FloatArray, IndexArray

N_HOUR = 24 * 28


def weather() -> Series:
    """Outside temperature of four weeks, hour by hour, for everyone to see. [°C]"""
    hour = np.arange(N_HOUR)
    outside_degc = 4.0 + 3.0 * np.sin(2.0 * np.pi * hour / N_HOUR) - 5.0 * np.cos(2.0 * np.pi * (hour - 3.0) / 24.0)
    public = frozenset({Visibility.PUBLIC})
    declared = Quantity(name="outside_degc", unit="degC", offset=4.0, scale=5.0, visibility=public)
    return Series(quantity=declared, values=outside_degc, thing="street")


def tariff() -> Series:
    """What an hour of full heat costs; only the supplier sees it, houses learn it from its announcements. [USD/h]"""
    hour = np.arange(N_HOUR) % 24
    dear = (hour >= 17) & (hour < 21)
    system = frozenset({Visibility.SYSTEM})
    half = 0.5 * HIGHEST_TARIFF_USD_PER_H
    declared = Quantity(name="tariff_usd_per_h", unit="USD/h", offset=half, scale=half, visibility=system)
    return Series(quantity=declared, values=np.where(dear, 3.0, 1.0), thing="street")


class Street(ObjectPlant):
    """Houses on one street.

    Parameters
    ----------
    houses
        The houses; their cost and safety are those of their rooms together.
    """

    def __init__(self, houses: Sequence[House]) -> None:
        totals = {house.agent_id: [room.agent_id for room in house.rooms.values()] for house in houses}
        rooms = [room for house in houses for room in house.rooms.values()]
        super().__init__(rooms, series=[weather(), tariff()], totals=totals)
        self._houses = list(houses)

    def declare(self, builder: TableBuilder) -> None:
        """Add the rows of rooms and series, and what houses report of themselves."""
        super().declare(builder)
        names = [house.agent_id for house in self._houses]
        (declared,) = HouseClimate().declarations()
        self._coldest = builder.add_block(names, declared, feature=HouseClimate.row_name)

    def connect(self, table: StateTable) -> None:
        """Bind the rooms and find their temperatures."""
        super().connect(table)
        self._room_rows = [
            table.rows(f"{room.agent_id}.room_climate.temperature_degc" for room in house.rooms.values())
            for house in self._houses
        ]

    def reset(self, envs: IndexArray, trees: Sequence[SeedTree], options: Mapping[str, Any]) -> None:
        """Begin episodes."""
        super().reset(envs, trees, options)
        self._report_coldest()

    def advance(self, step_ns: int) -> None:
        """Let an interval pass. [ns]"""
        super().advance(step_ns)
        self._report_coldest()

    def _report_coldest(self) -> None:
        reported = self.table.block(self._coldest)
        for position, rows in enumerate(self._room_rows):
            coldest_degc: FloatArray = self.table.values[rows[0]]
            for row in rows[1:]:
                coldest_degc = np.minimum(coldest_degc, self.table.values[row])
            reported[position] = coldest_degc

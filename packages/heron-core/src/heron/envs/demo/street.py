"""A street of houses as a plant: rooms, weather and a tariff."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from heron.core.quantity import Quantity
from heron.core.random import SeedTree
from heron.core.table import StateTable, TableBuilder
from heron.core.visibility import Visibility
from heron.envs.demo.climate import HouseClimate
from heron.envs.demo.house import HIGHEST_TARIFF_USD_PER_H, House
from heron.plant.active_disturbances import ActiveDisturbances
from heron.plant.disturbance_kind import DisturbanceKind, DisturbanceParameter
from heron.plant.object_kind import ObjectKind
from heron.plant.object_plant import ObjectPlant
from heron.plant.series import Series
from heron.types import FloatArray, IndexArray

N_HOUR = 24 * 28
HEATER_TRIP = "heater_trip"
COLD_SPELL = "cold_spell"


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

    Two things can go wrong: ``heater_trip`` of a room, whose heater gives nothing, and ``cold_spell`` of ``street``,
    where it is ``by_degc`` colder outside.

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
        self._rooms = tuple(room.agent_id for room in rooms)

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
        self._active = ActiveDisturbances(self.disturbance_kinds(), table.n_env)
        self._outside_row = table.row("street.series.outside_degc")
        self._shown_cursor = np.zeros(table.n_env, dtype=np.intp)

    def reset(self, envs: IndexArray, trees: Sequence[SeedTree], options: Mapping[str, Any]) -> None:
        """Begin episodes; nothing is wrong any more."""
        super().reset(envs, trees, options)
        self._active.clear(envs)
        self._report_coldest()

    def advance(self, step_ns: int) -> None:
        """Let an interval pass. [ns]"""
        super().advance(step_ns)
        self._report_coldest()

    def disturbance_kinds(self) -> Mapping[str, DisturbanceKind]:
        """Heaters that fail, and cold weather."""
        by_degc = DisturbanceParameter(name="by_degc", unit="degC", low=0.0, high=40.0)
        return {
            HEATER_TRIP: DisturbanceKind(targets=self._rooms),
            COLD_SPELL: DisturbanceKind(targets=("street",), parameters=(by_degc,)),
        }

    def begin_disturbance(
        self, kind: str, target: str, parameters: Mapping[str, float | str], envs: IndexArray | None = None
    ) -> None:
        """Let a heater fail, or the weather turn cold."""
        self._active.begin(kind, target, parameters, envs)
        self._show_weather(envs)

    def end_disturbance(self, kind: str, target: str, envs: IndexArray | None = None) -> None:
        """Let the heater work again, or the weather be as it was."""
        self._active.end(kind, target, envs)
        self._show_weather(envs)

    def unavailable(self) -> Collection[str]:
        """Rooms whose heater has failed."""
        return self._active.targets(HEATER_TRIP)

    def write_exogenous(self, envs: IndexArray | None = None) -> None:
        """Write weather and tariff of the interval that starts now."""
        super().write_exogenous(envs)
        columns = slice(None) if envs is None else envs
        self._shown_cursor[columns] = self.cursor[columns]
        if self._active:
            self._show_weather(envs)

    def exogenous(self, device: ObjectKind, env: int) -> Mapping[str, Any]:
        """What a room is told: the series, and whether its heater works."""
        told = super().exogenous(device, env)
        if not self._active:
            return told
        return {**told, "heater_works": not self._active.where(HEATER_TRIP, device.agent_id)[env]}

    def save_state(self) -> dict[str, Any]:
        """The same as any such plant, and what is wrong."""
        wrong = {"disturbances": self._active.save_state(), "shown": self._shown_cursor.copy()}
        return {**super().save_state(), **wrong}

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave."""
        super().restore_state(state)
        self._active.restore_state(state["disturbances"])
        self._shown_cursor[...] = state["shown"]

    def _show_weather(self, envs: IndexArray | None) -> None:
        """Write the outside temperature of the interval that is shown, with what is wrong about it."""
        columns = slice(None) if envs is None else envs
        outside_degc: FloatArray = self._values[0, self._shown_cursor]
        for target in self._active.targets(COLD_SPELL):
            outside_degc = outside_degc - self._active.value(COLD_SPELL, target, "by_degc")
        self.table.values[self._outside_row, columns] = outside_degc[columns]

    def _report_coldest(self) -> None:
        reported = self.table.block(self._coldest)
        for position, rows in enumerate(self._room_rows):
            coldest_degc: FloatArray = self.table.values[rows[0]]
            for row in rows[1:]:
                coldest_degc = np.minimum(coldest_degc, self.table.values[row])
            reported[position] = coldest_degc

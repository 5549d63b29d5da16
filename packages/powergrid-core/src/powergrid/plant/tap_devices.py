"""Devices that move the network's taps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heron.errors import ConfigError
from heron.types import FloatArray, IndexArray
from powergrid.plant.bank import ArrayBank
from powergrid.plant.fleet import Fleet
from powergrid.plant.grid import Grid
from powergrid.powerflow.solver import varying
from powergrid.powerflow.tap_changer import TapChangers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    """One device and the tap changer it moves."""

    bank: ArrayBank
    position: int
    changer: int

    def row(self) -> FloatArray:
        """Where it stands, ``(n_env,)``."""
        row: FloatArray = self.bank.state.tap_position[self.position]
        return row


class TapDevices:
    """All devices of kinds that name a tap changer, see `Device.tap_changer`.

    Parameters
    ----------
    fleet
        All devices.
    grid
        The network.

    Raises
    ------
    ConfigError
        A device names a transformer that is not there, cannot be tapped that far, or has another device.
    PowerFlowError
        The solver knows one network only.
    """

    def __init__(self, fleet: Fleet, grid: Grid) -> None:
        self._gear = grid.switchgear
        areas = dict(zip(fleet.names, fleet.areas.tolist(), strict=True))
        taken: dict[int, str] = {}
        self._links: list[_Link] = []
        for bank in fleet.array_banks:
            for position, (name, device) in enumerate(zip(bank.names, bank.devices, strict=True)):
                wanted = device.tap_changer()
                if wanted is None:
                    continue
                changer = _find(grid.network.tap_changers, wanted, grid.areas.areas[areas[name]].name, name)
                if changer in taken:
                    raise ConfigError(f"Devices {taken[changer]!r} and {name!r} both move the tap of {wanted!r}.")
                taken[changer] = name
                _check_range(grid.network.tap_changers, changer, bank, position)
                self._links.append(_Link(bank=bank, position=position, changer=changer))
        if self._links:
            varying(grid.solver)

    def command(self, envs: IndexArray | None = None) -> None:
        """Let the taps stand where the devices say, in some environments or all."""
        for link in self._links:
            self._gear.set_tap(link.changer, link.row(), envs)


def _find(changers: TapChangers, wanted: str, area: str, device: str) -> int:
    for name in (f"{area} {wanted}", wanted):  # its own area's first, where another has one of the same name
        if changers.names.count(name) > 1:
            raise ConfigError(
                f"Device {device!r}: {name!r} is the name of several tap changers.", remedy="Rename them."
            )
        if name in changers.names:
            return changers.names.index(name)
    raise ConfigError(
        f"Device {device!r} is to move the tap of {wanted!r}; the network's tap changers are "
        f"{', '.join(changers.names) or 'none'}.",
        remedy="Name one of them under 'transformer'.",
    )


def _check_range(changers: TapChangers, changer: int, bank: ArrayBank, position: int) -> None:
    field = bank.fields[position][0]
    lowest, highest = int(changers.lowest[changer]), int(changers.highest[changer])
    if not (lowest <= np.rint(field.low) and np.rint(field.high) <= highest):
        raise ConfigError(
            f"Device {bank.names[position]!r} asks for positions {field.low:g} to {field.high:g}; "
            f"{changers.names[changer]!r} has {lowest} to {highest}.",
            remedy="Set its 'tap_min' and 'tap_max' within them.",
        )

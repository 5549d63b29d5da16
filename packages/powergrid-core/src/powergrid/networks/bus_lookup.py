"""Buses by the names people write: ``"Bus 633"``, ``"MG1 Bus 633"`` or ``"633"``."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from pandapower.auxiliary import pandapowerNet

from powergrid.errors import UnknownBusError
from powergrid.networks.zone import zone_name

_SHOWN = 5


def find_bus(net: pandapowerNet, bus_name: str, *, zone: str | None = None) -> int:
    """Index of a bus.

    Parameters
    ----------
    net
        Any pandapower net.
    bus_name
        Full name, name without its zone, or the node alone: ``"MG1 Bus 633"``, ``"Bus 633"``, ``"633"``. Upper and
        lower case are the same.
    zone
        Look only among buses of this zone: the feeder's name, for the nets of this package. A zone that the net
        has as a number is meant by its digits, ``"1"``.

    Returns
    -------
    int
        Index in ``net.bus``.

    Raises
    ------
    UnknownBusError
        No bus has that name, or several have; the message lists the nearest names, or those that fit.
    """
    wanted = zone_name(zone)
    names = BusNames(f"network {net.name!r}" if zone is None else f"zone {zone!r}")
    for index, name, of_zone in zip(net.bus.index.tolist(), net.bus.name.tolist(), net.bus.zone.tolist(), strict=True):
        bus_zone = zone_name(of_zone)
        if wanted in (None, bus_zone):
            names.add(index, str(name), bus_zone)
    return names.find(bus_name)


class BusNames:
    """Buses by all that they may be called, for many look-ups.

    Parameters
    ----------
    where
        What has these buses, in the words of an error.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self._names: dict[int, str] = {}
        self._exact: dict[str, list[int]] = {}
        self._called: dict[str, list[int]] = {}

    def add(self, index: int, name: str, zone: str | None) -> None:
        """Know one more bus, by its full name, its name without the zone, and its node."""
        self._names[index] = name
        self._exact.setdefault(name, []).append(index)
        short = _without(f"{zone} ", name)
        for called in {name.casefold(), short.casefold(), _without("Bus ", short).casefold()}:
            self._called.setdefault(called, []).append(index)

    def find(self, bus_name: str) -> int:
        """Index of the bus of that name.

        Raises
        ------
        UnknownBusError
            No bus has that name, or several have.
        """
        found = self._exact.get(bus_name) or self._called.get(bus_name.casefold(), [])
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownBusError(
                f"{bus_name!r} fits {len(found)} buses of {self._where}: "
                f"{sorted(self._names[index] for index in found)}.",
                remedy="Write the full name, or give the zone.",
            )
        raise UnknownBusError(
            f"There is no bus {bus_name!r} in {self._where}.", remedy=_nearest(bus_name, self._names.values())
        )


def _without(prefix: str, name: str) -> str:
    return name[len(prefix) :] if name.casefold().startswith(prefix.casefold()) else name


def _nearest(wanted: str, names: Iterable[str]) -> str:
    bare = {_bare(name): name for name in names}
    if not bare:
        return "It has no buses at all."
    near = difflib.get_close_matches(_bare(wanted), bare, n=_SHOWN, cutoff=0.3)
    shown = [bare[key] for key in near] or sorted(names)[:_SHOWN]
    return f"Nearest of {len(list(names))}: {', '.join(map(repr, shown))}."


def _bare(name: str) -> str:
    # Compare node numbers: whole names share so many letters that every bus looks alike.
    return name.casefold().rsplit("bus ", 1)[-1]

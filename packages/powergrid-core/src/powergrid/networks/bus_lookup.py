"""Buses by the names people write: ``"Bus 633"``, ``"MG1 Bus 633"`` or ``"633"``."""

from __future__ import annotations

import difflib

from pandapower.auxiliary import pandapowerNet

from powergrid.errors import UnknownBusError
from powergrid.networks.zone import bus_zones, zone_name

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
    zones, wanted = bus_zones(net), zone_name(zone)
    names = {int(index): str(name) for index, name in net.bus.name.items() if wanted in (None, zones[int(index)])}
    exact = [index for index, name in names.items() if name == bus_name]
    found = exact or [index for index, name in names.items() if _fits(name, zones[index], bus_name)]
    if len(found) == 1:
        return found[0]
    where = f"network {net.name!r}" if zone is None else f"zone {zone!r}"
    if found:
        raise UnknownBusError(
            f"{bus_name!r} fits {len(found)} buses of {where}: {sorted(names[index] for index in found)}.",
            remedy="Write the full name, or give the zone.",
        )
    raise UnknownBusError(f"There is no bus {bus_name!r} in {where}.", remedy=_nearest(bus_name, list(names.values())))


def _fits(name: str, zone: str | None, wanted: str) -> bool:
    short = _without(f"{zone} ", name)
    return wanted.casefold() in {name.casefold(), short.casefold(), _without("Bus ", short).casefold()}


def _without(prefix: str, name: str) -> str:
    return name[len(prefix) :] if name.casefold().startswith(prefix.casefold()) else name


def _nearest(wanted: str, names: list[str]) -> str:
    if not names:
        return "It has no buses at all."
    bare = {_bare(name): name for name in names}
    near = difflib.get_close_matches(_bare(wanted), bare, n=_SHOWN, cutoff=0.3)
    shown = [bare[key] for key in near] or sorted(names)[:_SHOWN]
    return f"Nearest of {len(names)}: {', '.join(map(repr, shown))}."


def _bare(name: str) -> str:
    # Compare node numbers: whole names share so many letters that every bus looks alike.
    return name.casefold().rsplit("bus ", 1)[-1]

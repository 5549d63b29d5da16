"""Zones of buses as text, however a net spells them."""

from __future__ import annotations

from typing import Any

from pandapower.auxiliary import pandapowerNet


def zone_name(zone: Any) -> str | None:
    """Name of a zone; None where a bus has none.

    pandapower's example nets number their zones, and a column with gaps or with numbers of both kinds holds them as
    1.0: a whole number is written without a point.

    Parameters
    ----------
    zone
        Entry of ``net.bus.zone``, or what somebody calls a zone.
    """
    if zone is None or zone != zone:
        return None
    return str(int(zone)) if not isinstance(zone, str) and zone == int(zone) else str(zone)


def bus_zones(net: pandapowerNet) -> dict[int, str | None]:
    """Zone of every bus by its index in ``net.bus``."""
    return {int(index): zone_name(zone) for index, zone in net.bus.zone.items()}

"""Photovoltaic plants."""

from __future__ import annotations

from dataclasses import dataclass, field

from powergrid.config.checks import not_empty
from powergrid.config.record import checked
from powergrid_devices.inverter import Inverter


@dataclass(frozen=True, slots=True, kw_only=True)
class SolarPV(Inverter):
    """Nameplate of a photovoltaic plant; parameters as in `Inverter`.

    Parameters
    ----------
    availability
        Column of the series of available power, such as ``"solar/NP15"``; ``"solar"`` if left out.
    """

    availability: str = field(default="solar", metadata=checked(not_empty))

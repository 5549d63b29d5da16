"""Wind turbines."""

from __future__ import annotations

from dataclasses import dataclass, field

from powergrid.config.checks import not_empty
from powergrid.config.record import checked
from powergrid_devices.inverter import Inverter


@dataclass(frozen=True, slots=True, kw_only=True)
class WindTurbine(Inverter):
    """Nameplate of a wind turbine with a full converter; parameters as in `Inverter`.

    Parameters
    ----------
    availability
        Column of the series of available power, such as ``"wind/SP15"``; ``"wind"`` if left out.
    """

    availability: str = field(default="wind", metadata=checked(not_empty))

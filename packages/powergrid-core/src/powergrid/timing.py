"""Clocks and delays of power systems, by name.

Importing this module registers them as presets: ``TickConfig.preset("scada")``. How long something takes on the way is
different in every utility; these are orders of magnitude with a source, and a place to start from.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from heron.errors import UnknownNameError, suggest
from heron.scheduling import JitterType, TickConfig, TimingScheme

SCADA = TickConfig.with_jitter(60.0, 2.0, 1.5, 0.5, jitter_type=JitterType.GAUSSIAN, jitter_ratio=0.4)
"""A control centre that polls its feeder once a minute, as a coordinator sees the world.

Poll every 60 s, measurements 2 s old, commands in force after 1.5 s, messages under way for 0.5 s, each with a standard
deviation of 0.4 of it.

Sources: what the utilities' SCADA networks are built for, 1 to 10 s to substations and longer to equipment on feeders:
Western Interstate Energy Board, Distribution utility communication requirements, section 3.7.6, after IEEE Std 2030.
Poll interval: 65 s is the default of DNP3 polls in Schneider Electric's Geo SCADA drivers (2022) for SCADAPack remote
terminal units. The single figures within these ranges, and the spread, are this project's choice.
"""

SCADA_FIELD = TickConfig.with_jitter(1.0, jitter_type=JitterType.GAUSSIAN, jitter_ratio=0.4)
"""A device beside its own meter: it looks once a second, sees the present and acts at once.

Source: the open-loop response time of an inverter's Volt-VAR control may be set from 1 s on, IEEE Std 1547-2018,
table 8, category B; a controller that follows it has to look as often.
"""

SCADA_SYSTEM = TickConfig.with_jitter(300.0, 2.0, 1.5, 0.5, jitter_type=JitterType.GAUSSIAN, jitter_ratio=0.4)
"""A system operator that dispatches every five minutes over the same network.

Source: the interval of the real-time dispatch of the California Independent System Operator, tariff section 34.5.
"""

PMU = TickConfig.deterministic(0.1, 0.2)
"""A controller fed by phasor measurement units: ten frames a second, each at most two frames old when it leaves.

Source: IEEE Std C37.118.1-2011 with amendment 1a-2014: 10 frames per second is the lowest rate that a unit has to
offer, 2 / rate the greatest reporting latency of class P. The network behind the unit comes on top, and is not in here.
"""

DER_2030_5 = TickConfig.deterministic(300.0)
"""An inverter that fetches its commands over the internet every five minutes.

Source: 5 minutes is the default for polling controls and posting measurements over IEEE Std 2030.5 in SA Power
Networks' Dynamic exports handbook, section 9.2 (the standard itself: 15 minutes). The way itself takes seconds at most
and is left out.
"""

AMI = TickConfig.deterministic(900.0)
"""A controller that knows what smart meters report every quarter of an hour.

Source: 5 or 15 minutes, Western Interstate Energy Board, as for `SCADA`.
"""

PRESETS: Mapping[str, TickConfig] = MappingProxyType(
    {
        "scada": SCADA,
        "scada_field": SCADA_FIELD,
        "scada_system": SCADA_SYSTEM,
        "pmu": PMU,
        "der_2030_5": DER_2030_5,
        "ami": AMI,
    }
)
"""Every preset of this module by its name."""

_SCADA_LOSS = 0.01
"""One message in a hundred; this project's choice, as a link with retries loses few for good. [1]"""

SCHEMES: Mapping[str, TimingScheme] = MappingProxyType(
    {
        "scada": TimingScheme(field=SCADA_FIELD, coordinator=SCADA, system=SCADA_SYSTEM, loss=_SCADA_LOSS),
        "pmu": TimingScheme(field=PMU, coordinator=PMU, system=SCADA_SYSTEM),
        "der_2030_5": TimingScheme(field=DER_2030_5, coordinator=DER_2030_5, system=SCADA_SYSTEM),
        "ami": TimingScheme(field=SCADA_FIELD, coordinator=AMI, system=SCADA_SYSTEM),
    }
)
"""Clocks of whole worlds by name: those of devices, of microgrids and of the operator."""


def timing_scheme(name: str) -> TimingScheme:
    """Clocks of a whole world.

    Parameters
    ----------
    name
        One of `SCHEMES`.

    Raises
    ------
    UnknownNameError
        There is no such scheme.
    """
    if name not in SCHEMES:
        raise UnknownNameError(
            f"There is no timing scheme {name!r}; there are {', '.join(SCHEMES)}.", remedy=suggest(name, SCHEMES)
        )
    return SCHEMES[name]


for _name, _config in PRESETS.items():
    TickConfig.register_preset(_name, _config)

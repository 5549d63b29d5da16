"""Layout of a published feeder: what the tables of a test feeder say, phase by phase, before anything is derived.

All quantities keep the units of the documents (feet, miles, kW, kvar, ohms per mile), so that a number can be
compared with the printed page by eye. Loads count consumption positive and capacitors production positive, as printed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from heron.errors import suggest
from powergrid.errors import NetworkError
from powergrid.networks.line_configuration import LineConfiguration


class LoadModel(str, Enum):
    """How the power of a load answers its voltage, with the letters of the published load codes."""

    CONSTANT_POWER = "PQ"
    CONSTANT_CURRENT = "I"
    CONSTANT_IMPEDANCE = "Z"


class Connection(str, Enum):
    """Wye loads lie between phase and neutral A, B, C; delta loads between A-B, B-C, C-A."""

    WYE = "Y"
    DELTA = "D"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseLoad:
    """Three phase loads of one connection and model, the part that spot and distributed loads have in common.

    Parameters
    ----------
    code
        Published load code: connection and model, ``"Y-PQ"``, ``"D-I"``, …
    s_kva
        P + jQ of phase 1, 2, 3 at rated voltage, consumption positive. [kVA]
    """

    code: str
    s_kva: tuple[complex, complex, complex]

    @property
    def connection(self) -> Connection:
        """Wye or delta."""
        return Connection(self.code.split("-")[0])

    @property
    def model(self) -> LoadModel:
        """Constant power, current or impedance."""
        return LoadModel(self.code.split("-")[1])

    @property
    def total_kva(self) -> complex:
        """Sum over the phases. [kVA]"""
        return sum(self.s_kva, 0j)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotLoad(PhaseLoad):
    """A load at a node."""

    bus: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributedLoad(PhaseLoad):
    """A load spread evenly along the segment between two nodes."""

    from_bus: str
    to_bus: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSegment:
    """A line of one configuration between two nodes.

    Parameters
    ----------
    from_bus, to_bus
        Published node names.
    length_ft
        Length. [ft]
    configuration
        Name of its `LineConfiguration`.
    """

    from_bus: str
    to_bus: str
    length_ft: float
    configuration: str

    @property
    def name(self) -> str:
        """Both node names in one word, ``"650632"``."""
        return f"{self.from_bus}{self.to_bus}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A closed switch without impedance."""

    from_bus: str
    to_bus: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeederTransformer:
    """A three-phase transformer.

    Parameters
    ----------
    hv_bus, lv_bus
        Published node names.
    rating_kva
        Three-phase rating. [kVA]
    hv_kv, lv_kv
        Rated voltages, line to line. [kV]
    r_percent, x_percent
        Series resistance and reactance on its rating. [%]
    """

    name: str
    hv_bus: str
    lv_bus: str
    rating_kva: float
    hv_kv: float
    lv_kv: float
    r_percent: float
    x_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Regulator:
    """Three single-phase step regulators at the head of a segment, 32 steps of 0.625 % between them.

    Parameters
    ----------
    name
        Key under which users set its tap, ``"reg1"``.
    from_bus
        Node it stands at; the segment begins behind it.
    load_bus
        Our name for the node on its load side, which the documents leave nameless.
    to_bus
        Far end of the segment it stands in.
    bandwidth_volt, pt_ratio, ct_rating_ampere
        Controller: bandwidth [V], potential transformer ratio [1], primary current rating [A].
    r_setting_volt, x_setting_volt, level_volt
        Line-drop compensator and voltage level of phases A, B, C. [V]
    published_taps
        Positions of phases A, B, C in the published solution. [1]
    model_r_percent, model_x_percent, model_rating_kva
        Small series impedance that stands in for the ideal, lossless regulator of the documents, because a
        transformer model needs one. Not published; the values of the reference model. [%, %, kVA]
    """

    name: str
    from_bus: str
    load_bus: str
    to_bus: str
    bandwidth_volt: float
    pt_ratio: float
    ct_rating_ampere: float
    r_setting_volt: tuple[float, float, float]
    x_setting_volt: tuple[float, float, float]
    level_volt: tuple[float, float, float]
    published_taps: tuple[int, int, int]
    model_r_percent: float
    model_x_percent: float
    model_rating_kva: float

    @property
    def balanced_tap(self) -> int:
        """Position nearest to the mean of the three published ones. [1]"""
        return round(sum(self.published_taps) / len(self.published_taps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacitor:
    """A shunt capacitor, constant impedance.

    Parameters
    ----------
    bus
        Published node name.
    q_kvar
        Production of phases A, B, C at nominal voltage, positive. [kvar]
    """

    bus: str
    q_kvar: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPoint:
    """A node of the model inside a published segment that takes the whole distributed load of the segment.

    Parameters
    ----------
    from_bus, to_bus
        Ends of the segment.
    bus
        Our name for the node between them.
    distance_ft
        Distance from `from_bus`. [ft]
    """

    from_bus: str
    to_bus: str
    bus: str
    distance_ft: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A line configuration that replaces the published one of the same name, and why."""

    configuration: LineConfiguration
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeederTable:
    """A whole feeder as published, with every departure from the documents marked as such.

    Parameters
    ----------
    title, source
        What it is and where every number comes from.
    head_bus
        Node that the substation feeds; the substation transformer itself lies outside.
    head_kv, head_vm_pu
        Its nominal voltage, line to line [kV], and its voltage in the published solution [pu].
    configurations, segments, switches, transformers, regulators, capacitors, spot_loads, distributed_loads
        The published tables.
    substation
        Published but not modelled: the published solution starts behind it.
    load_points
        Where distributed loads are put; a segment without one has half of its load at each end.
    revisions
        Configurations used instead of published ones.
    """

    title: str
    source: str
    head_bus: str
    head_kv: float
    head_vm_pu: float
    configurations: tuple[LineConfiguration, ...]
    segments: tuple[LineSegment, ...]
    transformers: tuple[FeederTransformer, ...]
    substation: FeederTransformer
    regulators: tuple[Regulator, ...]
    capacitors: tuple[Capacitor, ...]
    spot_loads: tuple[SpotLoad, ...]
    distributed_loads: tuple[DistributedLoad, ...]
    switches: tuple[Switch, ...] = ()
    load_points: tuple[LoadPoint, ...] = ()
    revisions: tuple[Revision, ...] = ()

    def configuration(self, name: str) -> LineConfiguration:
        """Line configuration of that name, revised where there is a revision.

        Raises
        ------
        NetworkError
            No such configuration.
        """
        known = {configuration.name: configuration for configuration in self.configurations}
        known |= {revision.configuration.name: revision.configuration for revision in self.revisions}
        if name not in known:
            raise NetworkError(
                f"{self.title} has no line configuration {name!r}, only {sorted(known)}.", remedy=suggest(name, known)
            )
        return known[name]

    def as_published(self) -> FeederTable:
        """The same feeder without any revision of line configurations."""
        return replace(self, revisions=())

"""Feeders attached to feeders: nets become one, joined by transformers."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandapower as pp
from pandapower.auxiliary import pandapowerNet
from pandapower.toolbox import merge_nets

from powergrid.errors import NetworkError
from powergrid.networks.bus_lookup import BusNames, find_bus
from powergrid.networks.import_transformer import ImportTransformer
from powergrid.networks.net_join import NetJoin, can_join
from powergrid.networks.start_values import set_start_values
from powergrid.networks.zone import bus_zones

_SAME_KV = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeederAttachment:
    """A feeder and where it is to hang.

    Parameters
    ----------
    feeder
        One external grid marks its head; one zone name for all its buses.
    connection_bus
        Bus of the net, or of a feeder attached before this one; a name for `find_bus`.
    transformer
        Inserted from that bus to the feeder's head.
    """

    feeder: pandapowerNet
    connection_bus: str
    transformer: ImportTransformer


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedFeeder:
    """What attaching a feeder gave.

    Parameters
    ----------
    net
        The joined net, new; the two it was made from are unchanged.
    feeder_name
        Zone of the attached buses.
    transformer_name, transformer_index
        The inserted transformer in ``net.trafo``.
    report
        One sentence on what was inserted and left out.
    """

    net: pandapowerNet
    feeder_name: str
    transformer_name: str
    transformer_index: int
    report: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AttachedFeeders:
    """What attaching several feeders gave.

    Parameters
    ----------
    net
        The joined net, new; those it was made from are unchanged.
    feeders
        What was inserted for each, in the order given; all have this net.
    """

    net: pandapowerNet
    feeders: tuple[AttachedFeeder, ...]


def attach_feeder(
    net: pandapowerNet, feeder: pandapowerNet, *, connection_bus: str, transformer: ImportTransformer
) -> AttachedFeeder:
    """Attach a feeder to a bus of a net through a transformer of its own.

    Parameters
    ----------
    net, feeder
        Two nets; neither is changed. The feeder has one external grid, which marks its head and is left out, and one
        zone name for all its buses, which no zone of `net` has.
    connection_bus
        Bus of `net`, a name for `find_bus`.
    transformer
        Inserted from that bus to the feeder's head; it is never fused away. Tap changers stay with the feeders.

    Returns
    -------
    AttachedFeeder
        The joined net with new start values. Elements of the feeder get new indices where they clash: find them by
        name.

    Raises
    ------
    UnknownBusError
        No such bus.
    NetworkError
        Rated voltages, frequencies or names do not fit, or the feeder has not exactly one external grid.
    """
    attachment = FeederAttachment(feeder=feeder, connection_bus=connection_bus, transformer=transformer)
    return attach_feeders(net, [attachment]).feeders[0]


def attach_feeders(net: pandapowerNet, attachments: Sequence[FeederAttachment]) -> AttachedFeeders:
    """Attach any number of feeders, each through a transformer of its own.

    The joined net is the one that `attach_feeder` gives feeder by feeder, with the same indices, in time that grows
    with the number of feeders and not with its square. Feeders that have more than buses, branches, switches, shunts,
    machines and loads (controllers, cost tables, measurements, geometries, three-winding transformers, …) are joined
    one after the other by `pandapower.toolbox.merge_nets`.

    Parameters
    ----------
    net
        Left as it is.
    attachments
        The feeders, left as they are, in the order in which they are attached: one may hang on an earlier one.

    Returns
    -------
    AttachedFeeders
        The joined net with new start values.

    Raises
    ------
    UnknownBusError
        No such bus.
    NetworkError
        As in `attach_feeder`.
    """
    merging = not all(can_join(attachment.feeder) for attachment in attachments)
    joined, inserted = (_merge if merging else _join)(net, attachments)
    set_start_values(joined)
    feeders = tuple(
        AttachedFeeder(
            net=joined,
            feeder_name=place.name,
            transformer_name=place.transformer_name,
            transformer_index=index,
            report=place.report(),
        )
        for place, index in inserted
    )
    return AttachedFeeders(net=joined, feeders=feeders)


def _join(
    net: pandapowerNet, attachments: Sequence[FeederAttachment]
) -> tuple[pandapowerNet, list[tuple[_Place, int]]]:
    places, join = _Places(net), NetJoin(net)
    inserted = []
    for attachment in attachments:
        place = places.find(attachment)
        numbers = join.add(attachment.feeder)
        places.add(attachment.feeder, numbers)
        index = join.add_transformer(place.at, numbers[place.head], place.transformer, place.transformer_name)
        inserted.append((place, index))
    return join.joined(), inserted


def _merge(
    net: pandapowerNet, attachments: Sequence[FeederAttachment]
) -> tuple[pandapowerNet, list[tuple[_Place, int]]]:
    joined, inserted = net, []
    for attachment in attachments:
        place = _Places(joined).find(attachment)
        joined = merge_nets(
            joined,
            _without_source(attachment.feeder),
            validate=False,
            merge_results=False,
            std_prio_on_net1=True,
            net2_reindex_log_level=None,
        )
        transformer = place.transformer
        index = pp.create_transformer_from_parameters(
            joined,
            place.at,
            find_bus(joined, place.head_name, zone=place.name),
            sn_mva=transformer.sn_mva,
            vn_hv_kv=transformer.hv_kv,
            vn_lv_kv=transformer.lv_kv,
            vkr_percent=transformer.vkr_percent,
            vk_percent=transformer.vk_percent,
            pfe_kw=0.0,
            i0_percent=0.0,
            name=place.transformer_name,
        )
        inserted.append((place, int(index)))
    return joined, inserted


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where one feeder goes: zone, buses and the transformer with its rated voltages."""

    name: str
    at: int
    at_name: str
    head: int
    head_name: str
    n_bus: int
    transformer: ImportTransformer

    @property
    def transformer_name(self) -> str:
        return f"{self.name} Import Transformer"

    def report(self) -> str:
        transformer = self.transformer
        return (
            f"{self.name}: {self.n_bus} buses attached to {self.at_name!r} through a transformer of "
            f"{transformer.sn_mva:g} MVA, {transformer.hv_kv:g}/{transformer.lv_kv:g} kV, "
            f"{transformer.vk_percent:.3f} %, to {self.head_name!r}; the feeder's own external grid is left out."
        )


class _Places:
    """Buses and zones that feeders can be attached to, those of attached feeders among them."""

    def __init__(self, net: pandapowerNet) -> None:
        self._f_hz = net.f_hz
        self._zones: set[str | None] = set()
        self._buses: dict[int, tuple[str, float]] = {}
        self._names = BusNames(f"network {net.name!r}")
        self.add(net)

    def add(self, net: pandapowerNet, numbers: Mapping[int, int] | None = None) -> None:
        """Know the buses of a net, or of a feeder that stand under new indices."""
        zones = bus_zones(net)
        for old, name, kv in zip(net.bus.index.tolist(), net.bus.name.tolist(), net.bus.vn_kv.tolist(), strict=True):
            index = old if numbers is None else numbers[old]
            self._names.add(index, str(name), zones[old])
            self._buses[index] = (name, kv)
        self._zones.update(zones.values())

    def find(self, attachment: FeederAttachment) -> _Place:
        """Where a feeder goes, if it fits there."""
        feeder = attachment.feeder
        name = _zone(feeder)
        at = self._names.find(attachment.connection_bus)
        head = _head(feeder, name)
        self._check_name(name)
        self._check_frequency(feeder, name)
        at_name, above_kv = self._buses[at]
        head_name, head_kv = feeder.bus.name.at[head], float(feeder.bus.vn_kv.at[head])
        transformer = attachment.transformer.between(above_kv, head_kv)
        for side, rated_kv, bus, nominal_kv in (
            ("hv_kv", transformer.hv_kv, at_name, above_kv),
            ("lv_kv", transformer.lv_kv, head_name, head_kv),
        ):
            _check_voltage(name, side, rated_kv, bus, nominal_kv)
        return _Place(
            name=name,
            at=at,
            at_name=at_name,
            head=head,
            head_name=str(head_name),
            n_bus=len(feeder.bus),
            transformer=transformer,
        )

    def _check_name(self, name: str) -> None:
        if name in self._zones:
            raise NetworkError(
                f"The net already has a feeder {name!r}: names of buses and elements would not be unique.",
                remedy="Build this feeder under another name, IEEE13Bus('MG2').",
            )

    def _check_frequency(self, feeder: pandapowerNet, name: str) -> None:
        if self._f_hz != feeder.f_hz:
            raise NetworkError(
                f"The net runs at {self._f_hz:g} Hz and feeder {name!r} at {feeder.f_hz:g} Hz.",
                remedy="Line reactances belong to a frequency: attach feeders of the same one.",
            )


def _zone(feeder: pandapowerNet) -> str:
    zones = set(bus_zones(feeder).values())
    name = zones.pop() if len(zones) == 1 else None
    if name is None:
        raise NetworkError(
            f"A feeder to attach needs one zone name for all its buses; {feeder.name!r} has {sorted(map(str, zones))}.",
            remedy="Set it: feeder.bus['zone'] = 'MG1'.",
        )
    return name


def _head(feeder: pandapowerNet, name: str) -> int:
    sources = feeder.ext_grid[feeder.ext_grid.in_service]
    if len(sources) != 1:
        raise NetworkError(
            f"Feeder {name!r} has {len(sources)} external grids in service; one is needed to know its head.",
            remedy="Create it at the bus that is to be connected: pandapower.create_ext_grid(feeder, bus).",
        )
    return int(sources.bus.iloc[0])


def _check_voltage(name: str, side: str, rated_kv: float, bus: str, nominal_kv: float) -> None:
    if abs(rated_kv - nominal_kv) > _SAME_KV * nominal_kv:
        raise NetworkError(
            f"Attaching {name!r}: the import transformer's {side} is {rated_kv:g} kV, but bus {bus!r} has "
            f"{nominal_kv:g} kV.",
            remedy=f"Set {side}={nominal_kv:g} in its ImportTransformer, or choose another bus.",
        )


def _without_source(feeder: pandapowerNet) -> pandapowerNet:
    without = copy.deepcopy(feeder)
    without.ext_grid = without.ext_grid.drop(without.ext_grid.index)
    return without

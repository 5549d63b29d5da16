"""Feeders attached to feeders: two nets become one, joined by a transformer."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import pandapower as pp
from pandapower.auxiliary import pandapowerNet
from pandapower.toolbox import merge_nets

from powergrid.errors import NetworkError
from powergrid.networks.bus_lookup import find_bus
from powergrid.networks.start_values import set_start_values
from powergrid.networks.zone import bus_zones

_SAME_KV = 1e-6
_ROUNDED = 1e-3
_DEFAULT_VKX_PERCENT = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTransformer:
    """The transformer through which an attached feeder draws from the one above.

    Parameters
    ----------
    sn_mva
        Rating. [MVA]
    hv_kv, lv_kv
        Rated voltages, line to line: those of the connection bus and of the attached feeder's head. [kV]
    vkr_percent
        Series resistance on its rating. [%]
    vkx_percent, vk_percent
        Series reactance, or the short-circuit voltage sqrt(vkr² + vkx²), on its rating: either gives the other, and
        without both the reactance is 5 %. [%]

    Raises
    ------
    NetworkError
        A value is not positive (the resistance may be zero), or the three percentages contradict each other.
    """

    sn_mva: float
    hv_kv: float
    lv_kv: float
    vkr_percent: float = 1.0
    vkx_percent: float = math.nan
    vk_percent: float = math.nan

    def __post_init__(self) -> None:
        """Fill in the reactance or the short-circuit voltage and refuse values that make no transformer."""
        if math.isnan(self.vkx_percent):
            vkx_percent = _DEFAULT_VKX_PERCENT if math.isnan(self.vk_percent) else self._reactance_percent()
            object.__setattr__(self, "vkx_percent", vkx_percent)
        vk_percent = math.hypot(self.vkr_percent, self.vkx_percent)
        if not math.isnan(self.vk_percent) and not math.isclose(self.vk_percent, vk_percent, rel_tol=_ROUNDED):
            raise NetworkError(
                f"The import transformer's vk_percent is {self.vk_percent:g}, but vkr_percent {self.vkr_percent:g} and "
                f"vkx_percent {self.vkx_percent:g} give {vk_percent:.4g}.",
                remedy="Leave one of vkx_percent and vk_percent out.",
            )
        object.__setattr__(self, "vk_percent", vk_percent)
        for what in ("sn_mva", "hv_kv", "lv_kv", "vkx_percent"):
            if not 0.0 < getattr(self, what) < math.inf:
                raise NetworkError(f"The import transformer's {what} is {getattr(self, what)}; it must be positive.")
        if not 0.0 <= self.vkr_percent < math.inf:
            raise NetworkError(f"The import transformer's vkr_percent is {self.vkr_percent}; it must not be negative.")

    def _reactance_percent(self) -> float:
        if self.vk_percent <= self.vkr_percent:
            raise NetworkError(
                f"The import transformer's vk_percent {self.vk_percent:g} leaves no reactance beside its vkr_percent "
                f"{self.vkr_percent:g}."
            )
        return math.sqrt(self.vk_percent**2 - self.vkr_percent**2)


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
    name = _zone(feeder)
    at = find_bus(net, connection_bus)
    head = _head(feeder, name)
    _check_names(net, name)
    _check_fit(net, feeder, at, head, transformer, name)
    head_name = str(feeder.bus.name.at[head])
    joined = merge_nets(
        net,
        _without_source(feeder),
        validate=False,
        merge_results=False,
        std_prio_on_net1=True,
        net2_reindex_log_level=None,
    )
    transformer_name = f"{name} Import Transformer"
    index = pp.create_transformer_from_parameters(
        joined,
        at,
        find_bus(joined, head_name, zone=name),
        sn_mva=transformer.sn_mva,
        vn_hv_kv=transformer.hv_kv,
        vn_lv_kv=transformer.lv_kv,
        vkr_percent=transformer.vkr_percent,
        vk_percent=transformer.vk_percent,
        pfe_kw=0.0,
        i0_percent=0.0,
        name=transformer_name,
    )
    set_start_values(joined)
    return AttachedFeeder(
        net=joined,
        feeder_name=name,
        transformer_name=transformer_name,
        transformer_index=int(index),
        report=(
            f"{name}: {len(feeder.bus)} buses attached to {net.bus.name.at[at]!r} through a transformer of "
            f"{transformer.sn_mva:g} MVA, {transformer.hv_kv:g}/{transformer.lv_kv:g} kV, "
            f"{transformer.vk_percent:.3f} %, to {head_name!r}; the feeder's own external grid is left out."
        ),
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


def _check_names(net: pandapowerNet, name: str) -> None:
    if name in bus_zones(net).values():
        raise NetworkError(
            f"The net already has a feeder {name!r}: names of buses and elements would not be unique.",
            remedy="Build this feeder under another name, IEEE13Bus('MG2').",
        )


def _check_fit(
    net: pandapowerNet, feeder: pandapowerNet, at: int, head: int, transformer: ImportTransformer, name: str
) -> None:
    if net.f_hz != feeder.f_hz:
        raise NetworkError(
            f"The net runs at {net.f_hz:g} Hz and feeder {name!r} at {feeder.f_hz:g} Hz.",
            remedy="Line reactances belong to a frequency: attach feeders of the same one.",
        )
    for side, rated_kv, where, index in (
        ("hv_kv", transformer.hv_kv, net, at),
        ("lv_kv", transformer.lv_kv, feeder, head),
    ):
        nominal_kv = float(where.bus.vn_kv.at[index])
        if abs(rated_kv - nominal_kv) > _SAME_KV * nominal_kv:
            raise NetworkError(
                f"Attaching {name!r}: the import transformer's {side} is {rated_kv:g} kV, but bus "
                f"{where.bus.name.at[index]!r} has {nominal_kv:g} kV.",
                remedy=f"Set {side}={nominal_kv:g} in its ImportTransformer, or choose another bus.",
            )


def _without_source(feeder: pandapowerNet) -> pandapowerNet:
    without = copy.deepcopy(feeder)
    without.ext_grid = without.ext_grid.drop(without.ext_grid.index)
    return without

"""Loads of a balanced model: what the phases of a node draw together, and how it answers the voltage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from powergrid.networks.feeder_table import FeederTable, LoadModel

ModelPowers: TypeAlias = Mapping[LoadModel, complex]
"""Rated P + jQ of each load model present, consumption positive. [kVA]"""


def bus_loads(table: FeederTable) -> dict[str, dict[LoadModel, complex]]:
    """Three-phase load of every loaded node.

    Parameters
    ----------
    table
        The feeder.

    Returns
    -------
    dict
        Node name to rated P + jQ of each load model, consumption positive [kVA]: spot loads, and of each distributed
        load one half at each end of its segment, or all of it at the segment's load point.
    """
    loads: dict[str, dict[LoadModel, complex]] = {}
    for spot in table.spot_loads:
        _add(loads, spot.bus, spot.model, spot.total_kva)
    points = {(point.from_bus, point.to_bus): point.bus for point in table.load_points}
    for distributed in table.distributed_loads:
        ends = (distributed.from_bus, distributed.to_bus)
        buses = (points[ends],) if ends in points else ends
        for bus in buses:
            _add(loads, bus, distributed.model, distributed.total_kva / len(buses))
    return loads


def joined_powers(loads: Mapping[str, ModelPowers], bus: str, table: FeederTable) -> dict[LoadModel, complex]:
    """Load of all nodes that closed switches join with one node, by model.

    pandapower gives a fused bus the voltage dependence of whichever of its loads comes last; equal shares for all of
    them, those of their sum, keep the balance right.

    Parameters
    ----------
    loads
        Load of every loaded node, from `bus_loads`. [kVA]
    bus
        A node.
    table
        The feeder, for its switches.

    Returns
    -------
    dict
        Rated P + jQ of each model. [kVA]
    """
    joined = {bus}
    for _ in table.switches:  # as often as there are switches, so that a chain of them is followed to its end
        for switch in table.switches:
            ends = {switch.from_bus, switch.to_bus}
            joined |= ends if ends & joined else set()
    total: dict[str, dict[LoadModel, complex]] = {}
    for member in sorted(joined & set(loads)):
        for model, s_kva in loads[member].items():
            _add(total, bus, model, s_kva)
    return total[bus]


def zip_percent(powers: ModelPowers) -> dict[str, float]:
    """Shares of constant impedance and constant current, as pandapower's load table takes them.

    Parameters
    ----------
    powers
        Rated power of each model. [kVA]

    Returns
    -------
    dict
        ``const_z_p_percent``, ``const_i_p_percent`` and the same for q; the rest is constant power. [%]
    """
    total = sum(powers.values(), 0j)
    z = powers.get(LoadModel.CONSTANT_IMPEDANCE, 0j)
    i = powers.get(LoadModel.CONSTANT_CURRENT, 0j)
    return {
        "const_z_p_percent": _percent(z.real, total.real),
        "const_i_p_percent": _percent(i.real, total.real),
        "const_z_q_percent": _percent(z.imag, total.imag),
        "const_i_q_percent": _percent(i.imag, total.imag),
    }


def _add(loads: dict[str, dict[LoadModel, complex]], bus: str, model: LoadModel, s_kva: complex) -> None:
    at_bus = loads.setdefault(bus, {})
    at_bus[model] = at_bus.get(model, 0j) + s_kva


def _percent(part: float, whole: float) -> float:
    return 100.0 * part / whole if whole else 0.0

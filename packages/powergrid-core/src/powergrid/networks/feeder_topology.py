"""Branches and nodes of a feeder model: the published segments with regulators and load points put in."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from powergrid.errors import NetworkError
from powergrid.networks.feeder_table import FeederTable
from powergrid.networks.line_configuration import LineConfiguration


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLine:
    """A line of the model: a published segment, or a part of one.

    Parameters
    ----------
    name
        Published end nodes in one word; a segment behind a regulator keeps the name of the whole.
    from_bus, to_bus
        Nodes of the model.
    length_ft
        Length. [ft]
    configuration
        What it is made of, revised where the table says so.
    """

    name: str
    from_bus: str
    to_bus: str
    length_ft: float
    configuration: LineConfiguration


def model_lines(table: FeederTable) -> list[ModelLine]:
    """Lines of the model, segments cut at load points and begun behind regulators."""
    load_side = {(regulator.from_bus, regulator.to_bus): regulator.load_bus for regulator in table.regulators}
    points = {(point.from_bus, point.to_bus): point for point in table.load_points}
    lines: list[ModelLine] = []
    for segment in table.segments:
        ends = (segment.from_bus, segment.to_bus)
        begin = load_side.get(ends, segment.from_bus)
        configuration = table.configuration(segment.configuration)
        if ends not in points:
            lines.append(_line(segment.name, begin, segment.to_bus, segment.length_ft, configuration))
            continue
        point = points[ends]
        rest_ft = segment.length_ft - point.distance_ft
        lines.append(_line(f"{segment.from_bus}{point.bus}", begin, point.bus, point.distance_ft, configuration))
        lines.append(_line(f"{point.bus}{segment.to_bus}", point.bus, segment.to_bus, rest_ft, configuration))
    return lines


def nominal_voltages(table: FeederTable) -> dict[str, float]:
    """Nominal voltage of every node, from the head outwards.

    Parameters
    ----------
    table
        The feeder.

    Returns
    -------
    dict
        Node name to line-to-line voltage [kV], the head first and each node after the one that feeds it.

    Raises
    ------
    NetworkError
        A load, capacitor or branch sits at a node that the head does not reach.
    """
    neighbours: dict[str, list[tuple[str, float]]] = {}
    for near, far, ratio in _branches(table):
        neighbours.setdefault(near, []).append((far, ratio))
        neighbours.setdefault(far, []).append((near, 1.0 / ratio))
    kv = {table.head_bus: table.head_kv}
    queue = deque([table.head_bus])
    while queue:
        near = queue.popleft()
        for far, ratio in neighbours.get(near, []):
            if far not in kv:
                kv[far] = _rated_kv(table, far, kv[near] * ratio)
                queue.append(far)
    lost = (set(neighbours) | {load.bus for load in table.spot_loads} | {c.bus for c in table.capacitors}) - set(kv)
    if lost:
        raise NetworkError(f"{table.title}: nodes {sorted(lost)} are not connected to the head {table.head_bus!r}.")
    return kv


def _line(name: str, begin: str, end: str, length_ft: float, configuration: LineConfiguration) -> ModelLine:
    return ModelLine(name=name, from_bus=begin, to_bus=end, length_ft=length_ft, configuration=configuration)


def _branches(table: FeederTable) -> Iterator[tuple[str, str, float]]:
    for line in model_lines(table):
        yield line.from_bus, line.to_bus, 1.0
    for switch in table.switches:
        yield switch.from_bus, switch.to_bus, 1.0
    for regulator in table.regulators:
        yield regulator.from_bus, regulator.load_bus, 1.0
    for transformer in table.transformers:
        yield transformer.hv_bus, transformer.lv_bus, transformer.lv_kv / transformer.hv_kv


def _rated_kv(table: FeederTable, bus: str, kv: float) -> float:
    # The rated value itself where a transformer states it: 4.16 * (0.48 / 4.16) is not 0.48 in binary.
    return next((transformer.lv_kv for transformer in table.transformers if transformer.lv_bus == bus), kv)

"""Rows that follow the data set: what devices are given, and what areas draw."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from heron.core.quantity import Quantity
from heron.core.table import TableBuilder
from heron.core.visibility import Visibility
from powergrid.errors import DatasetError
from powergrid.plant.area import Area
from powergrid.plant.exogenous import Exogenous
from powergrid.plant.fleet import Fleet

_PUBLIC = frozenset({Visibility.PUBLIC})
_LOAD = "load"


def follow_devices(fleet: Fleet, exogenous: Exogenous) -> None:
    """Let the rows of devices follow their columns.

    Parameters
    ----------
    fleet
        All devices; their rows have been declared.
    exogenous
        The series.

    Raises
    ------
    DatasetError
        Naming the device, if the data set has no such column, or values in it that the device cannot have.
    """
    for bank in fleet.array_banks:
        series = bank.exogenous_series()
        for number, (row, followed) in enumerate(series):
            name = bank.names[number * len(bank.names) // len(series)]
            try:
                exogenous.follow(row, name, followed.quantity, followed.column)
            except DatasetError as cause:
                message = f"Device {name!r} follows {followed.column!r}. {cause.message}"
                raise DatasetError(message, remedy=cause.remedy) from cause


def declare_loads(
    builder: TableBuilder, areas: Sequence[Area], exogenous: Exogenous, *, public: Collection[str]
) -> slice:
    """Add a row per area, the factor on its nominal loads, and let it follow the area's column.

    Parameters
    ----------
    builder
        Table that is being built.
    areas
        The areas, in order.
    exogenous
        The series.
    public
        Areas whose load everyone may see.

    Returns
    -------
    slice
        The rows.
    """
    names = [area.name for area in areas]
    quantities = [_load_quantity(name in public) for name in names]
    rows = builder.add_block(names, quantities, feature="exogenous")
    for position, area in enumerate(areas):
        if area.load_column is not None:
            exogenous.follow(rows.start + position, area.name, quantities[position], area.load_column)
    return rows


def _load_quantity(is_public: bool) -> Quantity:
    load = Quantity(name=_LOAD, initial=1.0, low=0.0, offset=0.5, scale=0.5)
    return replace(load, visibility=_PUBLIC) if is_public else load

"""Whether a series stays within what the row that follows it can mean."""

from __future__ import annotations

import numpy as np

from heron.core.quantity import Quantity
from powergrid.errors import DatasetError
from powergrid.plant.series import TimeSeriesTable

_NOISE = 1e-9  # a column divided by its own maximum may end a few units in the last place above 1


def check_bounds(series: TimeSeriesTable, column: str, quantity: Quantity) -> None:
    """Refuse a column with values that a quantity cannot have, such as more sun than full sun.

    Parameters
    ----------
    series
        The time series.
    column
        Column that a row is to follow, by any name that `TimeSeriesTable.column` understands.
    quantity
        Declaration of the row; its ``low`` and ``high`` are meant.

    Raises
    ------
    DatasetError
        With the first such value, its row and time, and how many there are.
    """
    values = series.column(column)
    outside = np.flatnonzero((values < quantity.low - _NOISE) | (values > quantity.high + _NOISE))
    if not outside.size:
        return
    row = int(outside[0])
    value = float(values[row])
    stamp = series.start + np.timedelta64(round(row * series.step_s), "s")
    more = f", and {outside.size - 1} more values are outside" if outside.size > 1 else ""
    bound = f"below {quantity.low:g}" if value < quantity.low else f"above {quantity.high:g}"
    raise DatasetError(
        f"Column {series.columns[series.column_index(column)]!r} is {value:g} in row {row} ({stamp} UTC), {bound}, "
        f"which {quantity.name!r} cannot be{more}.",
        remedy=_remedy(quantity),
    )


def _remedy(quantity: Quantity) -> str:
    if np.isfinite(quantity.high):
        return (
            f"Give fractions of the rated power from {quantity.low:g} to {quantity.high:g}: divide the column by its "
            "maximum, or clip it."
        )
    return (
        f"Give fractions of the nominal value, at least {quantity.low:g}: clip the column, and describe power that "
        "flows back as a device."
    )

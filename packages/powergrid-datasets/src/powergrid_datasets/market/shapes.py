"""Records in MW turned into shapes: fractions of the maximum of a reference year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from powergrid.errors import DatasetError

LOAD_CEILING = 1.05
"""A later year may exceed the reference maximum; microgrids are not sized for more than 5 % of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """Series as a simulation reads them, and how they were made.

    Parameters
    ----------
    frame
        Load, solar and wind as fractions [1], price unchanged [USD/MWh].
    maxima_mw
        Value that became 1, by column. [MW]
    clipped
        Number of values that lay outside the allowed range, by column; columns without any are left out.
    reference_year
        Local calendar year whose maximum is 1.
    n_reference_hour
        Hours of that year that are there.
    """

    frame: pd.DataFrame
    maxima_mw: dict[str, float]
    clipped: dict[str, int]
    reference_year: int
    n_reference_hour: int


def to_shapes(frame: pd.DataFrame, *, reference_year: int, utc_offset_h: float) -> Shapes:
    """Divide every load, solar and wind series by its maximum in the reference year.

    Load is then limited to 1.05 from above, solar and wind to [0, 1]: inverters draw a little at night, and the
    negative values are theirs.

    Parameters
    ----------
    frame
        Hourly values without gaps, MW and USD/MWh, UTC index.
    reference_year
        Calendar year in local standard time.
    utc_offset_h
        Local standard time minus UTC. [h]

    Raises
    ------
    DatasetError
        No hour of the reference year is there, or a series is never positive in it.
    """
    local_year = (pd.DatetimeIndex(frame.index) + pd.Timedelta(hours=utc_offset_h)).year
    inside = np.asarray(local_year == reference_year)
    if not inside.any():
        years = sorted(set(local_year.tolist()))
        raise DatasetError(
            f"The files hold {years}, not the reference year {reference_year} whose maximum becomes 1.",
            remedy=f"Add files of {reference_year}, or say --reference-year {years[0]}.",
        )
    shapes, maxima, clipped = frame.copy(), {}, {}
    for column in (name for name in frame.columns if not name.startswith("price/")):
        maximum = float(frame[column][inside].max())
        if not maximum > 0.0:
            raise DatasetError(
                f"{column} is never above 0 MW in {reference_year}; its shape is not defined.",
                remedy="Leave it out, or choose another --reference-year.",
            )
        raw = frame[column] / maximum
        low, high = (-np.inf, LOAD_CEILING) if column.startswith("load/") else (0.0, 1.0)
        shapes[column] = raw.clip(low, high)
        maxima[column] = maximum
        outside = int(((raw < low) | (raw > high)).sum())
        if outside:
            clipped[column] = outside
    return Shapes(
        frame=shapes,
        maxima_mw=maxima,
        clipped=clipped,
        reference_year=reference_year,
        n_reference_hour=int(inside.sum()),
    )

"""The year that comes with the package."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from powergrid.plant.series import TimeSeriesTable
from powergrid.plant.series_file import load_table

YEAR_FILE = "caiso_like.npz"
PARAMETERS_FILE = "caiso_like_parameters.json"


@lru_cache(maxsize=1)
def caiso_like() -> TimeSeriesTable:
    """Synthetic CAISO-like year, 8,760 hours: the default data set.

    Loads BANC, PGE, SDGE, SCE; sun and wind of NP15, SP15; price LMP. Every fourth week is for testing. The same
    numbers come from ``synthetic_year()``; reading the file is quicker.
    """
    with resources.as_file(resources.files("powergrid_datasets").joinpath("data", YEAR_FILE)) as path:
        return load_table(path)

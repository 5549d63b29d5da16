"""Data sets that exist on this machine once their import command has run."""

from __future__ import annotations

from powergrid.plant.series import TimeSeriesTable
from powergrid.plant.series_split import calendar_years
from powergrid_datasets.store import Entry


def caiso() -> TimeSeriesTable:
    """CAISO's imported records; every fourth week is for testing.

    Raises
    ------
    DatasetError
        They have not been imported (the command is named), or the file is broken.
    """
    return Entry.in_store("caiso").load()


def caiso_by_year() -> TimeSeriesTable:
    """CAISO's imported records of 2023 for training and 2024 for testing: a market that has moved on.

    Raises
    ------
    DatasetError
        They have not been imported, or one of the years is not among them.
    """
    table = caiso()
    splits = calendar_years(table.n_step, table.start, table.step_s, table.utc_offset_h, train=[2023], test=[2024])
    return table.with_splits(splits)

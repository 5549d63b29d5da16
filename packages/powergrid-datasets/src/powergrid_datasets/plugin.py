"""What this package brings to PowerGrid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from powergrid.plugins import hookimpl

if TYPE_CHECKING:
    import typer

    from powergrid.plugins import DatasetLoader


@hookimpl
def powergrid_register_datasets() -> Mapping[str, DatasetLoader]:
    """The embedded year, and the data sets that an import puts into the user's cache."""
    from powergrid_datasets.embedded import caiso_like
    from powergrid_datasets.imported import caiso, caiso_by_year

    return {"caiso_like": caiso_like, "caiso": caiso, "caiso_by_year": caiso_by_year}


@hookimpl
def powergrid_register_commands() -> Mapping[str, typer.Typer]:
    """``powergrid data``."""
    from powergrid_datasets.cli import app

    return {"data": app}

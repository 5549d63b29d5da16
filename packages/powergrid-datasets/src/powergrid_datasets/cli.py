"""The command group ``powergrid data``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from powergrid.errors import DatasetError, PowerGridError
from powergrid.plant.series_file import save_table
from powergrid.plant.series_pickle import load_legacy_pickle
from powergrid.plugins import dataset_registry
from powergrid.setups.loader import load_dataset
from powergrid_datasets.describe import comparison, description
from powergrid_datasets.import_cli import import_app
from powergrid_datasets.store import data_folder

app = typer.Typer(help="List, describe and import time series.", no_args_is_help=True)
app.add_typer(import_app, name="import")


@app.command("list")
def list_datasets() -> None:
    """Data sets by name: what each holds, or how to get it."""
    registry = dataset_registry()
    for name in registry:
        try:
            table = registry[name]()
        except DatasetError as error:
            typer.echo(f"{name:16s} not here yet. {error.remedy or error.message}")
        else:
            kind = "synthetic" if table.synthetic else "records"
            typer.echo(f"{name:16s} {kind}, {table.n_step} steps of {table.step_s:g} s. {table.source}")
    typer.echo(f"Imported data sets are kept in {data_folder()}")


@app.command()
def describe(
    name: Annotated[str, typer.Argument(help="Name of a data set, or a file.")],
    beside: Annotated[str | None, typer.Option(help="Another one to compare with, measure by measure.")] = None,
) -> None:
    """Span, source and statistics of a data set."""
    try:
        table = load_dataset(name)
        lines = description(name, table) if beside is None else comparison(name, table, beside, load_dataset(beside))
    except PowerGridError as error:
        raise _failure(error) from error
    typer.echo("\n".join(lines))


@app.command()
def convert(
    source: Annotated[Path, typer.Argument(help="Old data.pkl with train and test arrays.")],
    target: Annotated[Path, typer.Argument(help="npz file to write.")],
) -> None:
    """Turn an old data.pkl into an npz file; only numpy arrays in it are accepted, no code is run."""
    try:
        table = load_legacy_pickle(source)
    except DatasetError as error:
        raise _failure(error) from error
    save_table(table, target)
    typer.echo(f"Wrote {target}: {len(table.columns)} columns, {table.n_step} steps.")


def _failure(error: PowerGridError) -> typer.Exit:
    typer.echo(f"Error: {error}", err=True)
    return typer.Exit(code=1)

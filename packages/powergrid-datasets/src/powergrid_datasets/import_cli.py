"""The command group ``powergrid data import``: one command for each operator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from powergrid.errors import DatasetError
from powergrid_datasets.store import Entry

if TYPE_CHECKING:
    from powergrid_datasets.market import ImportResult, MarketReader

import_app = typer.Typer(help="Read an operator's files into the cache.", no_args_is_help=True)

Places = Annotated[list[Path], typer.Argument(help="Folders (searched to all depths), zip files or csv files.")]
Out = Annotated[Path | None, typer.Option(help="Folder to write to instead of the cache.")]
ReferenceYear = Annotated[int, typer.Option(help="Year whose maximum becomes 1 in load, solar and wind.")]
MaxGap = Annotated[int, typer.Option("--max-gap", help="Longest run of missing hours that is filled.")]
Force = Annotated[bool, typer.Option("--force", help="Import again even if nothing changed.")]


@import_app.callback()
def operators() -> None:
    """Read an operator's files into the cache."""


@import_app.command()
def caiso(
    places: Places,
    out: Out = None,
    area: Annotated[
        list[str] | None, typer.Option(help="Load area, may be repeated.  [default: BANC, PGE, SDGE, SCE]")
    ] = None,
    hub: Annotated[
        list[str] | None, typer.Option(help="Hub of solar and wind, may be repeated.  [default: NP15, SP15]")
    ] = None,
    node: Annotated[str | None, typer.Option(help="Pricing node, when the files hold several.")] = None,
    reference_year: ReferenceYear = 2023,
    max_gap: MaxGap = 24,
    force: Force = False,
) -> None:
    """California ISO: OASIS zip files of SLD_FCST, SLD_REN_FCST and PRC_LMP."""
    from powergrid_datasets.caiso import CaisoReader

    reader = CaisoReader(
        areas=tuple(area or ("BANC", "PGE", "SDGE", "SCE")), hubs=tuple(hub or ("NP15", "SP15")), node=node
    )
    run_import(reader, places, out=out, reference_year=reference_year, max_gap_h=max_gap, force=force)


def run_import(
    reader: MarketReader, places: list[Path], *, out: Path | None, reference_year: int, max_gap_h: int, force: bool
) -> None:
    """Import with a progress bar and a report; the part that every operator's command shares."""
    from powergrid_datasets.market import import_market

    entry = Entry.in_store(reader.name) if out is None else Entry(name=reader.name, folder=out)
    try:
        n_file = len(reader.find(places))
        with typer.progressbar(length=n_file, label=f"Reading {n_file} files") as bar:
            result = import_market(
                reader,
                places,
                entry=entry,
                reference_year=reference_year,
                max_gap_h=max_gap_h,
                force=force,
                progress=lambda _: bar.update(1),
            )
    except DatasetError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(code=1) from error
    typer.echo("\n".join(report(result)))


def report(result: ImportResult) -> list[str]:
    """What an import did, line by line."""
    table, shapes = result.table, result.shapes
    if shapes is None:
        return [f"Nothing to do: {result.folder} was made from these files with these settings."]
    days = table.n_step // table.steps_per_day
    n_missing = sum(gap.n_hour for gap in result.gaps)
    longest = max(result.gaps, key=lambda gap: gap.n_hour, default=None)
    lines = [
        f"{days} days from {table.start}Z: {', '.join(table.columns)}",
        f"Missing hours filled on a straight line: {n_missing} in {len(result.gaps)} gaps"
        + (f", the longest {longest}" if longest else ""),
        f"Limited to their range: {', '.join(f'{name} {count}' for name, count in shapes.clipped.items()) or 'none'}",
    ]
    if shapes.n_reference_hour < 8_760:
        lines.append(
            f"Warning: only {shapes.n_reference_hour} hours of the reference year {shapes.reference_year} are there; "
            f"its maximum may be too low."
        )
    return [*lines, f"Wrote {result.folder}; SOURCE.md there lists every gap and file."]

"""Import of an operator's files into a data set on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from powergrid.plant.series import TimeSeriesTable
from powergrid_datasets.market.gaps import Gap, fill_gaps
from powergrid_datasets.market.records import MarketReader, MarketRecords, Progress
from powergrid_datasets.market.shapes import Shapes, to_shapes
from powergrid_datasets.store import Entry

FORMAT = "1"
"""Part of every import's key: raised when the same files would give other numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What an import wrote, and what it had to do to the records.

    Parameters
    ----------
    table
        The data set.
    folder
        Where it lies.
    gaps
        Hours that were filled; empty when nothing was imported anew.
    shapes
        How the shapes were made; None when the data set was there already.
    """

    table: TimeSeriesTable
    folder: Path
    gaps: list[Gap]
    shapes: Shapes | None

    @property
    def is_new(self) -> bool:
        """Whether files were read; False when the same files had been imported before."""
        return self.shapes is not None


def import_market(
    reader: MarketReader,
    places: Sequence[Path],
    *,
    entry: Entry,
    reference_year: int = 2023,
    max_gap_h: int = 24,
    force: bool = False,
    progress: Progress = lambda _: None,
) -> ImportResult:
    """Read an operator's files and write them as a data set.

    Nothing is replaced until everything has been read and checked, so an import that was interrupted can simply be
    started again; one with the same files and settings as the last does nothing.

    Parameters
    ----------
    reader
        Knows the operator's files.
    places
        Folders and files.
    entry
        Where the data set is kept.
    reference_year
        Local calendar year whose maximum becomes 1 in each shape.
    max_gap_h
        Longest run of missing hours that is filled. [h]
    force
        Import again even if nothing changed.
    progress
        Called with each file before it is read.

    Raises
    ------
    DatasetError
        A file is broken or missing, a gap is too long, or the reference year is not there.
    """
    files = reader.find(places)
    key = _key(reader, files, reference_year, max_gap_h)
    if not force and entry.is_current(key):
        return ImportResult(table=entry.load(), folder=entry.folder, gaps=[], shapes=None)
    records = reader.read(files, progress=progress)
    filled, gaps = fill_gaps(records.frame, max_gap_h=max_gap_h)
    shapes = to_shapes(filled, reference_year=reference_year, utc_offset_h=records.utc_offset_h)
    table = _table(records, shapes)
    entry.write(table, key=key, source=_source_text(table, records, shapes, gaps))
    return ImportResult(table=table, folder=entry.folder, gaps=gaps, shapes=shapes)


def _key(reader: MarketReader, files: Sequence[Path], reference_year: int, max_gap_h: int) -> str:
    digest = hashlib.sha256()
    digest.update(f"{FORMAT} {reader.name} {reader.settings()} {reference_year} {max_gap_h}".encode())
    for path in files:
        digest.update(path.name.encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _table(records: MarketRecords, shapes: Shapes) -> TimeSeriesTable:
    first = pd.Timestamp(shapes.frame.index[0])
    return TimeSeriesTable(
        columns=tuple(str(name) for name in shapes.frame.columns),
        values=shapes.frame.to_numpy(dtype=np.float64),
        start=np.datetime64(first.tz_localize(None).isoformat(), "s"),
        step_s=3600.0,
        utc_offset_h=records.utc_offset_h,
        source=records.origin,
    )


def _source_text(table: TimeSeriesTable, records: MarketRecords, shapes: Shapes, gaps: Sequence[Gap]) -> str:
    n_missing = sum(gap.n_hour for gap in gaps)
    clipped = ", ".join(f"{column} {count}" for column, count in shapes.clipped.items()) or "none"
    lines = [
        "# Source",
        "",
        f"- Origin: {records.origin}",
        f"- Licence: {records.licence}",
        f"- Span: {table.n_step} hours from {table.start}Z, interval starts, UTC",
        f"- Units: price in USD/MWh; load, solar and wind as fractions of their maximum in {shapes.reference_year} "
        f"({shapes.n_reference_hour} hours of that year in the files)",
        f"- Values limited to [.., 1.05] (load) or [0, 1] (solar, wind): {clipped}",
        f"- Missing hours, filled on a straight line: {n_missing} in {len(gaps)} gaps",
        "",
        "| column | unit | value of 1 |",
        "|---|---|---|",
        *(f"| {column} | MW | {maximum:g} |" for column, maximum in shapes.maxima_mw.items()),
        "",
        "## Missing hours",
        "",
        *(f"- {gap}" for gap in gaps),
        "",
        "## Files",
        "",
        *(f"- {name} sha256 {digest}" for name, digest in records.files),
    ]
    return "\n".join(lines) + "\n"

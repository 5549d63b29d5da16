"""File of a time-series table: npz with a checksum, written at once or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from powergrid.errors import DatasetError
from powergrid.plant.series import TimeSeriesTable

FORMAT = "powergrid-series-1"
_REMEDY = "Make or import the file again."


def save_table(table: TimeSeriesTable, path: str | os.PathLike[str]) -> str:
    """Write a table to an npz file.

    The file appears under its name only when it is complete: it is written beside it and then renamed.

    Parameters
    ----------
    table
        What to write.
    path
        File to write or replace, ending in ``.npz``; its folder is made when it is not there.

    Returns
    -------
    str
        Checksum of the content, as `fingerprint` gives it.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = fingerprint(table)
    arrays: dict[str, Any] = {f"split_{name}": rows.astype(np.int64) for name, rows in table.splits.items()}
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            np.savez_compressed(file, values=table.values, header=np.array(_header(table, digest)), **arrays)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)  # mkstemp makes it readable for its owner alone
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return digest


def load_table(path: str | os.PathLike[str]) -> TimeSeriesTable:
    """Read a table from an npz file that `save_table` wrote; nothing in the file is executed.

    Raises
    ------
    DatasetError
        The file is missing, truncated, of another format, or its content does not match its checksum.
    """
    source = Path(path)
    if not source.is_file():
        raise DatasetError(f"There is no data file {source}.", remedy="Check the path, or import the data.")
    try:
        with np.load(source, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
            header = json.loads(str(arrays["header"][()]))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zipfile.LargeZipFile) as cause:
        raise DatasetError(f"Data file {source} cannot be read: {cause}.", remedy=_REMEDY) from cause
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise DatasetError(f"Data file {source} is not a {FORMAT} file.", remedy=_REMEDY)
    table = _table(source, header, arrays)
    found = fingerprint(table)
    if found != header["sha256"]:
        raise DatasetError(
            f"Data file {source} was changed after it was written: checksum {found[:12]}…, not "
            f"{header['sha256'][:12]}….",
            remedy=_REMEDY,
        )
    return table


def fingerprint(table: TimeSeriesTable) -> str:
    """SHA-256 of everything a simulation reads from a table: names, values, time axis and splits."""
    digest = hashlib.sha256()
    axis = [table.columns, str(table.start), table.step_s, table.utc_offset_h, sorted(table.splits)]
    digest.update(json.dumps(axis).encode())
    digest.update(np.ascontiguousarray(table.values, dtype="<f8").tobytes())
    for name in sorted(table.splits):
        digest.update(table.splits[name].astype("<i8").tobytes())
    return digest.hexdigest()


def _header(table: TimeSeriesTable, digest: str) -> str:
    return json.dumps(
        {
            "format": FORMAT,
            "columns": table.columns,
            "units": table.units,
            "start": str(table.start),
            "step_s": table.step_s,
            "utc_offset_h": table.utc_offset_h,
            "source": table.source,
            "synthetic": table.synthetic,
            "sha256": digest,
        }
    )


def _table(source: Path, header: dict[str, Any], arrays: dict[str, Any]) -> TimeSeriesTable:
    try:
        return TimeSeriesTable(
            columns=tuple(header["columns"]),
            values=arrays["values"],
            start=np.datetime64(header["start"], "s"),
            step_s=float(header["step_s"]),
            splits={name[6:]: rows for name, rows in arrays.items() if name.startswith("split_")},
            utc_offset_h=float(header["utc_offset_h"]),
            source=str(header["source"]),
            synthetic=bool(header["synthetic"]),
        )
    except (KeyError, TypeError, ValueError) as cause:
        raise DatasetError(f"Data file {source} does not hold a table: {cause}", remedy=_REMEDY) from cause

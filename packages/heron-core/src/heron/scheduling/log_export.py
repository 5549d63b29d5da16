"""An event log as a table for programs that read parquet."""

from __future__ import annotations

import json
import os
from itertools import islice
from pathlib import Path
from typing import Any

from heron.errors import LogError
from heron.scheduling.recorded_log import EventRecord, Log

_ROWS_PER_GROUP = 50_000


def export_parquet(log: Log, path: str | os.PathLike[str]) -> int:
    """Write the records of a log as a parquet table with a row each.

    Columns: ``number``, ``episode``, ``t_ns`` (integers), ``kind``, ``agent`` and ``data`` (texts; data is JSON). The
    log's header is the file's metadata entry ``heron_log``.

    Returns
    -------
    int
        Number of records.

    Raises
    ------
    LogError
        If pyarrow is not installed, the log is damaged, or the file cannot be written.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise LogError(
            "Parquet files are written by pyarrow, which is missing.", remedy="pip install pyarrow"
        ) from error
    texts, numbers = pa.string(), pa.int64()
    columns = {"number": numbers, "episode": numbers, "t_ns": numbers, "kind": texts, "agent": texts, "data": texts}
    schema = pa.schema(list(columns.items()), metadata={"heron_log": json.dumps(dict(log.header))})
    count = 0
    records = iter(log)
    try:
        with parquet.ParquetWriter(Path(path), schema) as writer:
            while group := [_row(record) for record in islice(records, _ROWS_PER_GROUP)]:
                writer.write_table(pa.Table.from_pylist(group, schema=schema))
                count += len(group)
    except OSError as error:
        raise LogError(f"The table {str(path)!r} cannot be written: {error}.") from error
    return count


def _row(record: EventRecord) -> dict[str, Any]:
    return {
        "number": record.number,
        "episode": record.episode,
        "t_ns": record.time_ns,
        "kind": record.kind,
        "agent": record.agent,
        "data": json.dumps(record.data, separators=(",", ":")),
    }

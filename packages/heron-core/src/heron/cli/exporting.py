"""``heron export-log``: a log for programs that read tables."""

from __future__ import annotations

import argparse
from typing import Any

from heron.scheduling.log_export import export_parquet
from heron.scheduling.recorded_log import read_log


def add_command(commands: Any) -> None:
    """Hang ``export-log`` below the program."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "export-log",
        help="write a log as a parquet table",
        description="Write a log as a parquet table: number, episode, t_ns, kind, agent, data (JSON). Needs pyarrow.",
    )
    parser.add_argument("log", help="file that an EventLog wrote")
    parser.add_argument("table", help="parquet file to write")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the table; returns the exit code.

    Raises
    ------
    LogError
        If the file is no log, the table cannot be written or pyarrow is not installed.
    """
    count = export_parquet(read_log(options.log), options.table)
    print(f"{count} records written to {options.table}")
    return 0

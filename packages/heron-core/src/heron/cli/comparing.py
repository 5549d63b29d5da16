"""``heron diff``: where two logs part."""

from __future__ import annotations

import argparse
from typing import Any

from heron.scheduling.log_difference import diff_headers, diff_logs
from heron.scheduling.recorded_log import read_log


def add_command(commands: Any) -> None:
    """Hang ``diff`` below the program."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "diff",
        help="name the first difference of two logs",
        description="Name the first record in which two logs differ. Exit code: 0 alike, 1 different, 2 unreadable.",
    )
    parser.add_argument("first", help="file that an EventLog wrote")
    parser.add_argument("second", help="another one")
    parser.add_argument("--rtol", type=float, default=0.0, help="relative tolerance of numbers, exact without it")
    parser.add_argument("--atol", type=float, default=0.0, help="absolute tolerance of numbers, exact without it")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print how the headers differ and the first record that does; returns the exit code.

    Raises
    ------
    LogError
        If one of the files is no log.
    """
    first, second = read_log(options.first), read_log(options.second)
    headers = diff_headers(first, second)
    for key, (left, right) in headers.items():
        print(f"header: {key} is {left!r} in the first log and {right!r} in the second")
    difference = diff_logs(first, second, rtol=options.rtol, atol=options.atol)
    if difference is not None:
        print(difference)
    elif headers:
        print("all records are alike")
    else:
        print("the logs are alike")
    return int(bool(headers) or difference is not None)

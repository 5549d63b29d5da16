"""The ``heron`` program: event logs shown, compared and exported."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from typing import TextIO

from heron import __version__
from heron.cli import comparing, exporting, replaying
from heron.errors import HeronError

UNUSABLE = 2
"""Exit code where a file, an option or a name cannot be used, as argparse has it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; an error of ours is one message on the error stream, without a traceback.

    Parameters
    ----------
    arguments
        What was typed behind ``heron``; the process's own arguments where None.

    Returns
    -------
    int
        Exit code: 0 done, and for ``diff`` alike; 1 different; 2 where something cannot be read or used.
    """
    options = _parser().parse_args(arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = _show_warning
        try:
            code: int = options.run(options)
            sys.stdout.flush()
        except HeronError as error:
            print(f"Error: {error}", file=sys.stderr)
            return UNUSABLE
        except BrokenPipeError:
            # The reader has seen enough (`| head`); nothing may be flushed into the closed pipe at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="heron", description="Event logs of heron worlds.")
    parser.add_argument("--version", action="version", version=f"heron {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    for command in (replaying, comparing, exporting):
        command.add_command(commands)
    return parser


def _show_warning(
    message: Warning | str,
    category: type[Warning],  # noqa: ARG001  the signature is the library's
    filename: str,  # noqa: ARG001
    lineno: int,  # noqa: ARG001
    file: TextIO | None = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    print(f"Warning: {message}", file=sys.stderr)

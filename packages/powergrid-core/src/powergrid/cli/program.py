"""The ``powergrid`` program: its own commands, and the place where those of plug-ins hang."""

from __future__ import annotations

import sys
import warnings
from typing import Annotated, TextIO

import typer

from heron.errors import HeronError
from heron.plugins import PluginWarning
from powergrid import __version__
from powergrid.cli.listing import list_names
from powergrid.cli.plugin_group import PluginGroup
from powergrid.cli.showing import show_app

app = typer.Typer(
    name="powergrid",
    cls=PluginGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Microgrids on real distribution feeders, simulated for multi-agent control.",
)
app.command(name="list")(list_names)
app.add_typer(show_app, name="show")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"powergrid {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the program; an error of ours is one message and exit code 1, without a traceback."""
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        try:
            app()
        except HeronError as error:
            typer.secho(f"Error: {error}", err=True, fg=typer.colors.RED)
            sys.exit(1)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,  # noqa: ARG001  the signature is the library's
    line: str | None = None,  # noqa: ARG001
) -> None:
    # where our plug-in host stood when it warned helps nobody at a command line
    where = "" if issubclass(category, PluginWarning) else f" ({filename}, line {lineno})"
    typer.secho(f"Warning: {message}{where}", err=True, fg=typer.colors.YELLOW)

"""Stand-in for a command whose package is not installed."""

from __future__ import annotations

from typing import Any

import typer

from heron.errors import HeronError
from heron.plugins import Registry

_ANYTHING = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


def missing_command(name: str, requirement: str, registry: Registry[typer.Typer]) -> Any:
    """Command that takes any arguments, says what to install, and exits with code 2.

    Parameters
    ----------
    name
        The command.
    requirement
        What pip is to be given.
    registry
        Knows whether the package is missing or failed to load.
    """
    stand_in = typer.Typer(add_completion=False)
    package = requirement.partition("[")[0]  # the help would take the brackets of an extra for markup

    @stand_in.command(context_settings=_ANYTHING, help=f"Not installed: comes with {package}.")
    def say(context: typer.Context) -> None:
        try:
            registry[name]
        except HeronError as error:
            typer.secho(f"powergrid {' '.join([name, *context.args])}: {error}", err=True, fg=typer.colors.RED)
        raise typer.Exit(2)

    command = typer.main.get_command(stand_in)
    command.name = name
    return command

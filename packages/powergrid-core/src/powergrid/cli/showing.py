"""Commands ``powergrid show``: what is behind a name."""

from __future__ import annotations

from typing import Annotated

import typer

show_app = typer.Typer(no_args_is_help=True, help="Show what is behind a name.")


@show_app.callback()
def _group() -> None:
    """Keep ``show`` a group while it has a single command."""


@show_app.command(name="setup")
def show_setup(name: Annotated[str, typer.Argument(help="Name of a setup, or a folder with a setup.yaml.")]) -> None:
    """Print a setup as it is given to an environment, and whatever is wrong with it."""
    # yaml and the schema are read for this command alone
    import yaml

    from powergrid.config import read_config
    from powergrid.setups.loader import load_setup, setup_description

    setup = load_setup(name)
    typer.echo(f"# {setup_description(name)}")
    typer.echo(yaml.safe_dump(setup, sort_keys=False, width=120), nl=False)
    read_config(setup)

"""Command group that asks plug-ins for commands only when its own do not suffice."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from powergrid.cli.missing_command import missing_command
from powergrid.plugins import command_registry
from powergrid.plugins.known import KNOWN_COMMANDS

_COMPLETION = ("install_completion", "show_completion")


class PluginGroup(TyperGroup):
    """Own commands first; those of plug-ins are loaded for a name that is not among them, and for the help."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Command of this name, or ``None``."""
        if cmd_name not in self.commands:
            self._add_plugin_commands()
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of all commands."""
        self._add_plugin_commands()
        return super().list_commands(ctx)

    def _add_plugin_commands(self) -> None:
        registry = command_registry()
        for name in registry:
            if name not in self.commands:
                self.commands[name] = _command(name, registry[name])
        for name, requirement in KNOWN_COMMANDS.items():
            if name not in self.commands:
                self.commands[name] = missing_command(name, requirement, registry)


def _command(name: str, program: typer.Typer) -> Any:
    command = typer.main.get_command(program)
    command.name = name
    # completion is a matter of the whole program, not of one of its commands
    command.params = [option for option in command.params if option.name not in _COMPLETION]
    return command

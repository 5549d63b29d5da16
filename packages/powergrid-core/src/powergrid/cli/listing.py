"""Command ``powergrid list``: what is registered, and by which package."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Annotated, Any

import typer

from heron.plugins import PluginOrigin, Registry
from powergrid import plugins

_REGISTRIES: dict[str, Callable[[], Registry[Any]]] = {
    "devices": plugins.device_registry,
    "networks": plugins.network_registry,
    "datasets": plugins.dataset_registry,
    "solvers": plugins.solver_registry,
    "trainers": plugins.trainer_registry,
    "policies": plugins.policy_registry,
    "benchmarks": plugins.benchmark_registry,
}


class Listed(str, Enum):
    """What can be listed."""

    SETUPS = "setups"
    DEVICES = "devices"
    NETWORKS = "networks"
    DATASETS = "datasets"
    SOLVERS = "solvers"
    TRAINERS = "trainers"
    POLICIES = "policies"
    BENCHMARKS = "benchmarks"
    PLUGINS = "plugins"


def list_names(what: Annotated[Listed, typer.Argument(help="What to list.")]) -> None:
    """List what is there to be named in a configuration or on the command line."""
    rows = list(_rows(what))
    if not rows:
        typer.echo(f"No {what.value} are registered.")
    width = max((len(name) for name, _ in rows), default=0)
    for name, note in rows:
        typer.echo(f"{name:<{width}}  {note}".rstrip())


def _rows(what: Listed) -> Iterable[tuple[str, str]]:
    if what is Listed.SETUPS:
        return _setups()
    if what is Listed.PLUGINS:
        return [(origin.name, _package(origin)) for origin in plugins.load_plugins()]
    registry = _REGISTRIES[what.value]()
    return [(name, _package(registry.origin(name))) for name in registry]


def _setups() -> Iterable[tuple[str, str]]:
    # yaml is read for this list alone
    from powergrid.setups.loader import get_available_setups, setup_description

    return [(name, setup_description(name)) for name in get_available_setups()]


def _package(origin: PluginOrigin) -> str:
    return f"{origin.distribution} {origin.version}".strip() or "this program"

"""What ``powergrid bench`` measures of powergrid-core, and the command itself.

It is a plug-in like everyone's, because the command line lies below environments and this floor above them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from powergrid.plugins.markers import hookimpl

if TYPE_CHECKING:
    import typer

    from powergrid.bench.case import Benchmark, Measurable, Settings


@hookimpl
def powergrid_register_benchmarks() -> Mapping[str, Benchmark]:
    """Benchmarks that come with powergrid-core."""
    return {
        "solver": _solver,
        "environment": _environment,
        "agents": _agents,
        "events": _events,
        "timing": _timing,
        "diverging": _diverging,
        "sensitivities": _sensitivities,
        "scaling": _scaling,
    }


@hookimpl
def powergrid_register_commands() -> Mapping[str, typer.Typer]:
    """``powergrid bench``."""
    from powergrid.bench.command import app

    return {"bench": app}


def _solver(settings: Settings) -> Iterable[Measurable]:
    from powergrid.bench.power_flow import power_flow

    return power_flow(settings)


def _environment(settings: Settings) -> Iterable[Measurable]:
    from powergrid.bench.environment import environment

    return environment(settings)


def _agents(settings: Settings) -> Iterable[Measurable]:
    from powergrid.bench.agents import agents

    return agents(settings)


def _events(settings: Settings) -> Iterable[Measurable]:
    from powergrid.bench.events import events

    return events(settings)


def _timing(settings: Settings) -> Iterable[Measurable]:
    from powergrid.bench.drawn_timing import drawn_timing

    return drawn_timing(settings)


def _diverging(settings: Settings) -> Iterable[Measurable]:
    from powergrid.bench.diverging import diverging

    return diverging(settings)


def _sensitivities(settings: Settings) -> Iterable[Measurable]:
    from powergrid.bench.sensitivity import sensitivity

    return sensitivity(settings)


def _scaling(settings: Settings) -> Iterable[Measurable]:
    from powergrid.bench.scaling import scaling

    return scaling(settings)

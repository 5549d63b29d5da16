"""Benchmark ``events``: the scheduler alone, an hour on events, and what a tick and an observation cost."""

from __future__ import annotations

from collections.abc import Iterator

from powergrid.bench import other_solvers
from powergrid.bench.case import Case, Comparison, Figure, Measurable, Settings
from powergrid.bench.event_hour import (
    COORDINATOR_LEVEL,
    FIELD_LEVEL,
    LockstepHour,
    TimeOnEvents,
    observing,
    tick_cost_us,
)
from powergrid.bench.event_queue import PROCESSES, Timeouts, simpy_timeouts
from powergrid.bench.loaded_grid import LoadedGrid, fused_net
from powergrid.bench.microgrids import many_microgrids
from powergrid.bench.stepping import SETUP, default_config
from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids

_HOUR_S = 3600.0


def events(settings: Settings) -> Iterator[Measurable]:
    """Event-driven execution beside SimPy, lockstep, pandapower, and itself with more agents."""
    yield from _queue(settings)
    yield _hour(settings)
    yield from _ticks(settings)
    yield _observations(settings)


def _queue(settings: Settings) -> Iterator[Measurable]:
    count = 10_000 if settings.quick else 1_000_000
    ours = Timeouts(count)
    yield Comparison(
        title=f"scheduler alone, {PROCESSES} clocks, {count:,} timeouts",
        unit="event",
        cases=(ours.case(), simpy_timeouts(count)),
    )
    yield Figure(title=f"memory held at most during {count:,} events", value=ours.memory_mb(), unit="MB")


def _hour(settings: Settings) -> Comparison:
    config = default_config()
    duration_s = 60.0 if settings.quick else _HOUR_S
    grid = LoadedGrid.draw(fused_net(), 1)
    return Comparison(
        title=f"{SETUP}, plant step and devices' ticks 1 s, microgrids decide every 60 s",
        unit="plant step",
        cases=(
            TimeOnEvents(config, duration_s).case("on events"),
            LockstepHour(config).case("lockstep, one decision"),
            other_solvers.runpp(grid, calls=1 if settings.quick else 5),
        ),
        total=int(_HOUR_S),
    )


def _ticks(settings: Settings) -> Iterator[Measurable]:
    duration_s, repeats = (120.0, 1) if settings.quick else (_HOUR_S, settings.repeats)
    for title, deciding in (
        ("a tick of a device that has nothing new to do", COORDINATOR_LEVEL),
        ("a tick of a device that looks, decides and sets", FIELD_LEVEL),
    ):
        cost_us = tick_cost_us(default_config(), duration_s, deciding=deciding, repeats=repeats)
        yield Figure(title=title, value=cost_us, unit="µs")


def _observations(settings: Settings) -> Comparison:
    times = 100 if settings.quick else 5_000
    cases = []
    for count in (3, 6) if settings.quick else (3, 30, 300):
        env = MultiAgentMicrogrids({**many_microgrids(count), "event_driven": True})
        env.reset(seed=0)
        cases.append(Case(name=f"of {count} microgrids", run=observing(env, "M0", times), count=times))
    return Comparison(title="one microgrid looks, on events", unit="observation", cases=tuple(cases))

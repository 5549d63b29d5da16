"""Benchmark ``scaling``: how the time grows with devices, agents, buses, environments and threads."""

from __future__ import annotations

from collections.abc import Iterator

from powergrid.bench import other_solvers
from powergrid.bench.case import Basis, Comparison, Measurable, Place, Settings
from powergrid.bench.loaded_grid import LoadedGrid, fused_net
from powergrid.bench.microgrids import many_batteries, many_microgrids
from powergrid.bench.power_flow import fixed_point, newton
from powergrid.bench.stepping import SETUP, BatchEpisodes, SingleEpisodes, default_config
from powergrid.networks.random_feeder import random_radial_feeder

_STEP = "environment step"


def scaling(settings: Settings) -> Iterator[Measurable]:
    """All curves."""
    yield from _buses(settings)
    yield from _batches(settings)
    yield from _environments(settings)
    yield from _threads(settings)
    yield from _devices(settings)
    yield from _agents(settings)


def _buses(settings: Settings) -> Iterator[Measurable]:
    n_env = 64 if settings.quick else 256
    for count in (10, 100) if settings.quick else (10, 30, 100, 300, 1000, 3000):
        grid = LoadedGrid.draw(random_radial_feeder("Feeder", n_bus=count), n_env)
        others = (other_solvers.runpp(grid, calls=1), other_solvers.lightsim2grid(grid))
        yield Comparison(
            title=f"batch of {n_env} random radial feeders, one thread",
            unit="solve",
            cases=(fixed_point(grid), *others, other_solvers.power_grid_model(grid)),
            place=Place(axis="buses", value=count),
        )


def _batches(settings: Settings) -> Iterator[Measurable]:
    grid = LoadedGrid.draw(fused_net(), settings.n_env)
    for count in (1, 64) if settings.quick else (1, 4, 8, 16, 32, 64, 256, 1024):
        part = grid.first(count)
        yield Comparison(
            title="batched solve, IEEE 34 with three IEEE 13, one thread",
            unit="solve",
            cases=(fixed_point(part), newton(part), other_solvers.lightsim2grid(part)),
            place=Place(axis="batch", value=count),
        )


def _environments(settings: Settings) -> Iterator[Measurable]:
    config = default_config()
    for count in (1, 64) if settings.quick else (1, 4, 16, 64, 256, 1024, 4096):
        yield Comparison(
            title=f"VectorGridEnv {SETUP}, one thread",
            unit=_STEP,
            cases=(BatchEpisodes(config, count).case("steps"),),
            place=Place(axis="environments", value=count),
        )


def _threads(settings: Settings) -> Iterator[Measurable]:
    batch = BatchEpisodes(default_config(), settings.n_env)
    for count in range(1, settings.all_threads + 1):
        yield Comparison(
            title=f"VectorGridEnv {SETUP}, {settings.n_env:,} environments",
            unit=_STEP,
            basis=Basis.WALL,
            cases=(batch.case("steps", threads=count), batch.case("one thread in the same round")),
            place=Place(axis="threads", value=count),
        )


def _devices(settings: Settings) -> Iterator[Measurable]:
    n_env = 16 if settings.quick else 64
    for count in (3, 12) if settings.quick else (3, 12, 48, 192, 768):
        config = many_batteries(count)
        one, batch = SingleEpisodes(config), BatchEpisodes(config, n_env)
        yield Comparison(
            title=f"{SETUP} with batteries only, one environment beside {n_env}, one thread",
            unit=_STEP,
            cases=(one.case("one environment"), batch.case(f"batch of {n_env}")),
            place=Place(axis="devices", value=count),
        )


def _agents(settings: Settings) -> Iterator[Measurable]:
    for count in (3, 6) if settings.quick else (3, 10, 30, 100, *settings.agents):
        yield Comparison(
            title="one environment of microgrids, each a feeder with a battery, one thread",
            unit=_STEP,
            cases=(SingleEpisodes(many_microgrids(count)).case("steps"),),
            place=Place(axis="agents", value=count),
        )

"""Benchmark ``solver``: batched power flows beside those of other programs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from powergrid.bench import other_solvers
from powergrid.bench.case import Case, Comparison, Measurable, Settings
from powergrid.bench.loaded_grid import LoadedGrid, fused_net
from powergrid.networks.random_feeder import random_radial_feeder
from powergrid.powerflow import FixedPointSolver, FlowMeter, PowerFlowResult

FIXED_POINT = "fixed_point"


def power_flow(settings: Settings) -> Iterator[Measurable]:
    """Solves of the default setup's network and of a large one."""
    grid = LoadedGrid.draw(fused_net(), settings.n_env)
    yield solves("batched solve, IEEE 34 with three IEEE 13", grid, settings)
    yield flows(grid)
    large = random_radial_feeder("Feeder", n_bus=100 if settings.quick else 1000)
    yield solves("batched solve, random radial feeder", LoadedGrid.draw(large, settings.n_env), settings)


def solves(title: str, grid: LoadedGrid, settings: Settings) -> Comparison:
    """Our solver and the others on one network."""
    return Comparison(
        title=f"{title}: {grid.network.n_node} nodes × {grid.n_env:,} environments, one thread",
        unit="solve",
        cases=(
            fixed_point(grid),
            other_solvers.runpp(grid, calls=1 if settings.quick else 3),
            other_solvers.lightsim2grid(grid),
            other_solvers.power_grid_model(grid),
        ),
    )


def fixed_point(grid: LoadedGrid, *, threads: int = 1) -> Case:
    """Our solver, into arrays that are there."""
    solver, out = FixedPointSolver(grid.network), PowerFlowResult.allocate(grid.network.n_node, grid.n_env)
    iterations = float(solver.solve(grid.s, out=out).iterations.mean())
    calls = max(1, round(50_000 / (grid.n_env * grid.network.n_node)))
    return Case(
        name=FIXED_POINT,
        run=partial(_repeated, partial(solver.solve, grid.s, out=out), calls),
        count=calls * grid.n_env,
        threads=threads,
        note=f"{iterations:.1f} iterations",
    )


def flows(grid: LoadedGrid) -> Comparison:
    """Reading the flows of all branches beside the solve that they come from."""
    meter = FlowMeter(grid.network)
    calls = max(1, round(50_000 / (grid.n_env * grid.network.n_node)))
    run = partial(_repeated, partial(meter.flows, grid.v), calls)
    return Comparison(
        title=f"flows of all {grid.network.n_branch} branches",
        unit="solve",
        cases=(Case(name="branch flows", run=run, count=calls * grid.n_env), fixed_point(grid)),
    )


def _repeated(run: Any, calls: int) -> None:
    for _ in range(calls):
        run()

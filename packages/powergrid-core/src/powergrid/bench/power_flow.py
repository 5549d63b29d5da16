"""Benchmark ``solver``: batched power flows beside those of other programs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from powergrid.bench import other_solvers
from powergrid.bench.case import Case, Comparison, Measurable, Missing, Settings
from powergrid.bench.loaded_grid import LoadedGrid, fused_net
from powergrid.networks.published_case import published_case
from powergrid.networks.random_feeder import random_radial_feeder
from powergrid.powerflow import FixedPointSolver, FlowMeter, NewtonSolver, PowerFlowResult, PowerFlowSolver

FIXED_POINT, NEWTON = "fixed_point", "newton"
_HELD, _HELD_RANGE = "case118", (0.8, 1.0)
_CALL_SIZE = 50_000
"""Nodes times environments that one measurement takes at least, so that the clock is fine enough."""


def power_flow(settings: Settings) -> Iterator[Measurable]:
    """Solves of the default setup's network, of a large one, and of one whose generators hold voltages."""
    grid = LoadedGrid.draw(fused_net(), settings.n_env)
    yield _solves("IEEE 34 with three IEEE 13", grid, (fixed_point(grid), *_others(grid, settings), newton(grid)))
    yield flows(grid)
    large = LoadedGrid.draw(random_radial_feeder("Feeder", n_bus=100 if settings.quick else 1000), settings.n_env)
    yield _solves("random radial feeder", large, (fixed_point(large), *_others(large, settings), newton(large)))
    held = LoadedGrid.draw(published_case(_HELD), settings.n_env, between=_HELD_RANGE)
    title = f"{_HELD} with {held.network.n_pv} held voltages"
    yield _solves(title, held, (newton(held), other_solvers.runpp(held, calls=1), other_solvers.lightsim2grid(held)))


def _solves(name: str, grid: LoadedGrid, cases: tuple[Case | Missing, ...]) -> Comparison:
    title = f"batched solve, {name}: {grid.network.n_node} nodes × {grid.n_env:,} environments, one thread"
    return Comparison(title=title, unit="solve", cases=cases)


def _others(grid: LoadedGrid, settings: Settings) -> tuple[Case | Missing, ...]:
    return (
        other_solvers.runpp(grid, calls=1 if settings.quick else 3),
        other_solvers.lightsim2grid(grid),
        other_solvers.power_grid_model(grid),
    )


def fixed_point(grid: LoadedGrid) -> Case:
    """Our solver for nets whose nodes have given power."""
    return _ours(FIXED_POINT, FixedPointSolver(grid.network), grid)


def newton(grid: LoadedGrid) -> Case:
    """Our solver for nets whose generators hold voltages."""
    return _ours(NEWTON, NewtonSolver(grid.network), grid)


def _ours(name: str, solver: PowerFlowSolver, grid: LoadedGrid) -> Case:
    """One of our solvers, into arrays that are there."""
    out = PowerFlowResult.allocate(grid.network.n_node, grid.n_env)
    iterations = float(solver.solve(grid.s, out=out).iterations.mean())
    calls = _calls(grid)
    run = partial(_repeated, partial(solver.solve, grid.s, out=out), calls)
    return Case(name=name, run=run, count=calls * grid.n_env, note=f"{iterations:.1f} iterations")


def flows(grid: LoadedGrid) -> Comparison:
    """Reading the flows of all branches beside the solve that they come from."""
    meter = FlowMeter(grid.network)
    calls = _calls(grid)
    run = partial(_repeated, partial(meter.flows, grid.v), calls)
    return Comparison(
        title=f"flows of all {grid.network.n_branch} branches",
        unit="solve",
        cases=(Case(name="branch flows", run=run, count=calls * grid.n_env), fixed_point(grid)),
    )


def _calls(grid: LoadedGrid) -> int:
    return max(1, round(_CALL_SIZE / (grid.n_env * grid.network.n_node)))


def _repeated(run: Any, calls: int) -> None:
    for _ in range(calls):
        run()

"""Benchmark ``diverging``: what environments whose power flow does not converge cost the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from heron.types import IndexArray
from powergrid.bench.case import Case, Comparison, Measurable, Settings
from powergrid.bench.loaded_grid import LoadedGrid, fused_net
from powergrid.bench.stepping import SETUP, BatchEpisodes, default_config
from powergrid.powerflow import FixedPointSolver, PowerFlowResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Overload:
    """A share of the environments gets a multiple of its load.

    Parameters
    ----------
    name
        As the table says it.
    share
        Of the environments, spread evenly. [1]
    factor
        On the nominal load. Fifty times as much is noticed at once, just beyond what the lines can carry takes all
        iterations. [1]
    """

    name: str
    share: float
    factor: float

    def of(self, n_env: int) -> IndexArray:
        """Environments that it hits."""
        count = round(self.share * n_env)
        return np.linspace(0, n_env - 1, count).astype(np.intp)


CALM = Overload(name="none diverging", share=0.0, factor=1.0)
OVERLOADS = (
    Overload(name="1 % just beyond what converges", share=0.01, factor=2.05),
    Overload(name="1 % far beyond", share=0.01, factor=50.0),
    Overload(name="10 % just beyond what converges", share=0.1, factor=2.05),
)


def diverging(settings: Settings) -> Iterator[Measurable]:
    """The power flow alone, then the environment; the calm batch is the subject."""
    n_env = settings.n_env
    grid = LoadedGrid.draw(fused_net(), n_env)
    yield Comparison(
        title=f"batched solve, {n_env:,} environments, some diverging",
        unit="solve",
        cases=tuple(_solve(grid, overload) for overload in (CALM, *OVERLOADS)),
    )
    episodes = _Episodes(n_env)
    yield Comparison(
        title=f"batch of {n_env:,} {SETUP}, some diverging",
        unit="environment step",
        cases=tuple(episodes.case(overload) for overload in (CALM, *OVERLOADS)),
    )


def _solve(grid: LoadedGrid, overload: Overload) -> Case:
    solver, out = FixedPointSolver(grid.network), PowerFlowResult.allocate(grid.network.n_node, grid.n_env)
    s = grid.s.copy()
    hit = overload.of(grid.n_env)
    nominal = grid.s.mean(axis=1, keepdims=True)
    s[:, hit] = nominal * overload.factor
    failed = f"{1.0 - float(solver.solve(s, out=out).converged.mean()):.1%} of solves failed"
    return Case(
        name=overload.name,
        run=partial(solver.solve, s, out=out),
        count=grid.n_env,
        note=failed,
    )


class _Episodes:
    """Episodes of a batch in which some environments are overloaded in every step."""

    def __init__(self, n_env: int) -> None:
        self._batch = BatchEpisodes(default_config(), n_env)

    def case(self, overload: Overload) -> Case:
        """An overload's episodes."""
        env = self._batch.env
        hit, scale = overload.of(env.n_env), env.plant.load_scale()

        def overload_now() -> None:
            scale[:, hit] = overload.factor  # of the nominal load, whatever the hour

        env.reset()
        self._batch.step(before=overload_now)
        failed = f"{np.count_nonzero(env.plant.grid.status) / env.n_env:.1%} of solves failed"
        return replace(self._batch.case(overload.name), run=partial(self._batch.step, before=overload_now), note=failed)

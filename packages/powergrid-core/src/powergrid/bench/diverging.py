"""Benchmark ``diverging``: what environments whose power flow does not converge cost the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from heron.types import IndexArray
from powergrid.bench.case import Case, Comparison, Measurable, Settings
from powergrid.bench.loaded_grid import LoadedGrid, fused_net
from powergrid.bench.stepping import SETUP, default_config
from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
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
        env = MultiAgentMicrogrids(default_config(), n_env=n_env)
        assert env.core is not None
        self._core, self._plant = env.core, env.plant
        rng = np.random.default_rng(0)
        self._actions = [
            {agent: rng.uniform(-1.0, 1.0, (n_env, dim)) for agent, dim in self._core.control.dims.items()}
            for _ in range(env.config.max_episode_steps)
        ]

    def case(self, overload: Overload) -> Case:
        """An overload's episodes."""
        hit = overload.of(self._core.n_env)
        self._reset()
        self._steps(hit, overload.factor)
        failed = f"{np.count_nonzero(self._plant.grid.status) / self._core.n_env:.1%} of solves failed"
        run: Callable[[], None] = partial(self._steps, hit, overload.factor)
        count = len(self._actions) * self._core.n_env
        return Case(name=overload.name, run=run, before=self._reset, count=count, note=failed)

    def _reset(self) -> None:
        self._core.reset(seeds=range(self._core.n_env))

    def _steps(self, hit: IndexArray, factor: float) -> None:
        scale = self._plant.load_scale()
        for actions in self._actions:
            scale[:, hit] = factor  # of the nominal load, whatever the hour
            self._core.step(actions)

"""Benchmark ``sensitivities``: derivatives beside the power flow they belong to, and beside finite differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from heron.types import FloatArray, IndexArray
from powergrid.bench.case import Case, Comparison, Figure, Measurable, Settings
from powergrid.bench.loaded_grid import LoadedGrid, fused_net
from powergrid.bench.power_flow import fixed_point
from powergrid.powerflow import FixedPointSolver, PowerFlowResult, SensitivityMeter

DEVICES = 12
_STEP_MW = 1e-3


def sensitivity(settings: Settings) -> Iterator[Measurable]:
    """Sensitivities of voltages to the power of twelve devices."""
    grid = LoadedGrid.draw(fused_net(), settings.n_env)
    network, n_env = grid.network, grid.n_env
    meter = SensitivityMeter(network)
    free = np.setdiff1d(np.arange(network.n_node), network.slack_nodes)
    sources = np.random.default_rng(0).choice(free, DEVICES, replace=False)
    measure = partial(meter.measure, grid.v, grid.s)
    near = _Differences(grid, sources)
    exact = measure(sources=sources)
    asked: dict[str, Callable[[], object]] = {
        "1 device, its own voltage": partial(measure, sources=sources[:1], nodes=sources[:1]),
        f"{DEVICES} devices, all voltages": partial(measure, sources=sources),
        f"{DEVICES} devices, all voltages and loadings": partial(
            measure, sources=sources, branches=range(network.n_branch)
        ),
        "the same voltages by finite differences": near.take,
    }
    yield Comparison(
        title=f"{DEVICES} devices, their own voltages: {network.n_node} nodes × {n_env:,} environments, one thread",
        unit="solve",
        cases=(
            Case(name="sensitivities", run=partial(measure, sources=sources, nodes=sources), count=n_env),
            fixed_point(grid),
            *(Case(name=name, run=run, count=n_env) for name, run in asked.items()),
        ),
    )
    off = float(np.max(np.abs(np.stack([exact.dv_dp_pu_per_mw, exact.dv_dq_pu_per_mvar]) - near.take())))
    yield Figure(title="largest difference to finite differences", value=off, unit="pu/MW")


class _Differences:
    """Changes of voltage per MW and Mvar by one more power flow for each device and kind of power."""

    def __init__(self, grid: LoadedGrid, sources: IndexArray) -> None:
        self._grid, self._sources = grid, sources
        self._solver = FixedPointSolver(grid.network)
        self._out = PowerFlowResult.allocate(grid.network.n_node, grid.n_env)

    def take(self) -> FloatArray:
        """``(2, n_node, n_source, n_env)``. [pu/MW, pu/Mvar]"""
        start = np.abs(self._grid.v)
        found = np.empty((2, len(start), len(self._sources), start.shape[1]))
        for kind, step in enumerate((_STEP_MW, 1j * _STEP_MW)):
            for place, source in enumerate(self._sources):
                s = self._grid.s.copy()
                s[source] += step
                found[kind, :, place] = (np.abs(self._solver.solve(s, out=self._out).v) - start) / _STEP_MW
        return found

"""Solvers of other programs on the same loads, each called as directly as it can be.

What this package does around them, such as checking arrays, is left out of their times.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from powergrid.bench.case import Case, Missing
from powergrid.bench.loaded_grid import LoadedGrid
from powergrid.errors import PowerFlowError
from powergrid.powerflow.lightsim2grid_solver import LightSim2GridSolver
from powergrid.powerflow.plain_newton import plain_newton, plain_voltages
from powergrid.powerflow.power_grid_model_solver import PowerGridModelSolver

_TOLERANCE_PU = 1e-10
LIGHTSIM2GRID = "lightsim2grid, batch"
POWER_GRID_MODEL = "power-grid-model, batch Newton"


def runpp(grid: LoadedGrid, *, calls: int) -> Case:
    """pandapower's own Newton, one environment in a call."""
    net = copy.deepcopy(grid.net)
    tolerance_mva = _TOLERANCE_PU * grid.network.base_mva
    for column in ("p_mw", "q_mvar"):
        net.load[column] *= grid.factors[:, 0]
    plain_newton(net, tolerance_mva=tolerance_mva)
    nodes, v = plain_voltages(net, grid.network)

    def run() -> None:
        for _ in range(calls):
            plain_newton(net, tolerance_mva=tolerance_mva)

    return Case(name="pandapower runpp", run=run, count=calls, note=_differs(v, grid.v[nodes, 0]))


def lightsim2grid(grid: LoadedGrid) -> Case | Missing:
    """lightsim2grid's sweep over injections."""
    try:
        solver = LightSim2GridSolver(grid.net, grid.network)
    except PowerFlowError as error:
        return Missing.of_error(LIGHTSIM2GRID, error)
    note = _differs(solver.solve(grid.s).v, grid.v)
    return Case(name=LIGHTSIM2GRID, run=solver.prepared(grid.s), count=grid.n_env, note=note)


def power_grid_model(grid: LoadedGrid) -> Case | Missing:
    """power-grid-model's batch calculation by Newton's method."""
    try:
        solver = PowerGridModelSolver(grid.network)
    except PowerFlowError as error:
        return Missing.of_error(POWER_GRID_MODEL, error)
    note = _differs(solver.solve(grid.s).v, grid.v)
    return Case(name=POWER_GRID_MODEL, run=solver.prepared(grid.s), count=grid.n_env, note=note)


def _differs(found: NDArray[Any], v: NDArray[Any]) -> str:
    return f"differs by {np.max(np.abs(found - v)):.0e} pu at most"

"""What powergrid-core itself registers, through the same hooks as everyone's packages.

It sits on this floor because networks and solvers lie below it. Nothing heavy is imported before it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from powergrid.plugins import NetworkBuilder, SolverFactory, hookimpl

_FOLDER = Path(__file__).resolve().parent
_SETUPS = ("ieee13_single", "ieee34_ieee13", "ieee34_ieee13_fast")


@hookimpl
def powergrid_register_setups() -> Mapping[str, Path]:
    """Setups that come with powergrid-core."""
    return {name: _FOLDER / name for name in _SETUPS}


@hookimpl
def powergrid_register_networks() -> Mapping[str, NetworkBuilder]:
    """Feeders that come with powergrid-core."""
    return {"ieee13": _ieee13, "ieee34": _ieee34, "cigre_lv": _cigre_lv}


@hookimpl
def powergrid_register_solvers() -> Mapping[str, SolverFactory]:
    """Solvers that come with powergrid-core."""
    return {
        "fixed_point": _fixed_point,
        "newton": _newton,
        "pandapower": _pandapower,
        "lightsim2grid": _lightsim2grid,
        "power_grid_model": _power_grid_model,
    }


def _ieee13(name: str = "IEEE13", /, **settings: Any) -> Any:
    from powergrid.networks.ieee13 import IEEE13Bus

    return IEEE13Bus(name, **settings)


def _ieee34(name: str = "IEEE34", /, **settings: Any) -> Any:
    from powergrid.networks.ieee34 import IEEE34Bus

    return IEEE34Bus(name, **settings)


def _cigre_lv(name: str = "CIGRELV", /, **settings: Any) -> Any:
    from powergrid.networks.cigre_lv import CIGRELV

    return CIGRELV(name, **settings)


def _fixed_point(_net: Any, compiled: Any, /) -> Any:
    from powergrid.powerflow.fixed_point import FixedPointSolver

    return FixedPointSolver(compiled)


def _newton(_net: Any, compiled: Any, /) -> Any:
    from powergrid.powerflow.newton import NewtonSolver

    return NewtonSolver(compiled)


def _pandapower(net: Any, compiled: Any, /) -> Any:
    from powergrid.powerflow import PandapowerSolver

    return PandapowerSolver(net, compiled)


def _lightsim2grid(net: Any, compiled: Any, /) -> Any:
    from powergrid.powerflow.lightsim2grid_solver import LightSim2GridSolver

    return LightSim2GridSolver(net, compiled)


def _power_grid_model(_net: Any, compiled: Any, /) -> Any:
    from powergrid.powerflow.power_grid_model_solver import PowerGridModelSolver

    return PowerGridModelSolver(compiled)

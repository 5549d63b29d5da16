"""Power-flow solvers by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heron.errors import UnknownNameError, suggest
from powergrid.errors import PowerFlowError
from powergrid.plugins import SolverFactory, solver_registry
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.fixed_point import FixedPointSolver
from powergrid.powerflow.pandapower_solver import PandapowerSolver
from powergrid.powerflow.solver import PowerFlowSolver

if TYPE_CHECKING:
    from pandapower.auxiliary import pandapowerNet

DEFAULT_SOLVER = "fixed_point"

_registered: dict[str, SolverFactory] = {}


def _fixed_point(net: pandapowerNet, network: CompiledNetwork) -> PowerFlowSolver:  # noqa: ARG001
    return FixedPointSolver(network)


def _pandapower(net: pandapowerNet, network: CompiledNetwork) -> PowerFlowSolver:
    return PandapowerSolver(net, network)


BUILTIN_SOLVERS: dict[str, SolverFactory] = {"fixed_point": _fixed_point, "pandapower": _pandapower}
"""Solvers that come with this package, by the names a configuration gives under ``solver:``."""


def register_solver(name: str, factory: SolverFactory) -> None:
    """Make a solver available under a name in this process.

    A package does so for every process, through the hook ``powergrid_register_solvers``.

    Parameters
    ----------
    name
        Name for ``solver:`` in a configuration. Registering it again replaces the factory.
    factory
        Takes the pandapower net and the compiled network; returns a `PowerFlowSolver`.

    Raises
    ------
    PowerFlowError
        The name is empty or that of a solver of this package.
    """
    if not name or name in BUILTIN_SOLVERS:
        raise PowerFlowError(f"A solver cannot be called {name!r}.", remedy=f"Taken: {', '.join(BUILTIN_SOLVERS)}.")
    _registered[name] = factory


def find_solver(name: str) -> SolverFactory:
    """Factory of a solver.

    Parameters
    ----------
    name
        ``"fixed_point"``, ``"pandapower"``, or what a program or a package registered.

    Returns
    -------
    SolverFactory
        Call it with a pandapower net and its compiled form.

    Raises
    ------
    UnknownNameError
        No solver has that name; the message lists those that exist.
    """
    ours = BUILTIN_SOLVERS | _registered
    if name in ours:
        return ours[name]
    installed = solver_registry()
    if name in installed:
        return installed[name]
    known = sorted({*ours, *installed})
    raise UnknownNameError(f"solver {name!r} not found; there are {', '.join(known)}.", remedy=suggest(name, known))


def make_solver(name: str, net: pandapowerNet, network: CompiledNetwork) -> PowerFlowSolver:
    """Solver of a name for one network.

    Parameters
    ----------
    name
        As for `find_solver`.
    net
        pandapower net.
    network
        Its compiled form.

    Returns
    -------
    PowerFlowSolver
        Ready to solve.

    Raises
    ------
    UnknownNameError
        No solver has that name.
    """
    solver: PowerFlowSolver = find_solver(name)(net, network)
    return solver

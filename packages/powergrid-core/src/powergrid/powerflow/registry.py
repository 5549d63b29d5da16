"""Power-flow solvers by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from powergrid.errors import PowerFlowError
from powergrid.plugins import SolverFactory, hookimpl, plugin_host, solver_registry
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.solver import PowerFlowSolver
from powergrid.powerflow.voltage_control import refuse_voltage_control

if TYPE_CHECKING:
    from pandapower.auxiliary import pandapowerNet

DEFAULT_SOLVER = "fixed_point"


class ProgramSolvers:
    """Plug-in that holds the solvers of `register_solver`."""

    def __init__(self) -> None:
        self.factories: dict[str, SolverFactory] = {}

    @hookimpl
    def powergrid_register_solvers(self) -> Mapping[str, SolverFactory]:
        """Solvers registered so far."""
        return dict(self.factories)


def register_solver(name: str, factory: SolverFactory) -> None:
    """Make a solver available under ``solver:`` in this process.

    Other processes, such as remote environment runners, do not see it: a package with an entry point and the hook
    ``powergrid_register_solvers`` is found by all of them.

    Parameters
    ----------
    name
        Name that a configuration gives. Registering it again replaces the factory, as when a notebook cell runs twice.
    factory
        Takes the pandapower net and the compiled network; returns a `PowerFlowSolver`.

    Raises
    ------
    PowerFlowError
        The name is empty, or a package registers a solver of that name.
    """
    ours = _program_solvers().factories
    if not name or (name not in ours and name in solver_registry()):
        taken = ", ".join(solver_registry())
        raise PowerFlowError(f"A solver cannot be called {name!r}.", remedy=f"Choose another name than {taken}.")
    ours[name] = factory
    plugin_host().refresh()


def unregister_solver(name: str) -> None:
    """Undo `register_solver`.

    Raises
    ------
    PowerFlowError
        No solver of that name was registered in this program.
    """
    if _program_solvers().factories.pop(name, None) is None:
        raise PowerFlowError(f"solver {name!r} was not registered in this program.")
    plugin_host().refresh()


def make_solver(name: str, net: pandapowerNet, network: CompiledNetwork) -> PowerFlowSolver:
    """Solver of a name for one network.

    Parameters
    ----------
    name
        ``"fixed_point"``, ``"newton"``, ``"pandapower"``, or what a program or a package registered.
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
        No solver has that name; the message lists those that exist.
    PowerFlowError
        Generators hold voltages in this network, and the solver does not say that it knows what that means.
    """
    solver: PowerFlowSolver = solver_registry()[name](net, network)
    if not getattr(solver, "holds_voltages", False):
        refuse_voltage_control(network, name)
    return solver


@lru_cache(maxsize=1)
def _program_solvers() -> ProgramSolvers:
    solvers = ProgramSolvers()
    plugin_host().register(solvers, name="register_solver")
    return solvers

"""The power-flow solver of an environment."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.registry import DEFAULT_SOLVER, make_solver
from powergrid.powerflow.solver import PowerFlowSolver
from powergrid.powerflow.voltage_control import held_by

AUTO = "auto"
FOR_HELD_VOLTAGES = "newton"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SolverChoice:
    """A solver, and why it is this one.

    Parameters
    ----------
    name
        Name under which it is registered.
    reason
        Why it was chosen, a clause.
    solver
        Made for one network.
    """

    name: str
    reason: str
    solver: PowerFlowSolver


def choose_solver(name: str, net: Any, network: CompiledNetwork) -> SolverChoice:
    """Solver of a name for one network; ``"auto"`` takes the one that fits and logs why.

    Parameters
    ----------
    name
        ``"auto"``, or the name of a registered solver.
    net
        pandapower net.
    network
        Its compiled form.

    Raises
    ------
    UnknownNameError
        No solver has that name; the message lists those that exist.
    PowerFlowError
        The solver cannot solve this network; the message says which can.
    """
    if name != AUTO:
        return SolverChoice(name=name, reason="the configuration names it", solver=make_solver(name, net, network))
    if network.n_pv:
        fitting, reason = (
            FOR_HELD_VOLTAGES,
            f"generators hold the voltage at {network.n_pv} of the {network.n_node} nodes: {held_by(network)}",
        )
    else:
        fitting, reason = (
            DEFAULT_SOLVER,
            f"all of the {network.n_node} nodes but {len(network.slack_nodes)} slack nodes have given power",
        )
    _LOG.info("solver 'auto' is %r: %s.", fitting, reason)
    return SolverChoice(name=fitting, reason=reason, solver=make_solver(fitting, net, network))

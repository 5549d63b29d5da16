"""The power-flow solver of an environment."""

from __future__ import annotations

import logging
from typing import Any

from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.registry import DEFAULT_SOLVER, make_solver
from powergrid.powerflow.solver import PowerFlowSolver

AUTO = "auto"
_LOG = logging.getLogger(__name__)


def choose_solver(name: str, net: Any, network: CompiledNetwork) -> PowerFlowSolver:
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
    """
    if name != AUTO:
        return make_solver(name, net, network)
    # A net with generators that hold a voltage, which a fixed point cannot solve, was refused when it was compiled.
    _LOG.info(
        "solver 'auto' is %r: all of the %d nodes but %d slack nodes have given power.",
        DEFAULT_SOLVER,
        network.n_node,
        len(network.slack_nodes),
    )
    return make_solver(DEFAULT_SOLVER, net, network)

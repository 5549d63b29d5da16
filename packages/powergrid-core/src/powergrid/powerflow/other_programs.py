"""What solvers of other programs cannot take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from powergrid.errors import PowerFlowError
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.nominal_loads import nominal_loads
from powergrid.powerflow.topology import supplied_nodes

if TYPE_CHECKING:
    from pandapower.auxiliary import pandapowerNet


def refuse_voltage_dependence(net: pandapowerNet, network: CompiledNetwork, solver: str) -> None:
    """Stop a solver that knows only constant power from being made for a net with other loads.

    Parameters
    ----------
    net
        pandapower net.
    network
        Its compiled form.
    solver
        Name of the solver.

    Raises
    ------
    PowerFlowError
        A load depends on its voltage.
    """
    if nominal_loads(net, network).has_voltage_dependence:
        raise PowerFlowError(
            f"Solver {solver!r} cannot solve this network: it has loads of constant current or impedance.",
            remedy="Say solver: auto, or make them loads of constant power.",
        )


def refuse_dead_nodes(network: CompiledNetwork, solver: str) -> None:
    """Stop a solver that needs a supply everywhere from being made for a network with nodes behind open branches.

    Parameters
    ----------
    network
        Compiled network.
    solver
        Name of the solver.

    Raises
    ------
    PowerFlowError
        Some node has no supply.
    """
    supplied = supplied_nodes(network)
    if not supplied.all():
        names = [network.node_names[node] for node in range(network.n_node) if not supplied[node]]
        raise PowerFlowError(
            f"Solver {solver!r} cannot solve this network: no source supplies {', '.join(map(repr, names[:5]))}.",
            remedy="Say solver: auto.",
        )

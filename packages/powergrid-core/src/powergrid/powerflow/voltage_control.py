"""Nodes where generators hold the voltage (PV nodes): where solvers start there, and who may solve them."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from powergrid.errors import PowerFlowError
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.factorisation import no_load_voltage
from powergrid.powerflow.topology import supplied_nodes

_SHOWN = 5


def held_by(network: CompiledNetwork) -> str:
    """Names of the generators that hold a voltage, the first few of them, for messages."""
    names = ", ".join(map(repr, network.pv_names[:_SHOWN]))
    return names + (f" and {network.n_pv - _SHOWN} more" if network.n_pv > _SHOWN else "")


def refuse_voltage_control(network: CompiledNetwork, solver: str) -> None:
    """Stop a solver that knows only nodes of given power from being made for a network with others.

    Parameters
    ----------
    network
        Compiled network.
    solver
        Name of the solver.

    Raises
    ------
    PowerFlowError
        Generators hold a voltage in it; the message names them.
    """
    if network.n_pv:
        raise PowerFlowError(
            f"Solver {solver!r} cannot solve this network: generators hold the voltage at {network.n_pv} nodes "
            f"({held_by(network)}).",
            remedy="Say solver: auto or solver: newton, or make them static generators (sgen) with given P and Q.",
        )


def start_voltage(network: CompiledNetwork) -> NDArray[np.complex128]:
    """Voltages when nothing is injected but what generators need to hold theirs: where Newton's method starts.

    Without generators that hold a voltage these are the voltages without load. With them, the held nodes have the
    magnitude that is asked for and the angle that reaches them from a slack node through phase shifts alone, and the
    others follow from no current being injected there.

    Parameters
    ----------
    network
        Compiled network.

    Returns
    -------
    (n_node,)
        Complex voltages, 0 without supply. [pu]

    Raises
    ------
    PowerFlowError
        The admittance matrix is singular.
    """
    if not network.n_pv:
        return no_load_voltage(network)
    v = _angles_from_slack(network)
    v[network.pv_nodes] *= network.pv_voltage_pu
    v[network.slack_nodes] = network.slack_voltage
    supplied = supplied_nodes(network)
    v[~supplied] = 0.0
    held = np.union1d(network.slack_nodes, network.pv_nodes)
    free = np.setdiff1d(np.flatnonzero(supplied), held)
    if len(free):
        try:
            factors = splu(sparse.csc_matrix(network.y[free][:, free]))
        except RuntimeError as error:
            raise PowerFlowError(
                f"The network without load has no solution between its generators: {error}.",
                remedy="Look for a branch or shunt whose reactance resonates with its neighbours.",
            ) from error
        drawn = np.asarray(-(network.y[free][:, held] @ v[held]))  # one batch: the network without load
        v[free] = factors.solve(drawn)
    return v


def _angles_from_slack(network: CompiledNetwork) -> NDArray[np.complex128]:
    """Unit phasors: the angle of each node's voltage if nothing but phase shifts came between it and a slack node."""
    neighbours: list[list[tuple[int, complex]]] = [[] for _ in range(network.n_node)]
    through = np.flatnonzero((network.yft != 0.0) & (network.ytf != 0.0))
    for branch in through.tolist():
        near, far = int(network.from_node[branch]), int(network.to_node[branch])
        # at the open end of a branch: 0 = ytf v_from + ytt v_to
        neighbours[near].append((far, complex(-network.ytf[branch] / network.ytt[branch])))
        neighbours[far].append((near, complex(-network.yft[branch] / network.yff[branch])))
    unit = np.ones(network.n_node, dtype=np.complex128)
    unit[network.slack_nodes] = network.slack_voltage / np.abs(network.slack_voltage)
    waiting = deque(int(node) for node in network.slack_nodes)
    reached = set(waiting)
    while waiting:
        node = waiting.popleft()
        for other, ratio in neighbours[node]:
            if other not in reached:
                reached.add(other)
                unit[other] = unit[node] * ratio / abs(ratio)
                waiting.append(other)
    return unit

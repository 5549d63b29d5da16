"""A compiled network as series impedances and shunts: the elements that other programs' networks are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from heron.types import FloatArray, IndexArray
from powergrid.errors import PowerFlowError
from powergrid.powerflow.compiled_network import CompiledNetwork

_ALIKE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeriesBranches:
    """The same admittance matrix, with no tap and no charging in the branches: these are in the shunts.

    Parameters
    ----------
    from_node, to_node : (n_pair,)
        Nodes with an admittance between them.
    z : (n_pair,)
        Series impedance; its parts may be negative. [pu]
    shift_rad : (n_pair,)
        Angle by which the voltage at the to end lags behind, as of a phase-shifting transformer. [rad]
    shunt : (n_node,)
        Admittance from each node to earth. [pu]
    """

    from_node: IndexArray
    to_node: IndexArray
    z: NDArray[np.complex128]
    shift_rad: FloatArray
    shunt: NDArray[np.complex128]


def series_branches(network: CompiledNetwork, solver: str) -> SeriesBranches:
    """Series impedances and shunts with the admittance matrix of a network.

    Parameters
    ----------
    network
        Compiled network.
    solver
        Name of the solver that asks, for the message.

    Returns
    -------
    SeriesBranches
        A pair of nodes appears once, whatever is connected between them.

    Raises
    ------
    PowerFlowError
        Something between two nodes lets currents through differently in one direction; the message says where.
    """
    upper = sparse.triu(network.y, k=1).tocoo()
    near, far = upper.row.astype(np.intp), upper.col.astype(np.intp)
    onwards, back = upper.data, np.asarray(network.y.tocsr()[far, near]).ravel()
    there = (onwards != 0.0) | (back != 0.0)
    near, far, onwards, back = near[there], far[there], onwards[there], back[there]
    uneven = np.flatnonzero(np.abs(np.abs(onwards) - np.abs(back)) > _ALIKE * np.abs(onwards))
    if len(uneven):
        ends = ", ".join(f"{network.node_names[near[k]]!r} and {network.node_names[far[k]]!r}" for k in uneven[:3])
        raise PowerFlowError(
            f"Solver {solver!r} cannot solve this network: between {ends} the two directions differ.",
            remedy="Say solver: auto, or give impedance elements the same values both ways.",
        )
    # back = -y / tap and onwards = -y / conj(tap) with |tap| = 1
    ratio = onwards / back
    symmetric = np.abs(ratio - 1.0) <= _ALIKE
    shift_rad = np.where(symmetric, 0.0, 0.5 * np.angle(ratio))
    series = np.where(symmetric, -0.5 * (onwards + back), -back * np.exp(1j * shift_rad))
    shunt = network.y.diagonal().astype(np.complex128)
    np.subtract.at(shunt, near, series)
    np.subtract.at(shunt, far, series)
    return SeriesBranches(from_node=near, to_node=far, z=1.0 / series, shift_rad=shift_rad, shunt=shunt)

"""A network as solvers, devices and observations see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from heron.errors import suggest
from heron.types import BoolArray, FloatArray, IndexArray
from powergrid.errors import NetworkError, UnknownBusError
from powergrid.powerflow.tap_changer import TapChangers

BranchKind: TypeAlias = Literal["line", "trafo", "impedance", "switch"]
"""Table of the element that a branch stands for; a switch is one between buses that has an impedance."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NormallyOpen:
    """Branches of a compiled network that stand open unless a topology closes them.

    Parameters
    ----------
    branch : (n_open,)
        Their rows among the branches.
    is_open : (n_open, 2)
        Whether the from and the to end stand open.
    admittances : (n_open, 4)
        yff, yft, ytf, ytt when closed. [pu]
    """

    branch: IndexArray
    is_open: BoolArray
    admittances: NDArray[np.complex128]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompiledNetwork:
    """Everything of a network that does not change while an episode runs.

    Lines, transformers, shunts and line charging are in the admittances. Loads, generators and storages are not: they
    are injections. Elements out of service and buses without supply are left out.

    Parameters
    ----------
    node_names : (n_node,)
        Name of the first bus of each node; the open end of a line that is switched off at one side is a node too.
    base_mva
        Power of 1 pu. [MVA]
    vn_kv : (n_node,)
        Nominal voltage, line to line. [kV]
    y : (n_node, n_node)
        Bus admittance matrix: current into the network = y @ v. [pu]
    slack_nodes : (n_slack,)
        Nodes whose voltage is given.
    slack_voltage : (n_slack,)
        Their complex voltages. [pu]
    node_of_bus
        Node of each supplied pandapower bus; buses joined by a closed switch share one.
    unsupplied_buses
        pandapower buses that are out of service or not connected to any source, whatever a topology closes.
    branch_names, branch_kind, branch_element : (n_branch,)
        Name, table and pandapower index of the element.
    from_node, to_node : (n_branch,)
        Nodes at its ends; a transformer goes from high to low voltage.
    yff, yft, ytf, ytt : (n_branch,)
        Current into it at the from end = yff v_from + yft v_to, at the to end = ytf v_from + ytt v_to. [pu]
    rating_from_ka, rating_to_ka : (n_branch,)
        Rated current at either end; 0 where there is none. [kA]
    pv_nodes : (n_pv,)
        Nodes where generators hold the magnitude of the voltage (PV nodes), ascending; what reactive power it takes is
        a result.
    pv_voltage_pu : (n_pv,)
        What they hold it at. [pu]
    pv_names : (n_pv,)
        Names of the generators at each of these nodes.
    tap_changers
        Transformers whose tap may stand elsewhere in every environment.
    normally_open
        Branches that stand open; None without any. Their admittances here are those of an open branch.
    """

    node_names: tuple[str, ...]
    base_mva: float
    vn_kv: FloatArray
    y: sparse.csc_matrix
    slack_nodes: IndexArray
    slack_voltage: NDArray[np.complex128]
    node_of_bus: Mapping[int, int]
    unsupplied_buses: tuple[int, ...]
    branch_names: tuple[str, ...]
    branch_kind: tuple[BranchKind, ...]
    branch_element: IndexArray
    from_node: IndexArray
    to_node: IndexArray
    yff: NDArray[np.complex128]
    yft: NDArray[np.complex128]
    ytf: NDArray[np.complex128]
    ytt: NDArray[np.complex128]
    rating_from_ka: FloatArray
    rating_to_ka: FloatArray
    pv_nodes: IndexArray = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    pv_voltage_pu: FloatArray = field(default_factory=lambda: np.zeros(0))
    pv_names: tuple[str, ...] = ()
    tap_changers: TapChangers = field(default_factory=TapChangers.none)
    normally_open: NormallyOpen | None = None

    @property
    def n_node(self) -> int:
        """Number of nodes."""
        return len(self.node_names)

    @property
    def n_branch(self) -> int:
        """Number of branches."""
        return len(self.branch_names)

    @property
    def n_pv(self) -> int:
        """Number of nodes where generators hold the voltage."""
        return len(self.pv_nodes)

    def node(self, bus: int) -> int:
        """Node of a pandapower bus.

        Raises
        ------
        UnknownBusError
            The bus has no supply, or does not exist.
        """
        if bus in self.node_of_bus:
            return self.node_of_bus[bus]
        if bus in self.unsupplied_buses:
            raise UnknownBusError(
                f"Bus {bus} is out of service or not connected to any external grid.",
                remedy="Close a switch or put the elements that feed it into service.",
            )
        raise UnknownBusError(f"There is no bus {bus} among the {len(self.node_of_bus)} of this network.")

    def branch(self, name: str) -> int:
        """Row of a branch among the branches, by its name.

        Raises
        ------
        NetworkError
            No branch has that name, or several have.
        """
        rows = [row for row, known in enumerate(self.branch_names) if known == name]
        if len(rows) == 1:
            return rows[0]
        if rows:
            elements = [f"{self.branch_kind[row]} {self.branch_element[row]}" for row in rows]
            raise NetworkError(f"{len(rows)} branches are called {name!r}: {', '.join(elements)}.")
        raise NetworkError(f"No branch that is in service is called {name!r}.", remedy=suggest(name, self.branch_names))

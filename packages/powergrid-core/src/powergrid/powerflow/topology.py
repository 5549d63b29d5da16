"""Which branches stand open, and what that leaves of a network."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from heron.types import BoolArray, IndexArray
from powergrid.errors import NetworkError
from powergrid.powerflow.compiled_network import BranchKind, CompiledNetwork

if TYPE_CHECKING:
    from pandapower.auxiliary import pandapowerNet

BranchReference: TypeAlias = str | tuple[BranchKind, int]
"""A branch by its name, or by its pandapower table and index."""

BranchEnd: TypeAlias = Literal["from", "to"]
"""The high-voltage side of a transformer is its from end."""

_ENDS: dict[str, int] = {"from": 0, "to": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """What stands open or closed otherwise than in the compiled network; without arguments, nothing.

    Parameters
    ----------
    open_branches
        Branches that are open at both ends: they carry and draw nothing.
    open_ends
        Ends that are open alone, as ``("line 3", "to")``. The branch stays energised from its other end and draws its
        charging or magnetising current there.
    closed_branches
        Branches closed at both ends that are open in the compiled network, see ``compile_network(net, closable=…)``.
    """

    open_branches: Collection[BranchReference] = frozenset()
    open_ends: Collection[tuple[BranchReference, BranchEnd]] = frozenset()
    closed_branches: Collection[BranchReference] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "open_branches", _frozen("open_branches", self.open_branches))
        object.__setattr__(self, "open_ends", frozenset(_end(entry) for entry in _entries("open_ends", self.open_ends)))
        object.__setattr__(self, "closed_branches", _frozen("closed_branches", self.closed_branches))

    def as_plain(self) -> dict[str, list[Any]]:
        """The same as lists of texts and numbers, in a fixed order, for a file."""
        return {
            "open_branches": sorted(self.open_branches, key=repr),
            "open_ends": sorted(self.open_ends, key=repr),
            "closed_branches": sorted(self.closed_branches, key=repr),
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Topology:
        """Take back what `as_plain` gave, also where tuples have become lists on the way."""
        return cls(**{name: [_as_tuple(entry) for entry in entries] for name, entries in plain.items()})


def open_switches(net: pandapowerNet, switches: Iterable[int]) -> Topology:
    """Topology in which some closed switches of a pandapower net are open.

    Parameters
    ----------
    net
        The net that was compiled.
    switches
        Indices in ``net.switch``. A switch at the end of a line or transformer opens that end; one between buses must
        have an impedance, ``z_ohm``: without one its buses are a single node.

    Returns
    -------
    Topology
        For any solver of the compiled net.

    Raises
    ------
    NetworkError
        There is no such switch, or its buses are a single node.
    """
    branches: set[BranchReference] = set()
    ends: set[tuple[BranchReference, BranchEnd]] = set()
    for index in switches:
        if index not in net.switch.index:
            raise NetworkError(f"There is no switch {index} in network {net.name!r}.")
        switch = net.switch.loc[index]
        element = int(switch.element)
        if switch.et == "l":
            ends.add((("line", element), "from" if net.line.from_bus.at[element] == switch.bus else "to"))
        elif switch.et == "t":
            ends.add((("trafo", element), "from" if net.trafo.hv_bus.at[element] == switch.bus else "to"))
        elif switch.et == "b" and switch.z_ohm > 0.0:
            branches.add(("switch", int(index)))
        else:
            raise NetworkError(
                f"Switch {index} of network {net.name!r} cannot be opened: the compiled network has one node there.",
                remedy="Give it an impedance before compiling, net.switch.at[index, 'z_ohm'] = 0.001.",
            )
    return Topology(open_branches=branches, open_ends=ends)


@lru_cache(maxsize=1024)
def switched_network(network: CompiledNetwork, topology: Topology) -> CompiledNetwork:
    """The network as a topology leaves it: the same nodes and branches, open ones without admittance.

    Parameters
    ----------
    network
        Compiled network.
    topology
        What differs from it.

    Returns
    -------
    CompiledNetwork
        The given one where nothing differs.

    Raises
    ------
    NetworkError
        The topology names a branch that the network has not, or one both open and closed.
    """
    before = np.column_stack([network.yff, network.yft, network.ytf, network.ytt])
    is_open, standing = open_ends(network, topology), open_ends(network, Topology())
    changed = np.flatnonzero((is_open != standing).any(axis=1))
    if not len(changed):
        return network
    closed = before.copy()
    if network.normally_open is not None:
        closed[network.normally_open.branch] = network.normally_open.admittances
    after = before.copy()
    after[changed] = opened(closed[changed], is_open[changed])
    yff, yft, ytf, ytt = (column.copy() for column in after.T)
    y = changed_matrix(network, changed, (after - before)[changed])
    return replace(network, y=y, yff=yff, yft=yft, ytf=ytf, ytt=ytt)


def open_ends(network: CompiledNetwork, topology: Topology) -> BoolArray:
    """Which ends of branches stand open.

    Parameters
    ----------
    network
        Compiled network.
    topology
        What differs from it.

    Returns
    -------
    (n_branch, 2)
        The from and the to end of each branch.

    Raises
    ------
    NetworkError
        The topology names a branch that the network has not, or one both open and closed.
    """
    is_open = np.zeros((network.n_branch, 2), dtype=np.bool_)
    if network.normally_open is not None:
        is_open[network.normally_open.branch] = network.normally_open.is_open
    closing = {branch_row(network, reference) for reference in topology.closed_branches}
    is_open[sorted(closing)] = False
    for reference in topology.open_branches:
        is_open[_not_closed(network, reference, closing)] = True
    for reference, end in topology.open_ends:
        if end not in _ENDS:
            raise NetworkError(f"The end of branch {reference!r} is 'from' or 'to', not {end!r}.")
        is_open[_not_closed(network, reference, closing), _ENDS[end]] = True
    return is_open


def supplied_nodes(network: CompiledNetwork, topology: Topology | None = None) -> BoolArray:
    """Which nodes branches connect with a source.

    Parameters
    ----------
    network
        Compiled network.
    topology
        What differs from it.

    Returns
    -------
    (n_node,)
        False where a node is de-energised: its voltage is 0, and what is injected there counts for nothing.

    Raises
    ------
    NetworkError
        The topology does not fit the network.
    """
    after = network if topology is None else switched_network(network, topology)
    connects = (after.yft != 0.0) | (after.ytf != 0.0)
    ends = (after.from_node[connects], after.to_node[connects])
    graph = sparse.coo_matrix((np.ones(len(ends[0])), ends), shape=(network.n_node, network.n_node))
    _, island = connected_components(graph, directed=False)
    supplied: BoolArray = np.isin(island, island[network.slack_nodes])
    return supplied


def unsupplied_names(network: CompiledNetwork, topology: Topology | None = None) -> tuple[str, ...]:
    """Names of the nodes that a topology leaves without supply; see `supplied_nodes`."""
    return tuple(network.node_names[node] for node in np.flatnonzero(~supplied_nodes(network, topology)))


def opened(admittances: NDArray[np.complex128], is_open: BoolArray) -> NDArray[np.complex128]:
    """What is left of branches when ends of theirs are opened.

    Parameters
    ----------
    admittances : (n_branch, 4)
        yff, yft, ytf, ytt. [pu]
    is_open : (n_branch, 2)
        Whether the from and the to end are open.

    Returns
    -------
    (n_branch, 4)
        With one end open, what the other end sees: ytt - ytf yft / yff, or yff - yft ytf / ytt. [pu]
    """
    yff, yft, ytf, ytt = admittances.T
    left = np.zeros_like(admittances)
    left[:, 0] = np.where(is_open[:, 0], 0.0, np.where(is_open[:, 1], _seen(yff, yft * ytf, ytt), yff))
    left[:, 3] = np.where(is_open[:, 1], 0.0, np.where(is_open[:, 0], _seen(ytt, yft * ytf, yff), ytt))
    left[:, 1] = np.where(is_open.any(axis=1), 0.0, yft)
    left[:, 2] = np.where(is_open.any(axis=1), 0.0, ytf)
    return left


def changed_matrix(network: CompiledNetwork, branches: IndexArray, change: NDArray[np.complex128]) -> sparse.csc_matrix:
    """Admittance matrix after the admittances (yff, yft, ytf, ytt) of some branches have changed by so much. [pu]"""
    f, t = network.from_node[branches], network.to_node[branches]
    places = (np.concatenate([f, f, t, t]), np.concatenate([f, t, f, t]))
    y = sparse.csc_matrix(network.y + sparse.coo_matrix((change.T.ravel(), places), shape=network.y.shape))
    y.eliminate_zeros()
    return y


def branch_row(network: CompiledNetwork, reference: BranchReference) -> int:
    """Row of a branch among the branches.

    Raises
    ------
    NetworkError
        There is none, or several have that name.
    """
    if isinstance(reference, str):
        return network.branch(reference)
    kind, element = reference
    rows = [row for row in np.flatnonzero(network.branch_element == element) if network.branch_kind[row] == kind]
    if not rows:
        raise NetworkError(
            f"The compiled network has no {kind} {element}.",
            remedy="What is out of service or switched off when a network is compiled must be named in "
            "compile_network(net, closable=…); a switch between buses needs an impedance, z_ohm.",
        )
    return int(rows[0])


def _entries(name: str, given: object) -> Collection[Any]:
    if isinstance(given, str):
        raise NetworkError(f"{given!r} is one branch, not several.", remedy=f"Write {name}=[{given!r}].")
    if not isinstance(given, Collection):
        raise NetworkError(f"'{name}' is {given!r}.", remedy="Give a list.")
    return given


def _frozen(name: str, given: object) -> frozenset[BranchReference]:
    entries = _entries(name, given)
    for entry in entries:
        if not _is_reference(entry):
            raise NetworkError(
                f"'{name}' has {entry!r}, which names no branch.", remedy="Give its name, or as ('line', 3)."
            )
    return frozenset(entries)


def _end(entry: Any) -> tuple[BranchReference, BranchEnd]:
    if not (isinstance(entry, tuple) and len(entry) == 2 and _is_reference(entry[0])):
        raise NetworkError(f"'open_ends' has {entry!r}.", remedy="Give branch and end, as ('line 3', 'to').")
    return entry


def _is_reference(entry: object) -> bool:
    return isinstance(entry, str) or (isinstance(entry, tuple) and len(entry) == 2 and isinstance(entry[0], str))


def _as_tuple(entry: Any) -> Any:
    return tuple(_as_tuple(part) for part in entry) if isinstance(entry, list | tuple) else entry


def _not_closed(network: CompiledNetwork, reference: BranchReference, closing: set[int]) -> int:
    row = branch_row(network, reference)
    if row in closing:
        raise NetworkError(f"A topology both opens and closes branch {network.branch_names[row]!r}.")
    return row


def _seen(
    own: NDArray[np.complex128], product: NDArray[np.complex128], far: NDArray[np.complex128]
) -> NDArray[np.complex128]:
    return own - np.divide(product, far, out=np.zeros_like(product), where=far != 0.0)

"""From a pandapower net to a compiled network."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, cast

import numpy as np

from heron.types import FloatArray
from powergrid.powerflow.closable import closed_copy, with_open_branches
from powergrid.powerflow.compiled_network import BranchKind, CompiledNetwork
from powergrid.powerflow.tap_changer import read_tap_changers
from powergrid.powerflow.topology import BranchReference

if TYPE_CHECKING:
    import pandas as pd
    from pandapower.auxiliary import pandapowerNet

    from powergrid.powerflow.pandapower_case import PandapowerCase

_SQRT3 = float(np.sqrt(3.0))


def compile_network(net: pandapowerNet, *, closable: Collection[BranchReference] = ()) -> CompiledNetwork:
    """Nodes, admittances, branches and ratings of a pandapower net, from pandapower's own matrices.

    Nothing is solved, so it works where Newton does not converge. The options in ``net.user_pf_options`` count as they
    do for `pandapower.runpp`: transformer model ("t" by default), voltage angles, open switches.

    Parameters
    ----------
    net
        Left as it is. Whatever its loads, static generators and storages are set to does not matter.
    closable
        Branches that stand open in the net and that a `Topology` may close, by name or as ``("line", 32)``: out of
        service, or kept open by switches. All others that are out of service are left out.

    Returns
    -------
    CompiledNetwork
        What is in service and supplied.

    Raises
    ------
    NetworkError
        It has elements that a compiled network cannot hold (three-winding transformers, DC lines, …) or pandapower
        cannot convert it.
    """
    # pandapower takes a second to import, and whoever has a net has paid for it.
    from powergrid.powerflow.pandapower_case import read_case
    from powergrid.powerflow.unsupported import check_supported

    check_supported(net)
    net, standing = closed_copy(net, closable) if closable else (net, {})
    case = read_case(net)
    kinds, elements, names, rating_from_ka, rating_to_ka = _branches(net, case)
    yff, yft, ytf, ytt = case.admittances
    network = CompiledNetwork(
        node_names=_node_names(net, case, names),
        base_mva=case.base_mva,
        vn_kv=case.vn_kv,
        y=case.y,
        slack_nodes=case.slack_nodes,
        slack_voltage=case.voltage[case.slack_nodes],
        node_of_bus=case.node_of_bus,
        unsupplied_buses=tuple(int(bus) for bus in net.bus.index if bus not in case.node_of_bus),
        branch_names=names,
        branch_kind=kinds,
        branch_element=np.array(elements, dtype=np.intp),
        from_node=case.ends[:, 0].copy(),
        to_node=case.ends[:, 1].copy(),
        yff=yff.copy(),
        yft=yft.copy(),
        ytf=ytf.copy(),
        ytt=ytt.copy(),
        rating_from_ka=rating_from_ka,
        rating_to_ka=rating_to_ka,
        tap_changers=read_tap_changers(net, kinds, np.array(elements, dtype=np.intp), names),
        pv_nodes=case.voltage_controlled_nodes,
        pv_voltage_pu=np.abs(case.voltage[case.voltage_controlled_nodes]),
        pv_names=tuple(_generator_names(net, case, node) for node in case.voltage_controlled_nodes.tolist()),
    )
    return with_open_branches(network, standing)


def _generator_names(net: pandapowerNet, case: PandapowerCase, node: int) -> str:
    table = net.gen[net.gen.in_service]
    here = [case.node_of_bus.get(bus) == node for bus in table.bus]
    return ", ".join(_name(name, f"gen {index}") for index, name in table.name[here].items())


def _branches(
    net: pandapowerNet, case: PandapowerCase
) -> tuple[tuple[BranchKind, ...], list[int], tuple[str, ...], FloatArray, FloatArray]:
    kinds: list[BranchKind] = []
    elements: list[int] = []
    names: list[str] = []
    ratings_ka: list[FloatArray] = []
    tables = {kind: _branch_table(net, kind) for kind in case.branch_range}
    # Columns once, not a row of the table for every branch: that takes pandas 0.1 ms each.
    columns = {kind: _identities(table) for kind, table in tables.items()}
    rated_ka = {kind: _ratings_ka(table, kind) for kind, table in tables.items()}
    for position in case.branch_position:
        kind = next(kind for kind, (start, stop) in case.branch_range.items() if start <= position < stop)
        row = position - case.branch_range[kind][0]
        element, name = columns[kind][row]
        kinds.append(cast("BranchKind", kind))
        elements.append(element)
        names.append(_name(name, f"{kind} {element}"))
        ratings_ka.append(rated_ka[kind][row])
    ratings = np.array(ratings_ka, dtype=np.float64).reshape(-1, 2)
    return tuple(kinds), elements, tuple(names), ratings[:, 0].copy(), ratings[:, 1].copy()


def _identities(table: pd.DataFrame) -> list[tuple[int, object]]:
    """Index and name of each element."""
    names = table["name"].tolist() if "name" in table else [None] * len(table)
    return list(zip(table.index.tolist(), names, strict=True))


def _branch_table(net: pandapowerNet, kind: str) -> pd.DataFrame:
    if kind != "switch":
        return cast("pd.DataFrame", net[kind])
    # pandapower makes branches of closed switches between buses in service whose impedance is positive
    switch = net.switch
    running = set(net.bus.index[net.bus.in_service])
    between = (switch.et == "b") & switch.closed & (switch.z_ohm > 0.0)
    return cast("pd.DataFrame", switch[between & switch.bus.isin(running) & switch.element.isin(running)])


def _ratings_ka(table: pd.DataFrame, kind: str) -> FloatArray:
    """Rated currents at the from and to ends, as `loading_percent` of pandapower counts them, ``(n, 2)``. [kA]"""
    if kind == "line" and len(table):
        line_ka = _product(table, "max_i_ka", "df", "parallel")
        rating_ka = np.stack([line_ka, line_ka], axis=1)
    elif kind == "trafo" and len(table):
        rating_mva = _product(table, "sn_mva", "df", "parallel")
        ends_kv = [table[column].to_numpy(dtype=np.float64) for column in ("vn_hv_kv", "vn_lv_kv")]
        rating_ka = np.stack([rating_mva / (_SQRT3 * end_kv) for end_kv in ends_kv], axis=1)
    else:
        rating_ka = np.zeros((len(table), 2))
    return np.where(np.isfinite(rating_ka) & (rating_ka > 0.0), rating_ka, 0.0)


def _product(table: pd.DataFrame, first: str, second: str, third: str) -> FloatArray:
    one, two, three = (table[column].to_numpy(dtype=np.float64) for column in (first, second, third))
    product: FloatArray = one * two * three
    return product


def _node_names(net: pandapowerNet, case: PandapowerCase, branch_names: tuple[str, ...]) -> tuple[str, ...]:
    names: dict[int, str] = {}
    for bus, name in zip(net.bus.index.tolist(), net.bus.name.tolist(), strict=True):
        if bus in case.node_of_bus:
            names.setdefault(case.node_of_bus[bus], _name(name, f"bus {bus}"))
    for (from_node, to_node), branch in zip(case.ends, branch_names, strict=True):
        for node in (int(from_node), int(to_node)):
            names.setdefault(node, f"{branch} open end")
    return tuple(names.get(node, f"node {node}") for node in range(len(case.vn_kv)))


def _name(name: object, fallback: str) -> str:
    return str(name) if isinstance(name, str) and name else fallback

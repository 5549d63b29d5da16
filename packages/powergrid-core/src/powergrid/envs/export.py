"""Export: one environment as a pandapower net."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from powergrid.conventions import from_pandapower, to_pandapower
from powergrid.plant.grid_plant import GridPlant
from powergrid.powerflow.compiled_network import CompiledNetwork

ComplexArray: TypeAlias = NDArray[np.complex128]

_FAMILIES: tuple[Literal["sgen", "storage", "load"], ...] = ("sgen", "storage", "load")
_DRAWN = {"load": 1.0, "storage": 1.0, "shunt": 1.0, "sgen": -1.0, "gen": -1.0, "ext_grid": -1.0}
_ENDS = {"line": ("from", "to"), "trafo": ("hv", "lv"), "impedance": ("from", "to")}


def export_net(net: Any, plant: GridPlant, env: int) -> Any:
    """Copy of a net with the set-points, loads and results of one environment.

    Parameters
    ----------
    net
        The environment's net.
    plant
        Its plant.
    env
        Column of the state table.

    Returns
    -------
    pandapowerNet
        ``sgen``, ``storage`` and ``load`` hold the powers of the last power flow, ``trafo`` its taps, and what stood
        open is out of service or has an open switch; the ``res_`` tables hold its results, in pandapower's units and
        signs. Where it did not converge both are those of the last one that did, apart from the
        devices' powers, and ``converged`` is False.
    """
    # pandapower is loaded: there is a net
    from powergrid.powerflow.pandapower_variation import varied_net

    grid = plant.grid
    exported = varied_net(net, grid.network, grid.topology_of(env), grid.taps_of(env))
    _write_loads(exported, plant, env)
    _write_devices(exported, plant, env)
    voltage = _by_bus(exported, plant.grid.network, plant.grid.v[:, env])
    _write_branches(exported, plant, env, voltage)
    _write_shunts(exported, voltage)
    _write_injections(exported, voltage)
    _write_generators(exported, plant, env, voltage)
    _write_sources(exported, plant, env)
    _write_buses(exported, voltage)
    exported["converged"] = not bool(plant.failed()[env])
    return exported


def _write_loads(net: Any, plant: GridPlant, env: int) -> None:
    grid = plant.grid
    scale = grid.load_factor()[:, env]
    elements = grid.loads.element
    for column in ("p_mw", "q_mvar"):
        net.load.loc[elements, column] = net.load.loc[elements, column].to_numpy() * scale


def _write_devices(net: Any, plant: GridPlant, env: int) -> None:
    power = dict(zip(plant.fleet.names, plant.fleet.power_mva()[:, env].tolist(), strict=True))
    for family in _FAMILIES:
        table = net[family]
        for index, name in table.name.items():
            if name in power:
                own = to_pandapower(family, power[name])
                table.loc[index, ["p_mw", "q_mvar"]] = [own.real, own.imag]


def _by_bus(net: Any, network: CompiledNetwork, v: ComplexArray) -> pd.Series[Any]:
    """Complex voltage by bus, NaN where nothing supplies one. [pu]"""
    nodes = [network.node_of_bus.get(bus, -1) for bus in net.bus.index]
    seen = np.where(v == 0.0, complex(np.nan, np.nan), v)
    return pd.Series(np.append(seen, complex(np.nan, np.nan))[nodes], index=net.bus.index)


def _write_branches(net: Any, plant: GridPlant, env: int, voltage: pd.Series[Any]) -> None:
    network, flows = plant.grid.network, plant.grid.flows
    kinds = np.array(network.branch_kind)
    for kind, ends in _ENDS.items():
        rows = np.flatnonzero(kinds == kind)
        table = net[kind]
        index = network.branch_element[rows]
        columns: dict[str, Any] = {}
        for end, power, current in zip(ends, (flows.s_from, flows.s_to), (flows.i_from_ka, flows.i_to_ka), strict=True):
            at = voltage.loc[table.loc[index, f"{end}_bus"]]
            columns[f"p_{end}_mw"] = power[rows, env].real
            columns[f"q_{end}_mvar"] = power[rows, env].imag
            columns[f"i_{end}_ka"] = current[rows, env]
            columns[f"vm_{end}_pu"] = _vm_pu(at)
            columns[f"va_{end}_degree"] = _va_deg(at)
        columns["pl_mw"] = (flows.s_from + flows.s_to)[rows, env].real
        columns["ql_mvar"] = (flows.s_from + flows.s_to)[rows, env].imag
        if kind == "line":
            columns["i_ka"] = np.maximum(columns["i_from_ka"], columns["i_to_ka"])
        columns["loading_percent"] = 100.0 * flows.loading[rows, env]
        net[f"res_{kind}"] = pd.DataFrame(columns, index=index).reindex(table.index)


def _write_shunts(net: Any, voltage: pd.Series[Any]) -> None:
    table = net.shunt
    at = _vm_pu(voltage.loc[table.bus])
    rated = (table.vn_kv.to_numpy() / net.bus.vn_kv.loc[table.bus].to_numpy()) ** 2
    share = np.where(table.in_service, table.step.to_numpy() * at**2 / rated, 0.0)
    net.res_shunt = pd.DataFrame(
        {"p_mw": table.p_mw.to_numpy() * share, "q_mvar": table.q_mvar.to_numpy() * share, "vm_pu": at},
        index=table.index,
    )


def _write_injections(net: Any, voltage: pd.Series[Any]) -> None:
    for family in _FAMILIES:
        table = net[family]
        at = _vm_pu(voltage.loc[table.bus])
        live = table.in_service.to_numpy() & np.isfinite(at)
        columns = {}
        for name, letter in (("p_mw", "p"), ("q_mvar", "q")):
            power = (table[name] * table.scaling).to_numpy()
            if family == "load":
                current, impedance = (table[f"const_{model}_{letter}_percent"].to_numpy() / 100.0 for model in "iz")
                power = power * (1.0 - current - impedance + current * at + impedance * at**2)
            columns[name] = np.where(live, power, 0.0)
        net[f"res_{family}"] = pd.DataFrame(columns, index=table.index)


def _write_generators(net: Any, plant: GridPlant, env: int, voltage: pd.Series[Any]) -> None:
    grid, table = plant.grid, net.gen
    at = voltage.loc[table.bus]
    live = table.in_service.to_numpy() & np.isfinite(_vm_pu(at))
    nodes = np.array([grid.network.node_of_bus.get(bus, -1) for bus in table.bus])
    q_mvar = np.zeros(len(table))
    for node, held_mvar in zip(grid.network.pv_nodes, grid.held_mvar[:, env], strict=True):
        # Several generators share it in proportions that a power flow does not tell.
        here = live & (nodes == node)
        q_mvar[here] = held_mvar / np.count_nonzero(here)
    given = live & ~table.slack.to_numpy(dtype=bool)
    columns = {
        "p_mw": np.where(given, table.p_mw * table.scaling, 0.0),
        "q_mvar": q_mvar,
        "va_degree": np.where(live, _va_deg(at), 0.0),
        "vm_pu": np.where(live, _vm_pu(at), 0.0),
    }
    net.res_gen = pd.DataFrame(columns, index=table.index)


def _write_sources(net: Any, plant: GridPlant, env: int) -> None:
    """Power of each slack node at its first external grid, or else at its first generator that is a slack."""
    network = plant.grid.network
    net.res_ext_grid = pd.DataFrame(0.0, index=net.ext_grid.index, columns=["p_mw", "q_mvar"])
    net.res_ext_grid[~net.ext_grid.in_service.to_numpy(dtype=bool)] = np.nan
    for node, fed_mva in zip(network.slack_nodes.tolist(), plant.grid.source_mva[:, env].tolist(), strict=True):
        power = from_pandapower("sgen", fed_mva)
        for family, table in (("ext_grid", net.ext_grid), ("gen", net.gen[net.gen.slack.astype(bool)])):
            buses = table.bus[table.in_service]
            here = [index for index, bus in buses.items() if network.node_of_bus.get(bus) == node]
            if here:
                # Several at one node share it in proportions that a power flow does not tell.
                net[f"res_{family}"].loc[here[0], ["p_mw", "q_mvar"]] = [power.real, power.imag]
                break


def _write_buses(net: Any, voltage: pd.Series[Any]) -> None:
    columns: dict[str, Any] = {"vm_pu": _vm_pu(voltage), "va_degree": _va_deg(voltage)}
    for name in ("p_mw", "q_mvar"):
        # pandapower counts what is drawn at a bus
        drawn = pd.Series(0.0, index=net.bus.index)
        for table, sign in _DRAWN.items():
            at_buses = (sign * net[f"res_{table}"][name]).groupby(net[table].bus).sum()
            drawn = drawn.add(at_buses, fill_value=0.0)
        columns[name] = drawn.to_numpy()
    net.res_bus = pd.DataFrame(columns, index=net.bus.index)


def _vm_pu(voltage: pd.Series[Any]) -> NDArray[np.float64]:
    vm_pu: NDArray[np.float64] = np.abs(voltage.to_numpy())
    return vm_pu


def _va_deg(voltage: pd.Series[Any]) -> NDArray[np.float64]:
    va_deg: NDArray[np.float64] = np.angle(voltage.to_numpy(), deg=True)
    return va_deg

"""Export: one environment as a pandapower net."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from powergrid.conventions import from_pandapower, to_pandapower
from powergrid.plant.grid_plant import GridPlant

_FAMILIES = ("sgen", "storage", "load")


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
        ``sgen``, ``storage`` and ``load`` hold the powers of the last power flow; ``res_bus``,
        ``res_line``, ``res_trafo`` and ``res_ext_grid`` its results, in pandapower's units and signs.
    """
    exported = copy.deepcopy(net)
    _write_loads(exported, plant, env)
    _write_devices(exported, plant, env)
    _write_results(exported, plant, env)
    return exported


def _write_devices(net: Any, plant: GridPlant, env: int) -> None:
    for bank in plant.fleet.banks:
        for position, name in enumerate(bank.names):
            for family in _FAMILIES:
                table = net[family]
                index = table.index[table.name == name]
                if len(index):
                    table.loc[index, "p_mw"] = to_pandapower(family, float(bank.p_mw[position, env]))
                    table.loc[index, "q_mvar"] = to_pandapower(family, float(bank.q_mvar[position, env]))


def _write_loads(net: Any, plant: GridPlant, env: int) -> None:
    loads = plant.grid.loads
    scale = plant.load_scale()[plant.grid.load_area, env]
    factors = dict(zip(loads.names, scale.tolist(), strict=True))
    factor = np.array([factors.get(name, 1.0) for name in net.load.name])
    net.load["p_mw"] = net.load.p_mw * factor
    net.load["q_mvar"] = net.load.q_mvar * factor


def _write_results(net: Any, plant: GridPlant, env: int) -> None:
    pandas = type(net.bus)
    network, v, flows = plant.grid.network, plant.grid.v[:, env], plant.grid.flows
    supplied = [bus for bus in net.bus.index if bus in network.node_of_bus]
    nodes = [network.node_of_bus[bus] for bus in supplied]
    net.res_bus = pandas(
        {"vm_pu": np.abs(v[nodes]), "va_degree": np.rad2deg(np.angle(v[nodes]))}, index=supplied
    ).reindex(net.bus.index)
    for kind, ends in (("line", ("from", "to")), ("trafo", ("hv", "lv"))):
        chosen = [i for i, one in enumerate(network.branch_kind) if one == kind]
        elements = [int(network.branch_element[i]) for i in chosen]
        columns = {
            f"p_{ends[0]}_mw": flows.s_from[chosen, env].real,
            f"q_{ends[0]}_mvar": flows.s_from[chosen, env].imag,
            f"p_{ends[1]}_mw": flows.s_to[chosen, env].real,
            f"q_{ends[1]}_mvar": flows.s_to[chosen, env].imag,
            f"i_{ends[0]}_ka": flows.i_from_ka[chosen, env],
            f"i_{ends[1]}_ka": flows.i_to_ka[chosen, env],
            "loading_percent": 100.0 * flows.loading[chosen, env],
        }
        net[f"res_{kind}"] = pandas(columns, index=elements).reindex(net[kind].index)
    slack = plant.grid.slack_mva()[env]
    columns = {"p_mw": [from_pandapower("sgen", slack.real)], "q_mvar": [from_pandapower("sgen", slack.imag)]}
    net.res_ext_grid = pandas(columns, index=net.ext_grid.index[:1])

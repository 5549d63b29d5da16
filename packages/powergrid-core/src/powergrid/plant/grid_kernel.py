"""Compiled loops of the wires: what is injected, what each area takes, and what is watched.

Each works on the environments from ``first`` up to but not including ``stop`` and touches no others, so that blocks of
environments can be done side by side. Sums go over devices, loads, nodes and branches in the order in which they stand.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heron.types import FloatArray, IndexArray
from powergrid.powerflow.jit import njit

_ComplexArray = NDArray[np.complex128]


@njit
def outside_band_pu(vm_pu: float, v_min_pu: float, v_max_pu: float) -> float:
    """How far a voltage is outside its band; 0 inside. [pu]"""
    return max(max(vm_pu - v_max_pu, v_min_pu - vm_pu), 0.0)


@njit
def above_rating(loading: float) -> float:
    """How far a loading is above one; 0 below. [1]"""
    return max(loading - 1.0, 0.0)


@njit
def _subtract_loads(
    first: int,
    stop: int,
    load_place: IndexArray,
    load_power: _ComplexArray,
    load_scale: FloatArray,
    at_nodes: _ComplexArray,
) -> None:
    """Take what loads of one sort draw off what is injected; parameters as `inject`."""
    for load in range(len(load_place)):
        node, area = load_place[load, 0], load_place[load, 1]
        p, q = load_power[load].real, load_power[load].imag
        for env in range(first, stop):
            scale = load_scale[area, env]
            at_nodes[node, env] -= complex(p * scale, q * scale)


@njit
def inject(
    first: int,
    stop: int,
    fixed: _ComplexArray,
    load_place: IndexArray,
    load_power: _ComplexArray,
    load_scale: FloatArray,
    device_place: IndexArray,
    p_mw: FloatArray,
    q_mvar: FloatArray,
    at_nodes: _ComplexArray,
    in_areas: _ComplexArray,
) -> None:
    """Fill what is injected whatever the voltage, at each node, and what devices give in each area.

    Parameters
    ----------
    fixed : (n_node,)
        Of elements that never change. [MVA]
    load_place : (n_load, 2)
        Node and area of each load.
    load_power : (n_load,)
        Its nominal consumption. [MVA]
    load_scale : (n_area, n_env)
        Factor on it. [1]
    device_place : (n_dev, 2)
        Node and area of each device.
    p_mw, q_mvar : (n_dev, n_env)
        Its power, positive into the grid. [MW, Mvar]
    at_nodes : (n_node, n_env)
        Written. [MVA]
    in_areas : (n_area, n_env)
        Written: devices only. [MVA]
    """
    for node in range(len(fixed)):
        for env in range(first, stop):
            at_nodes[node, env] = fixed[node]
    for area in range(len(in_areas)):
        for env in range(first, stop):
            in_areas[area, env] = 0.0
    for device in range(len(device_place)):
        node, area = device_place[device, 0], device_place[device, 1]
        for env in range(first, stop):
            power = complex(p_mw[device, env], q_mvar[device, env])
            at_nodes[node, env] += power
            in_areas[area, env] += power
    _subtract_loads(first, stop, load_place, load_power, load_scale, at_nodes)


@njit
def inject_loads(
    first: int,
    stop: int,
    load_place: IndexArray,
    load_power: _ComplexArray,
    load_scale: FloatArray,
    at_nodes: _ComplexArray,
) -> None:
    """Fill what loads of one sort inject at 1 pu; parameters as `inject`."""
    for node in range(len(at_nodes)):
        for env in range(first, stop):
            at_nodes[node, env] = 0.0
    _subtract_loads(first, stop, load_place, load_power, load_scale, at_nodes)


@njit
def draw(
    first: int,
    stop: int,
    load_place: IndexArray,
    load_power: _ComplexArray,
    load_scale: FloatArray,
    vm_pu: FloatArray,
    exponent: int,
    drawn: _ComplexArray,
) -> None:
    """Add what loads of one sort draw in each area.

    Parameters
    ----------
    load_place, load_power, load_scale
        As in `inject`.
    vm_pu : (n_node, n_env)
        Voltage magnitudes. [pu]
    exponent
        0, 1 or 2: power of the voltage that the load follows.
    drawn : (n_area, n_env)
        Added to. [MVA]
    """
    for load in range(len(load_place)):
        node, area = load_place[load, 0], load_place[load, 1]
        p, q = load_power[load].real, load_power[load].imag
        for env in range(first, stop):
            vm = vm_pu[node, env]
            # a node without supply has no voltage, and nothing is drawn there
            constant = 1.0 if vm > 0.0 else 0.0
            factor = load_scale[area, env] * (constant if exponent == 0 else vm if exponent == 1 else vm * vm)
            drawn[area, env] += complex(p * factor, q * factor)


@njit
def square(first: int, stop: int, v: _ComplexArray, squares: FloatArray) -> None:
    """Fill the squares of the magnitudes of voltages, ``(n_node, n_env)`` both. [pu, pu²]"""
    for node in range(len(v)):
        for env in range(first, stop):
            real, imag = v[node, env].real, v[node, env].imag
            squares[node, env] = real * real + imag * imag


@njit
def watch_nodes(
    first: int,
    stop: int,
    members: IndexArray,
    empty: NDArray[np.bool_],
    v_min_pu: float,
    v_max_pu: float,
    vm_pu: FloatArray,
    lowest_pu: FloatArray,
    highest_pu: FloatArray,
    outside_pu: FloatArray,
) -> None:
    """Fill the extremes of the voltage in each area, and how far its voltages are outside the band together.

    Parameters
    ----------
    members : (n_member, 2)
        Node and area of each membership.
    empty : (n_area,)
        Areas without any; 1 pu is shown for them.
    v_min_pu, v_max_pu
        The band. [pu]
    vm_pu : (n_node, n_env)
        Voltage magnitudes. [pu]
    lowest_pu, highest_pu, outside_pu : (n_area, n_env)
        Written. [pu]
    """
    for area in range(len(empty)):
        low, high = (1.0, 1.0) if empty[area] else (np.inf, -np.inf)
        for env in range(first, stop):
            lowest_pu[area, env] = low
            highest_pu[area, env] = high
            outside_pu[area, env] = 0.0
    for member in range(len(members)):
        node, area = members[member, 0], members[member, 1]
        for env in range(first, stop):
            vm = vm_pu[node, env]
            lowest_pu[area, env] = min(lowest_pu[area, env], vm)
            highest_pu[area, env] = max(highest_pu[area, env], vm)
            outside_pu[area, env] += outside_band_pu(vm, v_min_pu, v_max_pu)


@njit
def watch_branches(
    first: int,
    stop: int,
    members: IndexArray,
    loading: FloatArray,
    highest: FloatArray,
    above: FloatArray,
) -> None:
    """Fill each area's highest loading, and how far its lines and its transformers are above their ratings together.

    Parameters
    ----------
    members : (n_member, 3)
        Branch, area and sort of each membership: 0 line, 1 transformer, 2 neither.
    loading : (n_branch, n_env)
        Current over rating. [1]
    highest : (n_area, n_env)
        Written; 0 for an area without branches. [1]
    above : (3, n_area, n_env)
        Written, a layer for each sort. [1]
    """
    for area in range(len(highest)):
        for env in range(first, stop):
            highest[area, env] = 0.0
            for sort in range(len(above)):
                above[sort, area, env] = 0.0
    for member in range(len(members)):
        branch, area, sort = members[member, 0], members[member, 1], members[member, 2]
        for env in range(first, stop):
            value = loading[branch, env]
            highest[area, env] = max(highest[area, env], value)
            above[sort, area, env] += above_rating(value)


@njit
def share_out(
    first: int,
    stop: int,
    slack_nodes: IndexArray,
    slack_area: int,
    fed: IndexArray,
    source: _ComplexArray,
    at_nodes: _ComplexArray,
    in_areas: _ComplexArray,
    feeding: _ComplexArray,
    drawn: _ComplexArray,
    slack: _ComplexArray,
    import_mw: FloatArray,
    shown_slack: FloatArray,
    shown_p_mw: FloatArray,
    shown_q_mvar: FloatArray,
) -> None:
    """Fill the slack's power and what each area takes from the others and from the slack.

    Parameters
    ----------
    slack_nodes : (n_slack,)
        Nodes whose voltage is given.
    slack_area
        Area that has them, and takes what is left.
    fed : (n_area,)
        Place of the area's feeding transformer in `feeding`; -1 where it has none.
    source : (n_slack, n_env)
        What flows from the slack nodes into the network. [MVA]
    at_nodes : (n_node, n_env)
        What was injected. [MVA]
    in_areas : (n_area, n_env)
        What devices gave. [MVA]
    feeding : (n_fed, n_env)
        What flows into the feeding transformers. [MVA]
    drawn : (n_area, n_env)
        What the network's own elements drew. [MVA]
    slack : (n_env,)
        Written. [MVA]
    import_mw : (n_area, n_env)
        Written; the sum over areas is the slack's power. [MW]
    shown_slack : (2, n_env)
        Written: the slack's active and reactive power. [MW, Mvar]
    shown_p_mw, shown_q_mvar : (n_area, n_env)
        Written: what each area takes; for that of the slack all that the slack gives. [MW, Mvar]
    """
    for env in range(first, stop):
        slack[env] = 0.0
    for k in range(len(slack_nodes)):
        for env in range(first, stop):
            slack[env] += source[k, env] - at_nodes[slack_nodes[k], env]
    for env in range(first, stop):
        shown_slack[0, env], shown_slack[1, env] = slack[env].real, slack[env].imag
        import_mw[slack_area, env] = slack[env].real
    for area in range(len(import_mw)):
        place = fed[area]
        for env in range(first, stop):
            taken = feeding[place, env] if place >= 0 else drawn[area, env] - in_areas[area, env]
            if area == slack_area:
                taken = slack[env]
            else:
                import_mw[area, env] = taken.real
                import_mw[slack_area, env] -= taken.real
            shown_p_mw[area, env] = taken.real
            shown_q_mvar[area, env] = taken.imag

"""Start values for pandapower's Newton: the voltages a net would have without any load.

From a flat start Newton does not converge on a feeder whose regulators raise the voltage by a tenth.
"""

from __future__ import annotations

from collections import deque
from typing import TypeAlias

import numpy as np
import pandapower as pp
import pandas as pd
from numpy.typing import NDArray
from pandapower.auxiliary import pandapowerNet

ComplexArray: TypeAlias = NDArray[np.complex128]
_Neighbours: TypeAlias = dict[int, list[tuple[int, complex]]]

ZIP_MAX_ITERATIONS = 100
"""Newton steps allowed when loads depend on voltage: pandapower leaves their slope out of its Jacobian, so it needs
17 for IEEE 34 where constant power needs 4, and gives up at 10 by default."""


def set_start_values(net: pandapowerNet) -> None:
    """Give a net the start values that make plain ``pandapower.runpp(net)`` converge.

    Every bus starts at the slack voltage times the tap ratios on the way to it, turned by the vector groups passed.
    The values fit only the buses present: call this again after ``create_bus`` or ``merge_nets``, where pandapower
    otherwise raises ``ValueError: could not broadcast input array``. The helpers of this package do so themselves.

    Parameters
    ----------
    net
        Its ``user_pf_options`` get ``init_vm_pu`` [pu] and ``init_va_degree`` [deg], and ``max_iteration`` where loads
        depend on voltage; other options stay. Buses that no external grid feeds start at 1 pu.
    """
    turns = _no_load_turns(net)
    start = np.array([turns.get(bus, 1.0 + 0.0j) for bus in net.bus.index], dtype=np.complex128)
    # Lists, not arrays: with three-winding transformers pandapower compares them with a string.
    pp.set_user_pf_options(net, init_vm_pu=np.abs(start).tolist(), init_va_degree=np.angle(start, deg=True).tolist())
    if has_voltage_dependent_loads(net):
        pp.set_user_pf_options(net, max_iteration=ZIP_MAX_ITERATIONS)


def has_voltage_dependent_loads(net: pandapowerNet) -> bool:
    """Whether any load has a share of constant current or impedance."""
    shares = net.load[["const_z_p_percent", "const_i_p_percent", "const_z_q_percent", "const_i_q_percent"]]
    return bool((shares.to_numpy(dtype=float) != 0.0).any())


def _no_load_turns(net: pandapowerNet) -> dict[int, complex]:
    neighbours = _neighbours(net)
    turns: dict[int, complex] = {}
    sources = net.ext_grid[net.ext_grid.in_service]
    for bus, voltage in zip(sources.bus.tolist(), sources.vm_pu * _turns(-sources.va_degree), strict=True):
        turns.setdefault(bus, voltage)
    queue = deque(turns)
    while queue:
        near = queue.popleft()
        for far, ratio in neighbours.get(near, []):
            if far not in turns:
                turns[far] = turns[near] * ratio
                queue.append(far)
    return turns


def _neighbours(net: pandapowerNet) -> _Neighbours:
    opened = net.switch[~net.switch.closed.to_numpy(dtype=bool)]
    neighbours: _Neighbours = {}
    line = net.line[net.line.in_service & ~net.line.index.isin(opened.element[opened.et == "l"])]
    _join(neighbours, line.from_bus, line.to_bus)
    switch = net.switch[(net.switch.et == "b") & net.switch.closed]
    _join(neighbours, switch.bus, switch.element)
    impedance = net.impedance[net.impedance.in_service]
    _join(neighbours, impedance.from_bus, impedance.to_bus)
    trafo = net.trafo[net.trafo.in_service & ~net.trafo.index.isin(opened.element[opened.et == "t"])]
    _join(neighbours, trafo.hv_bus, trafo.lv_bus, _turns_ratios(net, trafo))
    three = net.trafo3w[net.trafo3w.in_service]
    _join(neighbours, three.hv_bus, three.mv_bus, _turns(three.shift_mv_degree))
    _join(neighbours, three.hv_bus, three.lv_bus, _turns(three.shift_lv_degree))
    return neighbours


def _join(neighbours: _Neighbours, nears: pd.Series, fars: pd.Series, ratios: ComplexArray | None = None) -> None:
    turned = [1.0 + 0.0j] * len(nears) if ratios is None else ratios.tolist()
    for near, far, ratio in zip(nears.tolist(), fars.tolist(), turned, strict=True):
        neighbours.setdefault(near, []).append((far, ratio))
        neighbours.setdefault(far, []).append((near, 1.0 / ratio))


def _turns_ratios(net: pandapowerNet, trafo: pd.DataFrame) -> ComplexArray:
    """Per-unit voltage behind unloaded transformers over the voltage before them."""
    vn_kv = net.bus.vn_kv
    base_hv_kv, base_lv_kv = vn_kv.loc[trafo.hv_bus].to_numpy(), vn_kv.loc[trafo.lv_bus].to_numpy()
    ratio = (trafo.vn_lv_kv.to_numpy() / base_lv_kv) / (trafo.vn_hv_kv.to_numpy() / base_hv_kv)
    position, neutral, step_percent = (
        trafo[column].to_numpy(dtype=float) for column in ("tap_pos", "tap_neutral", "tap_step_percent")
    )
    step = (position - neutral) * step_percent / 100.0
    step = np.where(np.isfinite(step), step, 0.0)
    at_low_side = (trafo.tap_side == "lv").to_numpy()
    magnitude = np.where(at_low_side, ratio * (1.0 + step), ratio / (1.0 + step))
    ratios: ComplexArray = magnitude * _turns(trafo.shift_degree)
    return ratios


def _turns(shift_degree: pd.Series) -> ComplexArray:
    turns: ComplexArray = np.exp(-1j * np.deg2rad(shift_degree.to_numpy(dtype=float)))
    return turns

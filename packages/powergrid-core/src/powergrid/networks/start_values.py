"""Start values for pandapower's Newton: the voltages a net would have without any load.

From a flat start Newton does not converge on a feeder whose regulators raise the voltage by a tenth.
"""

from __future__ import annotations

from collections import deque
from typing import TypeAlias

import numpy as np
import pandapower as pp
from pandapower.auxiliary import pandapowerNet

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
    for source in net.ext_grid[net.ext_grid.in_service].itertuples():
        turns.setdefault(int(source.bus), source.vm_pu * np.exp(1j * np.deg2rad(source.va_degree)))
    queue = deque(turns)
    while queue:
        near = queue.popleft()
        for far, ratio in neighbours.get(near, []):
            if far not in turns:
                turns[far] = turns[near] * ratio
                queue.append(far)
    return turns


def _neighbours(net: pandapowerNet) -> _Neighbours:
    opened = net.switch[~net.switch.closed]
    open_lines = set(opened.element[opened.et == "l"])
    open_trafos = set(opened.element[opened.et == "t"])
    neighbours: _Neighbours = {}
    for line in net.line[net.line.in_service & ~net.line.index.isin(open_lines)].itertuples():
        _join(neighbours, int(line.from_bus), int(line.to_bus))
    for switch in net.switch[(net.switch.et == "b") & net.switch.closed].itertuples():
        _join(neighbours, int(switch.bus), int(switch.element))
    for impedance in net.impedance[net.impedance.in_service].itertuples():
        _join(neighbours, int(impedance.from_bus), int(impedance.to_bus))
    for index in net.trafo.index[net.trafo.in_service & ~net.trafo.index.isin(open_trafos)]:
        trafo = net.trafo.loc[index]
        _join(neighbours, int(trafo.hv_bus), int(trafo.lv_bus), _turns_ratio(net, index))
    for trafo in net.trafo3w[net.trafo3w.in_service].itertuples():
        _join(neighbours, int(trafo.hv_bus), int(trafo.mv_bus), _turn(trafo.shift_mv_degree))
        _join(neighbours, int(trafo.hv_bus), int(trafo.lv_bus), _turn(trafo.shift_lv_degree))
    return neighbours


def _join(neighbours: _Neighbours, near: int, far: int, ratio: complex = 1.0 + 0.0j) -> None:
    neighbours.setdefault(near, []).append((far, ratio))
    neighbours.setdefault(far, []).append((near, 1.0 / ratio))


def _turns_ratio(net: pandapowerNet, index: int) -> complex:
    """Per-unit voltage behind an unloaded transformer over the voltage before it."""
    trafo = net.trafo.loc[index]
    base_hv_kv, base_lv_kv = net.bus.vn_kv.at[trafo.hv_bus], net.bus.vn_kv.at[trafo.lv_bus]
    ratio = (trafo.vn_lv_kv / base_lv_kv) / (trafo.vn_hv_kv / base_hv_kv)
    step = (trafo.tap_pos - trafo.tap_neutral) * trafo.tap_step_percent / 100.0
    if np.isfinite(step):
        ratio = ratio * (1.0 + step) if trafo.tap_side == "lv" else ratio / (1.0 + step)
    return complex(ratio * _turn(trafo.shift_degree))


def _turn(shift_degree: float) -> complex:
    return complex(np.exp(-1j * np.deg2rad(shift_degree)))

"""Capacitors that are switched in steps."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pandapower as pp
import pytest

from powergrid.errors import NetworkError, PowerFlowError
from powergrid.powerflow import CompiledNetwork, FixedPointSolver, compile_network, switched_shunts


def bank(two_buses: Callable[..., Any], **settings: Any) -> Any:
    net = two_buses(r_pu=0.0, x_pu=0.1)
    pp.create_shunt(net, 1, **({"q_mvar": -0.2, "step": 1, "max_step": 3, "name": "bank"} | settings))
    return net


def test_a_step_raises_the_voltage_as_its_admittance_says(two_buses: Callable[..., Any]) -> None:
    net = bank(two_buses)
    network = compile_network(net)
    shunts = switched_shunts(net, network)
    s = np.zeros((2, 4), dtype=np.complex128)
    v = FixedPointSolver(network).solve(s, s_impedance=shunts.s_impedance(np.array([[0, 1, 2, 3]]))).v[1]
    # v = 1 / (1 - x b) with x = 0.1 and b = 0.2 per step
    np.testing.assert_allclose(np.abs(v), 1.0 / (1.0 - 0.1 * 0.2 * np.arange(4)), atol=1e-10)


def test_a_rated_voltage_of_its_own_scales_a_step(two_buses: Callable[..., Any]) -> None:
    net = bank(two_buses, vn_kv=20.0)
    # half the rated voltage, a quarter of the power
    assert switched_shunts(net, compile_network(net)).step_mva[0] == pytest.approx(0.05j)


def test_steps_are_those_of_a_net_compiled_with_them(
    fused_net: Any, fused_network: CompiledNetwork, fused_loads: np.ndarray, varied: Callable[..., np.ndarray]
) -> None:
    net = copy.deepcopy(fused_net)
    net.shunt["max_step"] = 4
    shunts = switched_shunts(net, fused_network)
    steps = np.random.default_rng(7).integers(0, 5, (len(shunts), 5))
    s = varied(fused_loads, 5)
    ours = FixedPointSolver(fused_network).solve(s, s_impedance=shunts.s_impedance(steps))
    for env in range(5):
        net.shunt["step"] = steps[:, env]
        there = FixedPointSolver(compile_network(net)).solve(s[:, [env]])
        np.testing.assert_allclose(ours.v[:, [env]], there.v, rtol=0.0, atol=1e-9)


def test_steps_that_do_not_exist_are_refused(two_buses: Callable[..., Any]) -> None:
    net = bank(two_buses)
    shunts = switched_shunts(net, compile_network(net))
    for wrong in (4, -1, 0.5, np.nan):
        with pytest.raises(PowerFlowError, match="Shunt 'bank' cannot have .* steps: it has 0 to 3"):
            shunts.s_impedance(np.array([[1, wrong]]))
    with pytest.raises(PowerFlowError, match=r"'steps' has shape \(2, 1\); there are 1 shunts"):
        shunts.s_impedance(np.zeros((2, 1)))


def test_shunts_are_found_by_name(two_buses: Callable[..., Any]) -> None:
    net = bank(two_buses)
    shunts = switched_shunts(net, compile_network(net))
    assert shunts.index("bank") == 0
    with pytest.raises(NetworkError, match="No shunt in service is called 'bnak'"):
        shunts.index("bnak")

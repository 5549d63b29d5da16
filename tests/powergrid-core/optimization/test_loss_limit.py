"""The greatest losses worth causing, by hand and beside power flows."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandapower as pp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powergrid.optimization import LossIncentive, branches_behind, loss_limit_mw
from powergrid.powerflow.branch_flows import FlowMeter
from powergrid.powerflow.compilation import compile_network
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.fixed_point import FixedPointSolver

FREE = LossIncentive(loss_usd_per_mw=50.0)
PUNISHED = replace(FREE, voltage_usd_per_pu=300.0, overload_usd=300.0)


@lru_cache
def chain(*, max_i_ka: float = 0.1, loop: bool = False) -> CompiledNetwork:
    """Slack, middle and end at 10 kV, 1 km of 1 + 1j ohm between them: 0.01 + 0.01j pu each on 1 MVA."""
    net = pp.create_empty_network(sn_mva=1.0)
    buses = [pp.create_bus(net, 10.0, name=f"b{i}") for i in range(3)]
    pp.create_ext_grid(net, buses[0])
    pairs = [(0, 1), (1, 2), (0, 2)] if loop else [(0, 1), (1, 2)]
    for number, (one, other) in enumerate(pairs):
        pp.create_line_from_parameters(
            net, buses[one], buses[other], 1.0, 1.0, 1.0, 0.0, max_i_ka, name=f"line{number}"
        )
    return compile_network(net)


def test_losses_of_a_chain_by_hand() -> None:
    # 0.1 MVA at the end, 0.2 in the middle, no penalty, so 0.5 pu. Line 1 carries 0.1: 0.01 x (0.1 / 0.5)^2 = 4e-4.
    # Its own losses are at most |z| I^2 = 0.014142 x 0.04 = 5.657e-4, so line 0 carries 0.3005657:
    # 0.01 x (0.3005657 / 0.5)^2 = 0.0036136. Rating 0.1 kA is 1.732 pu and does not bind.
    found = loss_limit_mw(chain(), np.array([0, 1]), np.array([0.0, 0.2, 0.1]), FREE)
    assert found == pytest.approx(4.0e-4 + 0.01 * (0.30056569 / 0.5) ** 2, rel=1e-6)


def test_a_penalty_on_voltage_keeps_it_in_the_band() -> None:
    # Steepest gain of line 1: 2 x 0.01 x 0.1^2 / 0.5^3 x 50 = 0.08 USD/pu, below 300, so 0.95 pu
    found = loss_limit_mw(chain(), np.array([1]), np.array([0.0, 0.2, 0.1]), PUNISHED)
    assert found == pytest.approx(0.01 * (0.1 / 0.95) ** 2, rel=1e-6)


def test_a_penalty_that_is_too_small_does_not() -> None:
    small = replace(FREE, voltage_usd_per_pu=0.07)
    found = loss_limit_mw(chain(), np.array([1]), np.array([0.0, 0.2, 0.1]), small)
    assert found == pytest.approx(0.01 * (0.1 / 0.5) ** 2, rel=1e-6)


def test_a_rating_limits_where_overloading_does_not_pay() -> None:
    # 0.003 kA is 0.003 / (1 / (sqrt(3) x 10)) = 0.051962 pu; 0.1 MVA at 0.95 pu would be 0.105 pu
    network = chain(max_i_ka=0.003)
    found = loss_limit_mw(network, np.array([1]), np.array([0.0, 0.2, 0.1]), PUNISHED)
    assert found == pytest.approx(0.01 * 0.0519615**2, rel=1e-5)
    cheap = replace(PUNISHED, overload_usd=1e-6)
    assert loss_limit_mw(network, np.array([1]), np.array([0.0, 0.2, 0.1]), cheap) == pytest.approx(
        0.01 * (0.1 / 0.95) ** 2, rel=1e-6
    )


def test_in_a_loop_every_branch_may_carry_everything() -> None:
    found = loss_limit_mw(chain(loop=True), np.array([2]), np.array([0.0, 0.2, 0.1]), PUNISHED)
    assert found == pytest.approx(0.01 * (0.3 / 0.95) ** 2, rel=1e-6)


def test_no_branches_lose_nothing() -> None:
    assert loss_limit_mw(chain(), np.zeros(0, dtype=np.intp), np.array([0.0, 0.2, 0.1]), FREE) == 0.0


def test_behind_a_branch_is_what_it_alone_supplies() -> None:
    assert branches_behind(chain(), 0).tolist() == [0, 1]
    assert branches_behind(chain(), 1).tolist() == [1]
    assert branches_behind(chain(loop=True), 0).tolist() == [0]


@lru_cache
def solver() -> FixedPointSolver:
    return FixedPointSolver(chain(max_i_ka=10.0))


@settings(max_examples=60)
@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=2), st.lists(st.floats(-3.14, 3.14), min_size=2, max_size=2))
def test_no_power_flow_in_the_band_loses_more(sizes: list[float], angles: list[float]) -> None:
    network = chain(max_i_ka=10.0)
    s = np.zeros((3, 1), dtype=np.complex128)
    s[1:, 0] = np.array(sizes) * np.exp(1j * np.array(angles))
    result = solver().solve(s)
    if result.status[0] != 0 or np.abs(result.v).min() < 0.95:
        return
    flows = FlowMeter(network).flows(result.v)
    lost = float((flows.s_from + flows.s_to).real.sum())
    assert lost <= loss_limit_mw(network, np.array([0, 1]), np.array([0.0, *sizes]), PUNISHED) + 1e-9


def test_a_transformer_and_its_iron_count() -> None:
    # 0.1 MVA, 10 to 0.4 kV, 2 % resistance on its rating: 0.2 pu on 1 MVA; iron 1 kW at 1 pu, 1.1025 kW at 1.05 pu.
    # 0.05 MVA at 0.95 pu: 0.2 x (0.05 / 0.95)^2 = 0.000554; half of the iron is seen at either end.
    net = pp.create_empty_network(sn_mva=1.0)
    high, low = pp.create_bus(net, 10.0), pp.create_bus(net, 0.4)
    pp.create_ext_grid(net, high)
    pp.create_transformer_from_parameters(net, high, low, 0.1, 10.0, 0.4, 2.0, 4.0, 1.0, 1.0)
    network = compile_network(net)
    found = loss_limit_mw(network, np.array([0]), np.array([0.0, 0.05]), PUNISHED)
    copper_and_iron = 0.2 * (0.05 / 0.95) ** 2 + 0.001 * 1.05**2
    # reactive magnetisation adds a little to what the winding carries, by no more than a tenth
    assert copper_and_iron <= found <= 1.1 * copper_and_iron

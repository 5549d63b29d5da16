"""Flows through branches and out of sources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandapower as pp
import pytest

from powergrid.errors import PowerFlowError
from powergrid.powerflow import BranchFlows, FlowMeter, PandapowerSolver, branch_flows, compile_network, source_power

RESULTS = {"line": ("from", "to"), "trafo": ("hv", "lv")}


def test_flows_are_those_of_pandapowers_tables(any_net: Any, injections: Callable[..., np.ndarray]) -> None:
    network = compile_network(any_net)
    for table in ("sgen", "storage"):
        any_net[table]["in_service"] = False
    result = PandapowerSolver(any_net, network).solve(injections(any_net, network))
    flows = branch_flows(network, result.v)
    pp.runpp(any_net, tolerance_mva=1e-10)
    for row, (kind, element) in enumerate(zip(network.branch_kind, network.branch_element, strict=True)):
        theirs = any_net[f"res_{kind}"].loc[element]
        near, far = RESULTS[kind]
        s_near = complex(theirs[f"p_{near}_mw"], theirs[f"q_{near}_mvar"])
        s_far = complex(theirs[f"p_{far}_mw"], theirs[f"q_{far}_mvar"])
        assert flows.s_from[row, 0] == pytest.approx(s_near, abs=1e-8)
        assert flows.s_to[row, 0] == pytest.approx(s_far, abs=1e-8)
        assert flows.i_from_ka[row, 0] == pytest.approx(theirs[f"i_{near}_ka"], abs=1e-9)
        assert flows.i_to_ka[row, 0] == pytest.approx(theirs[f"i_{far}_ka"], abs=1e-9)
        assert flows.loading[row, 0] == pytest.approx(theirs.loading_percent / 100.0, abs=1e-7)


def test_a_line_carries_what_is_drawn_and_what_it_loses(two_buses: Callable[..., Any]) -> None:
    # 1 at one end, 0.9 at the other, 0.1 pu between: 1 pu of current = 1 MVA / (1.7320508 * 10 kV) = 0.057735 kA
    network = compile_network(two_buses())
    flows = branch_flows(network, np.array([[1.0], [0.9]], dtype=complex))
    assert flows.s_from[0, 0] == pytest.approx(1.0)
    assert flows.s_to[0, 0] == pytest.approx(-0.9)
    assert flows.i_from_ka[0, 0] == pytest.approx(0.0577350269)
    assert flows.loading[0, 0] == pytest.approx(0.577350269)
    assert source_power(network, np.array([[1.0], [0.9]], dtype=complex))[0, 0] == pytest.approx(1.0)


def test_the_external_grid_gives_what_pandapower_says(any_net: Any, injections: Callable[..., np.ndarray]) -> None:
    network = compile_network(any_net)
    for table in ("sgen", "storage"):
        any_net[table]["in_service"] = False
    s = injections(any_net, network)
    result = PandapowerSolver(any_net, network).solve(s)
    pp.runpp(any_net, tolerance_mva=1e-10)
    given = source_power(network, result.v)[:, 0] - s[network.slack_nodes, 0]
    theirs = any_net.res_ext_grid.p_mw + 1j * any_net.res_ext_grid.q_mvar
    assert np.sum(given) == pytest.approx(np.sum(theirs.to_numpy()), abs=1e-8)


def test_without_rating_or_voltage_nothing_is_nan(two_buses: Callable[..., Any]) -> None:
    net = two_buses()
    net.line["max_i_ka"] = 0.0
    network = compile_network(net)
    flows = branch_flows(network, np.zeros((2, 3), dtype=complex))
    for part in (flows.s_from, flows.s_to, flows.i_from_ka, flows.i_to_ka, flows.loading):
        np.testing.assert_array_equal(part, 0.0)
    loaded = branch_flows(network, np.array([[1.0], [0.9]], dtype=complex))
    assert loaded.loading[0, 0] == 0.0


def test_given_arrays_are_filled(two_buses: Callable[..., Any]) -> None:
    out = BranchFlows.allocate(1, 2)
    v = np.array([[1.0, 1.0], [0.9, 0.8]], dtype=complex)
    assert FlowMeter(compile_network(two_buses())).flows(v, out=out) is out
    assert out.s_to[0].real.tolist() == pytest.approx([-0.9, -1.6])


def test_the_wrong_shape_says_which(two_buses: Callable[..., Any]) -> None:
    network = compile_network(two_buses())
    with pytest.raises(PowerFlowError, match=r"'v' has shape \(3, 1\); this network asks for \(2, n_env\)"):
        branch_flows(network, np.zeros((3, 1), dtype=complex))
    with pytest.raises(PowerFlowError, match=r"'out' has shape \(1, 4\); the flows have \(1, 1\)"):
        branch_flows(network, np.zeros((2, 1), dtype=complex), out=BranchFlows.allocate(1, 4))

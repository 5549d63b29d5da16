"""The reference solver."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest
from pandapower.toolbox import nets_equal

from powergrid.errors import PowerFlowError
from powergrid.powerflow import FixedPointSolver, PandapowerSolver, PowerFlowStatus, compile_network


def test_it_solves_what_it_is_given_and_not_what_the_net_holds(two_buses: Callable[..., Any]) -> None:
    net = two_buses()
    pp.create_load(net, 1, 0.7)
    pp.create_sgen(net, 1, 0.2)
    pp.create_ward(net, 1, 0.1, 0.0, 0.0, 0.0)
    before = copy.deepcopy(net)
    result = PandapowerSolver(net, compile_network(net)).solve(np.array([[0.0], [-0.5]], dtype=complex))
    # (1 + sqrt(1 - 4 * 0.1 * 0.5)) / 2, as in the fixed point's tests
    assert result.v[1, 0] == pytest.approx(0.9472135955, abs=1e-10)
    assert result.mismatch_mva[0] < 1e-9
    assert nets_equal(before, net)


def test_no_solution_is_a_status(two_buses: Callable[..., Any]) -> None:
    net = two_buses()
    s = np.array([[0.0, 0.0, 0.0], [-3.0, np.nan, -0.5]], dtype=complex)
    result = PandapowerSolver(net, compile_network(net)).solve(s)
    expected = [PowerFlowStatus.MAX_ITERATIONS, PowerFlowStatus.DIVERGED, PowerFlowStatus.CONVERGED]
    assert result.status.tolist() == expected
    assert result.v[1, :2].tolist() == [1.0, 1.0]
    assert result.v[1, 2] == pytest.approx(0.9472135955, abs=1e-10)


def test_start_values_of_the_net_do_not_matter(two_buses: Callable[..., Any]) -> None:
    net = two_buses()
    pp.set_user_pf_options(net, init="dc", init_vm_pu=np.array([1.0, 0.2, 3.0]), algorithm="bfsw")
    result = PandapowerSolver(net, compile_network(net)).solve(np.array([[0.0], [-0.5]], dtype=complex))
    assert result.v[1, 0] == pytest.approx(0.9472135955, abs=1e-10)


def test_open_ends_and_fused_buses_keep_their_nodes() -> None:
    net = pn.mv_oberrhein()
    net.line["c_nf_per_km"] *= 5.0
    net.line.loc[net.line.index[3], "in_service"] = False
    network = compile_network(net)
    assert any(name.endswith("open end") for name in network.node_names)
    s = np.full((network.n_node, 1), -0.01 - 0.002j)
    ours, theirs = FixedPointSolver(network).solve(s), PandapowerSolver(net, network).solve(s)
    off = [name.endswith("open end") for name in network.node_names]
    # nothing can be connected to an open end, so only the others are comparable
    assert ours.converged.all()
    s[off] = 0.0
    ours, theirs = FixedPointSolver(network).solve(s), PandapowerSolver(net, network).solve(s)
    np.testing.assert_allclose(ours.v, theirs.v, rtol=0.0, atol=1e-9)


def test_constant_current_that_cancels_generation_is_solved(two_buses: Callable[..., Any]) -> None:
    # pandapower's own constant-current load shares its percentage with the generator at the bus
    network_net = two_buses(r_pu=0.05, x_pu=0.1)
    network = compile_network(network_net)
    s = np.array([[0.0], [0.4 + 0.1j]])
    current = np.array([[0.0], [-0.4 - 0.2j]])
    ours = FixedPointSolver(network).solve(s, s_current=current)
    theirs = PandapowerSolver(network_net, network).solve(s, s_current=current)
    np.testing.assert_allclose(ours.v, theirs.v, rtol=0.0, atol=1e-10)


def test_settings_must_be_positive(two_buses: Callable[..., Any]) -> None:
    net = two_buses()
    with pytest.raises(PowerFlowError, match="tolerance_mva is -1"):
        PandapowerSolver(net, compile_network(net), tolerance_mva=-1)

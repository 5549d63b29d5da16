"""From a pandapower net to nodes, admittances and branches."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandapower as pp
import pytest
from pandapower.toolbox import nets_equal

from powergrid.errors import NetworkError, UnknownBusError
from powergrid.powerflow import FixedPointSolver, compile_network


def test_the_admittance_matrix_is_the_one_pandapower_solves_with(any_net: Any) -> None:
    network = compile_network(any_net)
    pp.runpp(any_net)
    theirs = any_net._ppc["internal"]["Ybus"]
    assert abs(network.y - theirs).max() <= 1e-12 * abs(theirs).max()


def test_a_line_becomes_its_admittance_in_per_unit(two_buses: Callable[..., Any]) -> None:
    # 1 + j2 ohm on 100 ohm: y = 1 / (0.01 + 0.02j) = (0.01 - 0.02j) / 0.0005 = 20 - 40j
    network = compile_network(two_buses(r_pu=0.01, x_pu=0.02))
    np.testing.assert_allclose(network.y.toarray(), [[20 - 40j, -20 + 40j], [-20 + 40j, 20 - 40j]], rtol=1e-12)
    np.testing.assert_allclose([network.yff[0], network.yft[0]], [20 - 40j, -20 + 40j], rtol=1e-12)
    np.testing.assert_allclose([network.ytf[0], network.ytt[0]], [-20 + 40j, 20 - 40j], rtol=1e-12)


def test_branch_admittances_and_shunts_add_up_to_the_matrix(any_net: Any) -> None:
    network = compile_network(any_net)
    total = np.zeros((network.n_node, network.n_node), dtype=complex)
    for f, t, yff, yft, ytf, ytt in zip(
        network.from_node, network.to_node, network.yff, network.yft, network.ytf, network.ytt, strict=True
    ):
        total[[f, f, t, t], [f, t, f, t]] += [yff, yft, ytf, ytt]
    rest = network.y.toarray() - total
    np.testing.assert_allclose(rest - np.diag(np.diag(rest)), 0.0, atol=1e-9)
    shunts = any_net.shunt[any_net.shunt.in_service]
    nodes = [network.node(bus) for bus in shunts.bus]
    expected = np.zeros(network.n_node, dtype=complex)
    np.add.at(expected, nodes, shunts.step * (shunts.p_mw - 1j * shunts.q_mvar) / network.base_mva)
    np.testing.assert_allclose(np.diag(rest), expected, atol=1e-9)


def test_compiling_changes_nothing_in_the_net(fused_net: Any) -> None:
    before = copy.deepcopy(fused_net)
    compile_network(fused_net)
    assert nets_equal(before, fused_net)
    assert set(before.keys()) == set(fused_net.keys())


def test_a_net_whose_start_values_no_longer_fit_compiles(two_buses: Callable[..., Any]) -> None:
    net = two_buses()
    pp.set_user_pf_options(net, init_vm_pu=np.ones(5), init_va_degree=np.zeros(5))
    assert compile_network(net).n_node == 2


def test_what_elements_inject_does_not_matter(two_buses: Callable[..., Any]) -> None:
    net = two_buses()
    bare = compile_network(net)
    pp.create_load(net, 1, 0.3, 0.1, const_z_p_percent=100)
    pp.create_sgen(net, 1, 0.2)
    pp.create_storage(net, 1, 0.2, 1.0)
    assert abs(compile_network(net).y - bare.y).max() == 0.0


class TestNodes:
    def test_buses_joined_by_a_closed_switch_share_a_node(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        joined, apart = pp.create_buses(net, 2, vn_kv=10.0, name=["joined", "apart"])
        pp.create_switch(net, 1, joined, et="b")
        pp.create_switch(net, 1, apart, et="b", closed=False)
        network = compile_network(net)
        assert network.node(joined) == network.node(1)
        assert network.n_node == 2
        assert network.unsupplied_buses == (apart,)

    def test_the_first_bus_names_the_node(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        pp.create_switch(net, 1, pp.create_bus(net, vn_kv=10.0, name="joined"), et="b")
        network = compile_network(net)
        assert network.node_names[network.node(1)] == "end"

    def test_a_line_open_at_one_end_has_a_node_of_its_own(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        net.line["c_nf_per_km"] = 1e4
        pp.create_switch(net, 1, 0, et="l", closed=False)
        network = compile_network(net)
        assert network.n_node == 2
        assert network.node_names[network.to_node[0]] == "line open end"
        assert network.unsupplied_buses == (1,)

    def test_asking_for_a_bus_without_supply_says_so(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        lonely = pp.create_bus(net, vn_kv=10.0)
        net.bus.loc[1, "in_service"] = False
        network = compile_network(net)
        assert network.unsupplied_buses == (1, lonely)
        with pytest.raises(UnknownBusError, match=f"Bus {lonely} is out of service or not connected"):
            network.node(lonely)
        with pytest.raises(UnknownBusError, match="no bus 77"):
            network.node(77)

    def test_every_external_grid_keeps_its_voltage(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        pp.create_ext_grid(net, 1, vm_pu=1.02, va_degree=30.0)
        network = compile_network(net)
        # 1.02 at 30 degrees: 1.02 cos 30 = 0.88334591, 1.02 sin 30 = 0.51
        expected = {network.node(0): 1.0, network.node(1): 0.883345911860 + 0.51j}
        np.testing.assert_allclose(network.slack_voltage, [expected[node] for node in network.slack_nodes], rtol=1e-10)

    def test_angles_are_left_out_where_the_net_says_so(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        net.ext_grid["va_degree"] = 30.0
        pp.set_user_pf_options(net, calculate_voltage_angles=False)
        assert compile_network(net).slack_voltage[0] == 1.0


class TestBranches:
    def test_only_branches_in_service_are_there(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        pp.create_line_from_parameters(net, 0, 1, 1.0, 1.0, 1.0, 0.0, 0.1, name="spare", in_service=False)
        network = compile_network(net)
        assert network.branch_names == ("line",)
        assert network.branch_kind == ("line",)

    def test_ratings_are_those_of_the_loading_percent(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        net.line[["max_i_ka", "df", "parallel"]] = [[0.4, 0.8, 2]]
        low = pp.create_bus(net, vn_kv=0.4)
        pp.create_transformer_from_parameters(
            net, 1, low, 0.5, 10.0, 0.4, 1.0, 4.0, 0.0, 0.0, df=0.9, parallel=2, name="station"
        )
        network = compile_network(net)
        # line 0.4 x 0.8 x 2 = 0.64 kA; transformer 0.5 x 0.9 x 2 = 0.9 MVA / (1.7320508 x 10 kV) = 0.051961524 kA
        assert network.rating_from_ka.tolist() == pytest.approx([0.64, 0.051961524])
        assert network.rating_to_ka.tolist() == pytest.approx([0.64, 1.2990381])

    def test_a_switch_with_impedance_is_a_branch_and_an_impedance_too(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        far, farther = pp.create_buses(net, 2, vn_kv=10.0)
        pp.create_switch(net, 0, 0, et="l")
        switch = pp.create_switch(net, 1, far, et="b", z_ohm=0.1)
        impedance = pp.create_impedance(net, far, farther, 0.01, 0.02, 1.0, name="choke")
        network = compile_network(net)
        assert network.branch_kind == ("line", "impedance", "switch")
        assert network.branch_element.tolist() == [0, impedance, switch]
        assert network.branch_names == ("line", "choke", f"switch {switch}")
        assert network.rating_from_ka.tolist() == [0.1, 0.0, 0.0]

    def test_a_branch_is_found_by_name(self, two_buses: Callable[..., Any]) -> None:
        network = compile_network(two_buses())
        assert network.branch("line") == 0
        with pytest.raises(NetworkError, match=r"'lime'.*Did you mean 'line'"):
            network.branch("lime")

    def test_two_branches_of_one_name_are_an_error_to_ask_for(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        pp.create_line_from_parameters(net, 0, 1, 1.0, 1.0, 1.0, 0.0, 0.1, name="line")
        with pytest.raises(NetworkError, match="2 branches are called 'line': line 0, line 1"):
            compile_network(net).branch("line")

    def test_a_tap_turns_the_voltage_without_load(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        behind = pp.create_bus(net, vn_kv=10.0)
        pp.create_transformer_from_parameters(
            net, 1, behind, 5.0, 10.0, 10.0, 0.1, 1.0, 0.0, 0.0, tap_side="lv", tap_neutral=0, tap_pos=10,
            tap_step_percent=0.625, tap_changer_type="Ratio",
        )  # fmt: skip
        network = compile_network(net)
        # ten steps of 0.625 % on the low side: 1.0625
        assert FixedPointSolver(network).no_load_voltage[network.node(behind)] == pytest.approx(1.0625, abs=1e-12)

    @pytest.mark.parametrize("model", ["t", "pi"])
    def test_the_transformer_model_is_the_one_the_net_asks_for(self, two_buses: Callable[..., Any], model: str) -> None:
        net = two_buses(x_pu=0.1)
        low = pp.create_bus(net, vn_kv=0.4)
        pp.create_transformer_from_parameters(net, 1, low, 0.4, 10.0, 0.4, 1.0, 6.0, 2.0, 3.0)
        pp.set_user_pf_options(net, trafo_model=model)
        network = compile_network(net)
        pp.runpp(net)
        assert net._options["trafo_model"] == model
        assert abs(network.y - net._ppc["internal"]["Ybus"]).max() < 1e-12


class TestRefusals:
    def test_three_winding_transformers_are_named(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        buses = pp.create_buses(net, 3, vn_kv=[110.0, 20.0, 10.0])
        pp.create_transformer3w(net, *buses, "63/25/38 MVA 110/20/10 kV", name="big one")
        with pytest.raises(NetworkError, match=r"three-winding transformers \('big one'\).*two-winding"):
            compile_network(net)
        net.trafo3w["in_service"] = False
        assert compile_network(net).n_node == 2

    def test_limits_of_generators_are_named_where_the_net_asks_for_them(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        pp.set_user_pf_options(net, enforce_q_lims=True)
        assert compile_network(net).n_node == 2
        pp.create_gen(net, 1, 0.1, name="G7")
        with pytest.raises(NetworkError, match=r"reactive power has limits to keep.*set_user_pf_options"):
            compile_network(net)

    def test_a_generator_that_is_the_slack_is_a_source(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        net.ext_grid["in_service"] = False
        pp.create_gen(net, 0, 0.0, vm_pu=1.01, slack=True)
        assert compile_network(net).slack_voltage == pytest.approx([1.01])

    def test_a_net_without_a_source_is_refused(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        net.ext_grid["in_service"] = False
        with pytest.raises(NetworkError, match=r"cannot convert network 'pair'.*(reference|ext_grid|slack)"):
            compile_network(net)

    def test_a_line_without_impedance_is_refused(self, two_buses: Callable[..., Any]) -> None:
        with pytest.raises(NetworkError, match="cannot convert network 'pair'"):
            compile_network(two_buses(r_pu=0.0))

    def test_a_distributed_slack_is_refused(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        pp.set_user_pf_options(net, distributed_slack=True)
        with pytest.raises(NetworkError, match="a distributed slack"):
            compile_network(net)


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda network: pickle.loads(pickle.dumps(network))])  # noqa: S301
def test_a_copy_gives_the_same_solution(clone: Any, fused_network: Any, fused_loads: np.ndarray) -> None:
    first = FixedPointSolver(fused_network).solve(fused_loads)
    second = FixedPointSolver(clone(fused_network)).solve(fused_loads)
    assert first.v.tobytes() == second.v.tobytes()

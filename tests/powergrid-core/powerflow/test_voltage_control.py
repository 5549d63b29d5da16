"""Generators that hold a voltage: how they are compiled, what they inject, who may solve them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest

from powergrid.errors import NetworkError, PowerFlowError
from powergrid.powerflow import (
    FixedPointSolver,
    NewtonSolver,
    PandapowerSolver,
    compile_network,
    fixed_injections,
    make_solver,
    nominal_loads,
    register_solver,
    unregister_solver,
)
from powergrid.powerflow.voltage_control import start_voltage
from powergrid.testing import check_solver

pytestmark = pytest.mark.filterwarnings("ignore::heron.plugins.PluginWarning")


@pytest.fixture
def three(two_buses: Callable[..., Any]) -> Any:
    """Source, end and a far bus with two generators that hold 1.02 pu."""
    net = two_buses(r_pu=0.01, x_pu=0.1)
    far = pp.create_bus(net, 10.0, name="far")
    pp.create_line_from_parameters(net, 1, far, 1.0, 1.0, 10.0, c_nf_per_km=0.0, max_i_ka=0.1, name="second")
    pp.create_gen(net, far, 0.3, vm_pu=1.02, name="G7")
    pp.create_gen(net, far, 0.2, vm_pu=1.02, scaling=0.5)
    return net


class TestCompiled:
    def test_the_node_its_voltage_and_its_generators_are_there(self, three: Any) -> None:
        network = compile_network(three)
        assert network.pv_nodes.tolist() == [network.node(2)]
        assert network.pv_voltage_pu.tolist() == [1.02]
        assert network.pv_names == ("G7, gen 1",)
        assert network.n_pv == 1

    def test_generators_out_of_service_hold_nothing(self, three: Any) -> None:
        three.gen["in_service"] = False
        assert compile_network(three).n_pv == 0
        assert not fixed_injections(three).any()

    def test_generators_that_do_not_agree_are_refused(self, three: Any) -> None:
        three.gen["vm_pu"] = [1.02, 1.03]
        with pytest.raises(NetworkError, match="different setpoints"):
            compile_network(three)

    def test_a_generator_beside_an_external_grid_only_gives_its_power(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        pp.create_gen(net, 0, 0.4, vm_pu=1.0)
        network = compile_network(net)
        assert network.n_pv == 0
        assert fixed_injections(net, network).tolist() == [0.4, 0.0]


class TestInjected:
    def test_active_power_is_given_with_its_scaling(self, three: Any) -> None:
        # 0.3 + 0.5 * 0.2
        network = compile_network(three)
        assert fixed_injections(three, network)[network.node(2)] == pytest.approx(0.4, abs=1e-15)

    def test_a_generator_that_is_the_slack_gives_what_is_needed(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        net.ext_grid["in_service"] = False
        pp.create_gen(net, 0, 0.4, vm_pu=1.01, slack=True)
        assert not fixed_injections(net).any()


class TestStart:
    def test_without_such_generators_it_is_the_network_without_load(self, fused_network: Any) -> None:
        np.testing.assert_array_equal(start_voltage(fused_network), FixedPointSolver(fused_network).no_load_voltage)

    def test_held_nodes_have_their_voltage_and_the_others_no_current(self, three: Any) -> None:
        # the middle of two equal lines between 1 and 1.02 pu
        np.testing.assert_allclose(start_voltage(compile_network(three)), [1.0, 1.01, 1.02], rtol=0.0, atol=1e-12)


class TestWhoMaySolve:
    def test_the_fixed_point_refuses_and_says_what_can(self, three: Any) -> None:
        with pytest.raises(PowerFlowError, match=r"'fixed_point' cannot.*1 nodes \('G7, gen 1'\).*solver: newton"):
            FixedPointSolver(compile_network(three))

    def test_only_the_first_generators_are_listed(self) -> None:
        with pytest.raises(PowerFlowError, match=r"53 nodes \(('gen \d+', ){4}'gen \d+' and 48 more\)"):
            FixedPointSolver(compile_network(pn.case118()))

    def test_a_registered_solver_must_say_that_it_can(self, three: Any) -> None:
        network = compile_network(three)

        class Bold:
            def solve(self, s: Any, **injections: Any) -> Any: ...

        class Able(Bold):
            holds_voltages = True

        register_solver("bold", lambda _net, _network: Bold())
        register_solver("able", lambda _net, _network: Able())
        try:
            with pytest.raises(PowerFlowError, match="'bold' cannot solve this network"):
                make_solver("bold", three, network)
            assert isinstance(make_solver("able", three, network), Able)
        finally:
            unregister_solver("bold")
            unregister_solver("able")

    def test_newton_is_registered(self, three: Any) -> None:
        assert isinstance(make_solver("newton", three, compile_network(three)), NewtonSolver)


class TestReference:
    def test_it_solves_what_it_is_given_and_not_what_the_generators_hold(self, three: Any) -> None:
        network = compile_network(three)
        s = np.array([[0.0], [-0.5 - 0.1j], [0.25]])
        ours, theirs = NewtonSolver(network).solve(s), PandapowerSolver(three, network).solve(s)
        assert theirs.converged.all()
        assert theirs.mismatch_mva[0] < 1e-9
        np.testing.assert_allclose(ours.v, theirs.v, rtol=0.0, atol=1e-10)
        assert abs(theirs.v[2, 0]) == pytest.approx(1.02, abs=1e-12)

    def test_both_agree_on_a_transmission_network_with_loads_that_depend_on_voltage(self) -> None:
        net = pn.case14()
        network = compile_network(net)
        loads = nominal_loads(net, network)
        s = fixed_injections(net, network)[:, np.newaxis].copy()
        drawn = np.zeros_like(s)
        np.add.at(drawn[:, 0], loads.node, -(loads.p_mw + 1j * loads.q_mvar))
        parts = {"s_current": 0.3 * drawn, "s_impedance": 0.2 * drawn}
        ours = NewtonSolver(network).solve(s + 0.5 * drawn, **parts)
        theirs = PandapowerSolver(net, network, tolerance_mva=1e-8).solve(s + 0.5 * drawn, **parts)
        assert theirs.converged.all()
        np.testing.assert_allclose(ours.v, theirs.v, rtol=0.0, atol=1e-9)


def test_newton_keeps_the_contract_of_solvers_where_voltages_are_held() -> None:
    check_solver(make_newton, pn.case14())


def make_newton(net: Any, network: Any) -> NewtonSolver:
    return NewtonSolver(network)

"""Voltages of Newton's method: by hand, against the fixed point, against pandapower."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest

from powergrid.errors import PowerFlowError
from powergrid.powerflow import (
    CompiledNetwork,
    FixedPointSolver,
    NewtonSolver,
    PowerFlowStatus,
    Topology,
    compile_network,
    fixed_injections,
    nominal_loads,
    source_power,
)
from powergrid.powerflow.topology import switched_network


@pytest.fixture
def pair(two_buses: Callable[..., Any]) -> NewtonSolver:
    """A load behind a resistance of 0.1 pu on 1 MVA."""
    return NewtonSolver(compile_network(two_buses()))


@pytest.fixture
def held(two_buses: Callable[..., Any]) -> NewtonSolver:
    """A generator that holds 1.02 pu behind a reactance of 0.1 pu on 1 MVA."""
    net = two_buses(r_pu=0.0, x_pu=0.1)
    pp.create_gen(net, 1, 0.0, vm_pu=1.02, name="G7")
    return NewtonSolver(compile_network(net))


def at_end(power_mva: complex) -> np.ndarray:
    return np.array([[0.0], [power_mva]], dtype=np.complex128)


def everything(net: Any, network: CompiledNetwork) -> np.ndarray:
    """What a net's own elements inject, (n_node, 1). [MVA]"""
    loads = nominal_loads(net, network)
    s = fixed_injections(net, network)
    np.add.at(s, loads.node, -(loads.p_mw + 1j * loads.q_mvar))
    return s[:, np.newaxis].copy()


def given_by_runpp(net: Any, network: CompiledNetwork, **options: Any) -> np.ndarray:
    pp.runpp(net, tolerance_mva=1e-9, **options)
    v = np.full(network.n_node, np.nan, dtype=complex)
    for bus, node in network.node_of_bus.items():
        v[node] = net.res_bus.vm_pu[bus] * np.exp(1j * np.deg2rad(net.res_bus.va_degree[bus]))
    return v


class TestByHand:
    def test_constant_power_lowers_the_voltage_to_the_root(self, pair: NewtonSolver) -> None:
        # v = 1 - 0.1 * 0.5 / v: v = (1 + sqrt(1 - 4 * 0.05)) / 2 = (1 + sqrt(0.8)) / 2 = 0.9472135955
        result = pair.solve(at_end(-0.5))
        assert result.v[1, 0] == pytest.approx(0.9472135955, abs=1e-10)
        assert result.status[0] == PowerFlowStatus.CONVERGED

    def test_constant_current_lowers_it_in_proportion(self, pair: NewtonSolver) -> None:
        # v = 1 - 0.1 * 0.5, linear: one step
        result = pair.solve(at_end(0.0), s_current=at_end(-0.5))
        assert result.v[1, 0] == pytest.approx(0.95, abs=1e-12)
        assert result.iterations[0] == 1

    def test_constant_impedance_divides_it(self, pair: NewtonSolver) -> None:
        # v = 1 / (1 + 0.1 * 0.5), linear: one step
        result = pair.solve(at_end(0.0), s_impedance=at_end(-0.5))
        assert result.v[1, 0] == pytest.approx(1.0 / 1.05, abs=1e-12)
        assert result.iterations[0] == 1

    def test_the_three_models_add_up(self, pair: NewtonSolver) -> None:
        # v = 1 - 0.1 (0.2 / v + 0.3 + 0.4 v): 1.04 v² - 0.97 v + 0.02 = 0
        v = (0.97 + np.sqrt(0.97**2 - 4 * 1.04 * 0.02)) / (2 * 1.04)
        result = pair.solve(at_end(-0.2), s_current=at_end(-0.3), s_impedance=at_end(-0.4))
        assert result.v[1, 0] == pytest.approx(v, abs=1e-10)

    def test_a_generator_holds_its_voltage_and_turns_it(self, held: NewtonSolver) -> None:
        # P = 1 * 1.02 sin d / 0.1 = 0.51: sin d = 0.05; at the source Q = (1 - 1.02 cos d) / 0.1
        result = held.solve(at_end(0.51))
        angle = np.arcsin(0.05)
        assert result.v[1, 0] == pytest.approx(1.02 * np.exp(1j * angle), abs=1e-11)
        source = source_power(held.network, result.v)[0, 0]
        assert source == pytest.approx(-0.51 + 1j * (1.0 - 1.02 * np.cos(angle)) / 0.1, abs=1e-9)

    def test_what_depends_on_a_held_voltage_counts_at_that_voltage(self, held: NewtonSolver) -> None:
        # 1.5 - 0.4 * 1.02 - 0.5 * 1.02² = 0.5718 = 1.02 sin d / 0.1
        result = held.solve(at_end(1.5), s_current=at_end(-0.4), s_impedance=at_end(-0.5))
        assert result.v[1, 0] == pytest.approx(1.02 * np.exp(1j * np.arcsin(0.05605882353)), abs=1e-10)

    def test_reactive_power_given_at_a_held_node_changes_nothing(self, held: NewtonSolver) -> None:
        assert np.array_equal(held.solve(at_end(0.5 + 0.3j)).v, held.solve(at_end(0.5)).v)

    def test_injections_at_the_slack_change_nothing(self, pair: NewtonSolver) -> None:
        s = at_end(-0.5)
        alone = pair.solve(s).v.copy()
        s[0] = 3.0
        assert np.array_equal(pair.solve(s).v, alone)


class TestOutcomes:
    def test_beyond_the_nose_there_is_no_solution(self, pair: NewtonSolver) -> None:
        # 1 - 4 * 0.1 * P < 0 from 2.5 MW on
        result = pair.solve(np.array([[0.0, 0.0, 0.0], [-2.49, -2.6, np.nan]], dtype=complex))
        assert result.status[0] == PowerFlowStatus.CONVERGED
        assert result.status[1] in (PowerFlowStatus.MAX_ITERATIONS, PowerFlowStatus.DIVERGED)
        assert result.status[2] == PowerFlowStatus.DIVERGED
        assert result.v[1, 1:].tolist() == [1.0, 1.0]
        assert result.v[1, 0] == pytest.approx((1 + np.sqrt(1 - 0.4 * 2.49)) / 2, abs=1e-7)

    def test_more_power_than_a_line_can_carry_is_no_solution(self, held: NewtonSolver) -> None:
        # 1.02 / 0.1 = 10.2 MW is the most
        result = held.solve(np.array([[0.0, 0.0], [10.1, 10.3]], dtype=complex))
        assert result.converged.tolist() == [True, False]
        assert result.v[1, 1] == 1.02

    def test_a_voltage_that_collapses_ends_it_at_once(self, pair: NewtonSolver) -> None:
        # an impedance of 1e6 MW behind 0.1 pu: v = 1 / (1 + 1e5), a ten-thousandth of what counts as collapsed
        result = pair.solve(at_end(0.0), s_impedance=at_end(-1e6))
        assert result.status[0] == PowerFlowStatus.DIVERGED
        assert result.iterations[0] == 1
        assert result.mismatch_mva[0] == np.inf

    def test_so_many_steps_and_no_more(self, two_buses: Callable[..., Any]) -> None:
        network = compile_network(two_buses())
        result = NewtonSolver(network, max_iterations=2).solve(at_end(-2.4))
        assert result.status[0] == PowerFlowStatus.MAX_ITERATIONS
        assert result.iterations[0] == 2
        assert 0.0 < result.mismatch_mva[0] < np.inf

    def test_a_network_of_sources_only_is_solved(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        pp.create_ext_grid(net, 1, vm_pu=1.02)
        result = NewtonSolver(compile_network(net)).solve(at_end(-0.5))
        assert result.converged.all()
        assert result.v[:, 0].tolist() == [1.0, 1.02]

    def test_settings_must_be_positive(self, two_buses: Callable[..., Any]) -> None:
        with pytest.raises(PowerFlowError, match="max_iterations is 0"):
            NewtonSolver(compile_network(two_buses()), max_iterations=0)

    def test_arrays_of_other_shapes_are_refused(self, pair: NewtonSolver) -> None:
        with pytest.raises(PowerFlowError, match=r"asks for \(2, n_env\)"):
            pair.solve(np.zeros((3, 1), dtype=complex))


class TestAgainstTheFixedPoint:
    def test_both_find_the_same_on_every_network(
        self, any_net: Any, injections: Callable[..., np.ndarray], varied: Callable[..., np.ndarray]
    ) -> None:
        network = compile_network(any_net)
        s = varied(injections(any_net, network), 8)
        ours, theirs = NewtonSolver(network).solve(s), FixedPointSolver(network).solve(s)
        assert ours.converged.all()
        assert ours.mismatch_mva.max() <= 5e-10
        np.testing.assert_allclose(ours.v, theirs.v, rtol=0.0, atol=1e-8)

    def test_loads_that_depend_on_voltage_too(self, fused_network: CompiledNetwork, fused_loads: np.ndarray) -> None:
        parts = {"s_current": fused_loads * 0.3, "s_impedance": fused_loads * 0.4}
        ours = NewtonSolver(fused_network).solve(fused_loads * 0.3, **parts)
        theirs = FixedPointSolver(fused_network).solve(fused_loads * 0.3, **parts)
        np.testing.assert_allclose(ours.v, theirs.v, rtol=0.0, atol=1e-10)

    def test_near_collapse_it_goes_on_where_the_fixed_point_gives_up(self, pair: NewtonSolver) -> None:
        # the fixed point contracts with 0.1 * 2.45 / 0.5707² = 0.75 per step: 60 are not enough for 1e-10
        fixed = FixedPointSolver(pair.network).solve(at_end(-2.45))
        found = pair.solve(at_end(-2.45))
        assert fixed.status[0] == PowerFlowStatus.MAX_ITERATIONS
        assert found.v[1, 0] == pytest.approx((1 + np.sqrt(1 - 0.4 * 2.45)) / 2, abs=1e-8)


CASES: dict[str, Callable[[], Any]] = {
    "case9": pn.case9,
    "case14": pn.case14,
    "case_ieee30": pn.case_ieee30,
    "case57": pn.case57,
    "case118": pn.case118,
    "case300": pn.case300,
}


class TestAgainstPandapower:
    @pytest.mark.parametrize("case", CASES)
    def test_transmission_networks_agree_in_voltages_and_reactive_power(self, case: str) -> None:
        net = CASES[case]()
        network = compile_network(net)
        solver = NewtonSolver(network)
        s = everything(net, network)
        result = solver.solve(s)
        assert result.converged.all()
        assert result.iterations[0] <= 6
        expected = given_by_runpp(net, network)
        np.testing.assert_allclose(result.v[:, 0], expected, rtol=0.0, atol=1e-8)
        # what the generators give is what flows into the network less what else is injected there
        flowing = network.base_mva * result.v[:, 0] * np.conj(network.y @ result.v[:, 0])
        for node in network.pv_nodes:
            here = net.gen.index[[network.node_of_bus[bus] == node for bus in net.gen.bus]]
            theirs = net.res_gen.q_mvar[here].sum()
            assert (flowing[node] - s[node, 0]).imag == pytest.approx(theirs, abs=1e-8 * network.base_mva)

    def test_voltages_are_held_whatever_the_loads(self) -> None:
        net = pn.case30()
        network = compile_network(net)
        s = everything(net, network) * np.random.default_rng(1).uniform(0.5, 1.3, (network.n_node, 20))
        result = NewtonSolver(network).solve(s)
        assert result.converged.all()
        held = np.broadcast_to(network.pv_voltage_pu[:, np.newaxis], (network.n_pv, 20))
        np.testing.assert_allclose(np.abs(result.v[network.pv_nodes]), held, rtol=0.0, atol=1e-11)

    def test_large_networks_stop_where_rounding_stops_them(self) -> None:
        net = pn.case1354pegase()
        network = compile_network(net)
        s = everything(net, network)
        result = NewtonSolver(network).solve(s)
        assert result.converged.all()
        # of 73,000 MW
        assert result.mismatch_mva[0] <= 1e-7
        np.testing.assert_allclose(result.v[:, 0], given_by_runpp(net, network), rtol=0.0, atol=1e-8)

    def test_a_phase_shifting_transformer_of_150_degrees_is_no_obstacle(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses(r_pu=0.01, x_pu=0.05)
        low = pp.create_bus(net, 0.4)
        pp.create_transformer_from_parameters(
            net, 1, low, 0.63, 10.0, 0.4, vkr_percent=1.0, vk_percent=6.0, pfe_kw=1.0, i0_percent=0.3,
            shift_degree=150.0,
        )  # fmt: skip
        pp.create_gen(net, low, 0.2, vm_pu=1.01)
        network = compile_network(net)
        result = NewtonSolver(network).solve(everything(net, network))
        assert result.converged.all()
        expected = given_by_runpp(net, network, init="dc", calculate_voltage_angles=True)
        np.testing.assert_allclose(result.v[:, 0], expected, rtol=0.0, atol=1e-9)


def test_nodes_that_a_topology_leaves_without_supply_have_no_voltage(two_buses: Callable[..., Any]) -> None:
    net = two_buses(r_pu=0.01, x_pu=0.1)
    far, farther = pp.create_buses(net, 2, 10.0)
    for bus in (far, farther):
        pp.create_line_from_parameters(net, 1, bus, 1.0, 1.0, 10.0, c_nf_per_km=0.0, max_i_ka=0.1, name=f"to {bus}")
    pp.create_gen(net, farther, 0.2, vm_pu=1.01)
    network = switched_network(compile_network(net), Topology(open_branches=("to 2",)))
    s = np.array([[0.0], [-0.3], [-5.0], [0.2]], dtype=complex)
    result = NewtonSolver(network).solve(s)
    assert result.converged.all()
    assert result.v[2, 0] == 0.0
    assert abs(result.v[3, 0]) == pytest.approx(1.01, abs=1e-12)

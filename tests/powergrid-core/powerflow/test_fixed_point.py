"""Voltages of the default solver: by hand, against pandapower, against published figures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest

from powergrid.errors import PowerFlowError
from powergrid.powerflow import (
    FixedPointSolver,
    PandapowerSolver,
    PowerFlowResult,
    PowerFlowStatus,
    branch_flows,
    compile_network,
    nominal_loads,
)


@pytest.fixture
def pair(two_buses: Callable[..., Any]) -> FixedPointSolver:
    """A load behind a resistance of 0.1 pu on 1 MVA."""
    return FixedPointSolver(compile_network(two_buses()))


def drawn(power_mva: complex) -> np.ndarray:
    return np.array([[0.0], [-power_mva]], dtype=np.complex128)


class TestByHand:
    def test_constant_power_lowers_the_voltage_to_the_root(self, pair: FixedPointSolver) -> None:
        # v = 1 - 0.1 * 0.5 / v: v = (1 + sqrt(1 - 4 * 0.05)) / 2 = (1 + sqrt(0.8)) / 2 = 0.9472135955
        assert pair.solve(drawn(0.5)).v[1, 0] == pytest.approx(0.9472135955, abs=1e-10)

    def test_constant_current_lowers_it_in_proportion(self, pair: FixedPointSolver) -> None:
        # v = 1 - 0.1 * 0.5
        nothing = drawn(0.0)
        assert pair.solve(nothing, s_current=drawn(0.5)).v[1, 0] == pytest.approx(0.95, abs=1e-10)

    def test_constant_impedance_divides_it(self, pair: FixedPointSolver) -> None:
        # v = 1 / (1 + 0.1 * 0.5)
        nothing = drawn(0.0)
        assert pair.solve(nothing, s_impedance=drawn(0.5)).v[1, 0] == pytest.approx(1.0 / 1.05, abs=1e-10)

    def test_the_three_models_add_up(self, pair: FixedPointSolver) -> None:
        # v = 1 - 0.1 (0.2 / v + 0.3 + 0.4 v): 1.04 v² - 0.97 v + 0.02 = 0
        v = (0.97 + np.sqrt(0.97**2 - 4 * 1.04 * 0.02)) / (2 * 1.04)
        result = pair.solve(drawn(0.2), s_current=drawn(0.3), s_impedance=drawn(0.4))
        assert result.v[1, 0] == pytest.approx(v, abs=1e-10)

    def test_generation_raises_the_voltage(self, pair: FixedPointSolver) -> None:
        # v = (1 + sqrt(1 + 0.2)) / 2
        assert pair.solve(drawn(-0.5)).v[1, 0] == pytest.approx((1 + np.sqrt(1.2)) / 2, abs=1e-10)

    def test_nothing_drawn_is_solved_at_once(self, pair: FixedPointSolver) -> None:
        result = pair.solve(drawn(0.0))
        assert result.v[:, 0].tolist() == [1.0, 1.0]
        assert result.iterations[0] == 1
        assert result.mismatch_mva[0] == 0.0

    def test_another_base_power_changes_nothing(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        net.sn_mva = 100.0
        solver = FixedPointSolver(compile_network(net))
        assert solver.solve(drawn(0.5)).v[1, 0] == pytest.approx(0.9472135955, abs=1e-10)


class TestNoSolution:
    def test_more_than_the_line_can_carry_is_a_status(self, pair: FixedPointSolver) -> None:
        # at most 1 / (4 * 0.1) = 2.5 MW
        result = pair.solve(np.hstack([drawn(2.499), drawn(2.6), drawn(50.0)]))
        assert result.status[1] in {PowerFlowStatus.MAX_ITERATIONS, PowerFlowStatus.DIVERGED}
        assert result.status[2] == PowerFlowStatus.DIVERGED
        assert not result.converged[1:].any()

    def test_without_solution_the_voltages_are_those_without_load(self, pair: FixedPointSolver) -> None:
        assert pair.solve(drawn(50.0)).v[:, 0].tolist() == [1.0, 1.0]

    def test_a_solution_needs_more_iterations_than_allowed(self, two_buses: Callable[..., Any]) -> None:
        solver = FixedPointSolver(compile_network(two_buses()), max_iterations=3)
        result = solver.solve(drawn(1.5))
        assert result.status[0] == PowerFlowStatus.MAX_ITERATIONS
        assert result.iterations[0] == 3
        assert result.mismatch_mva[0] > 1e-6

    @pytest.mark.parametrize("bad", [np.nan, np.inf, complex(0.0, np.nan)])
    def test_what_is_not_a_number_harms_its_own_environment_only(self, pair: FixedPointSolver, bad: complex) -> None:
        good = pair.solve(np.repeat(drawn(0.5), 12, axis=1))
        s = np.repeat(drawn(0.5), 12, axis=1)
        s[1, 5] = bad
        result = pair.solve(s)
        assert result.status[5] == PowerFlowStatus.DIVERGED
        assert np.isfinite(result.v).all()
        others = np.arange(12) != 5
        assert result.v[:, others].tobytes() == good.v[:, others].tobytes()


class TestAgainstPandapower:
    def test_nominal_loads_give_newtons_voltages(self, any_net: Any, injections: Callable[..., np.ndarray]) -> None:
        network = compile_network(any_net)
        s = injections(any_net, network)
        ours, theirs = FixedPointSolver(network).solve(s), PandapowerSolver(any_net, network).solve(s)
        assert ours.converged.all()
        assert theirs.converged.all()
        np.testing.assert_allclose(ours.v, theirs.v, rtol=0.0, atol=1e-9)


class TestFusedAgainstPandapower:
    def test_random_injections_give_newtons_voltages_too(
        self, fused_net: Any, fused_network: Any, fused_loads: np.ndarray, varied: Callable[..., np.ndarray]
    ) -> None:
        s = varied(fused_loads, 12, low=-1.0, high=1.0)
        ours = FixedPointSolver(fused_network).solve(s)
        theirs = PandapowerSolver(fused_net, fused_network).solve(s)
        np.testing.assert_allclose(ours.v, theirs.v, rtol=0.0, atol=1e-8)

    def test_so_do_currents_and_impedances(
        self, fused_net: Any, fused_network: Any, fused_loads: np.ndarray, varied: Callable[..., np.ndarray]
    ) -> None:
        parts = [varied(fused_loads, 3, low=-0.4, high=0.6, seed=seed) for seed in range(3)]
        ours = FixedPointSolver(fused_network).solve(parts[0], s_current=parts[1], s_impedance=parts[2])
        theirs = PandapowerSolver(fused_net, fused_network).solve(parts[0], s_current=parts[1], s_impedance=parts[2])
        assert theirs.converged.all()
        np.testing.assert_allclose(ours.v, theirs.v, rtol=0.0, atol=1e-8)

    def test_wherever_newton_finds_a_solution_so_does_the_fixed_point(
        self, fused_net: Any, fused_network: Any, fused_loads: np.ndarray
    ) -> None:
        s = fused_loads * np.linspace(0.1, 2.0, 20)
        ours, theirs = FixedPointSolver(fused_network).solve(s), PandapowerSolver(fused_net, fused_network).solve(s)
        assert theirs.converged.any()
        assert not theirs.converged.all()
        assert ours.converged[theirs.converged].all()
        both = ours.converged & theirs.converged
        assert np.abs(theirs.v[:, both]).min() < 0.75
        np.testing.assert_allclose(ours.v[:, both], theirs.v[:, both], rtol=0.0, atol=1e-7)


class TestPublished:
    def test_baran_and_wu_lose_202_677_kw(self, injections: Callable[..., np.ndarray]) -> None:
        # M. E. Baran, F. F. Wu, IEEE Trans. Power Delivery 4 (1989) 1401: losses 202.68 kW, lowest 0.9131 at bus 18
        network = compile_network(pn.case33bw())
        result = FixedPointSolver(network).solve(injections(pn.case33bw(), network))
        flows = branch_flows(network, result.v)
        assert np.sum(flows.s_from + flows.s_to).real * 1e3 == pytest.approx(202.677, abs=5e-4)
        vm_pu = np.abs(result.v[:, 0])
        assert vm_pu.min() == pytest.approx(0.91309, abs=5e-6)
        assert vm_pu.argmin() == network.node(17)

    def test_the_reference_of_case33bw_is_met(
        self, shared_data: Path, read_table: Callable[[Path], list[dict[str, str]]], injections: Any
    ) -> None:
        folder = shared_data / "feeders" / "case33bw"
        network = compile_network(pn.case33bw())
        result = FixedPointSolver(network).solve(injections(pn.case33bw(), network))
        rows = read_table(folder / "case33bw_bus_voltages.csv")
        expected = np.array([float(row["vm_pandapower"]) for row in rows])
        found = np.abs(result.v[[network.node(bus) for bus in range(33)], 0])
        np.testing.assert_allclose(found, expected, rtol=0.0, atol=2e-7)
        assert json.loads((folder / "reference.json").read_text(encoding="utf-8"))

    @pytest.mark.parametrize("variant", ["sequence", "drop_preserving"])
    @pytest.mark.parametrize("loads", ["pq", "zip"])
    @pytest.mark.parametrize("feeder", ["ieee13", "ieee34", "ieee123"])
    def test_balanced_feeders_meet_three_other_engines(
        self, shared_data: Path, balanced_feeder: Any, read_table: Any, feeder: str, loads: str, variant: str
    ) -> None:
        folder = shared_data / "feeders" / "balanced" / feeder
        net = balanced_feeder(folder, variant=variant, zip_loads=loads == "zip")
        network = compile_network(net)
        result = FixedPointSolver(network).solve(**by_model(net, network))
        bus = dict(zip(net.bus.name, net.bus.index, strict=True))
        for row in read_table(folder / f"solution_{variant}_{loads}.csv"):
            v = result.v[network.node(bus[row["bus"]]), 0]
            assert abs(v) == pytest.approx(float(row["vm_pandapower"]), abs=1e-7)
            assert np.angle(v, deg=True) == pytest.approx(float(row["va_pandapower"]), abs=1e-5)


def by_model(net: Any, network: Any) -> dict[str, np.ndarray]:
    loads = nominal_loads(net, network)
    parts = {
        "s": (loads.p_mw, loads.q_mvar),
        "s_current": (loads.p_current_mw, loads.q_current_mvar),
        "s_impedance": (loads.p_impedance_mw, loads.q_impedance_mvar),
    }
    arrays = {name: np.zeros((network.n_node, 1), dtype=np.complex128) for name in parts}
    for name, (p_mw, q_mvar) in parts.items():
        np.add.at(arrays[name][:, 0], loads.node, -(p_mw + 1j * q_mvar))
    return arrays


class TestInterface:
    def test_given_arrays_are_filled(self, pair: FixedPointSolver) -> None:
        out = PowerFlowResult.allocate(2, 1)
        assert pair.solve(drawn(0.5), out=out) is out
        assert out.v[1, 0] == pytest.approx(0.9472135955, abs=1e-10)

    def test_injections_are_not_changed(self, pair: FixedPointSolver) -> None:
        s = drawn(0.5)
        pair.solve(s, s_current=s, s_impedance=s)
        np.testing.assert_array_equal(s, drawn(0.5))

    @pytest.mark.parametrize("convert", [np.asfortranarray, lambda s: np.repeat(s, 2, axis=1)[:, ::2], np.copy])
    def test_the_layout_of_the_injections_does_not_matter(self, pair: FixedPointSolver, convert: Any) -> None:
        s = np.repeat(drawn(0.5), 6, axis=1) * np.arange(1, 7) / 6
        other = convert(s)
        other.flags.writeable = False
        assert pair.solve(other).v.tobytes() == pair.solve(s).v.tobytes()

    def test_real_injections_are_taken(self, pair: FixedPointSolver) -> None:
        assert pair.solve(drawn(0.5).real).v[1, 0] == pytest.approx(0.9472135955, abs=1e-10)

    def test_the_wrong_shape_says_which(self, pair: FixedPointSolver) -> None:
        with pytest.raises(PowerFlowError, match=r"'s' has shape \(3, 1\); this network asks for \(2, n_env\)"):
            pair.solve(np.zeros((3, 1), dtype=complex))
        with pytest.raises(PowerFlowError, match=r"'s' has shape \(2,\)"):
            pair.solve(np.zeros(2, dtype=complex))
        with pytest.raises(PowerFlowError, match=r"'s_current' has shape \(2, 3\).*\(2, 1\)"):
            pair.solve(drawn(0.1), s_current=np.zeros((2, 3), dtype=complex))
        with pytest.raises(PowerFlowError, match=r"'out' has voltages of shape \(2, 4\).*allocate"):
            pair.solve(drawn(0.1), out=PowerFlowResult.allocate(2, 4))

    def test_settings_must_be_positive(self, two_buses: Callable[..., Any]) -> None:
        network = compile_network(two_buses())
        with pytest.raises(PowerFlowError, match=r"tolerance_mva is 0.0"):
            FixedPointSolver(network, tolerance_mva=0.0)
        with pytest.raises(PowerFlowError, match="max_iterations is 0"):
            FixedPointSolver(network, max_iterations=0)

    def test_no_environment_at_all_is_fine(self, pair: FixedPointSolver) -> None:
        assert pair.solve(np.zeros((2, 0), dtype=complex)).v.shape == (2, 0)

    def test_a_network_of_sources_alone_keeps_their_voltages(self, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        pp.create_ext_grid(net, 1, vm_pu=1.02)
        result = FixedPointSolver(compile_network(net)).solve(drawn(0.5))
        assert result.v[:, 0].tolist() == [1.0, 1.02]
        assert result.converged.all()

    def test_a_resonance_is_refused(self, two_buses: Callable[..., Any]) -> None:
        # a line of j0.5 pu, so -j2 pu, and a capacitor of 2 Mvar on 1 MVA, so j2 pu, cancel
        net = two_buses(r_pu=0.0, x_pu=0.5)
        pp.create_shunt(net, 1, q_mvar=-2.0)
        with pytest.raises(PowerFlowError, match=r"cannot be factorised.*resonates"):
            FixedPointSolver(compile_network(net))

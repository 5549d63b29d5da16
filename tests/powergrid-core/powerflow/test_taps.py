"""Tap positions that differ between environments."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest

from powergrid.errors import NetworkError, PowerFlowError
from powergrid.powerflow import (
    CompiledNetwork,
    FixedPointSolver,
    NewtonSolver,
    PandapowerSolver,
    Variation,
    VariedFlows,
    branch_flows,
    compile_network,
    source_power,
    varying,
)


def tapped_pair(**changer: Any) -> Any:
    """A transformer of 0.1 pu resistance on 1 MVA between a stiff source and one bus, 2.5 % per step."""
    net = pp.create_empty_network(name="tapped pair", sn_mva=1.0)
    source, end = pp.create_buses(net, 2, vn_kv=10.0, name=["source", "end"])
    pp.create_ext_grid(net, source)
    settings = {"tap_side": "lv", "tap_step_percent": 2.5, "tap_changer_type": "Ratio", "tap_pos": 0} | changer
    pp.create_transformer_from_parameters(
        net, source, end, sn_mva=1.0, vn_hv_kv=10.0, vn_lv_kv=10.0, vkr_percent=10.0, vk_percent=10.0, pfe_kw=0.0,
        i0_percent=0.0, tap_neutral=0, tap_min=-4, tap_max=4, name="transformer", **settings,
    )  # fmt: skip
    return net


def solved(net: Any, positions: list[float], power_mva: complex) -> np.ndarray:
    s = np.zeros((2, len(positions)), dtype=np.complex128)
    s[1] = -power_mva
    result = FixedPointSolver(compile_network(net)).solve(s, variation=Variation(taps=np.array([positions])))
    assert result.converged.all()
    return result.v[1]


class TestByHand:
    @pytest.mark.parametrize("compiled", [0, 2, -4])
    def test_a_tap_on_the_loads_side_scales_voltage_and_impedance(self, compiled: int) -> None:
        # m = 1 + 0.025 tap; v = m - m² 0.1 * 0.5 / v: v = m (1 + sqrt(1 - 4 * 0.05)) / 2 = 0.9472135955 m
        found = solved(tapped_pair(tap_pos=compiled), [-4, 0, 2], 0.5)
        np.testing.assert_allclose(found, np.array([0.9, 1.0, 1.05]) * 0.9472135955, atol=1e-10)

    @pytest.mark.parametrize("compiled", [0, 2, -4])
    def test_a_tap_on_the_sources_side_divides_the_voltage(self, compiled: int) -> None:
        # m = 1.05; v = 1/m - 0.1 * 0.5 / v: v = (1/m + sqrt(1/m² - 0.2)) / 2 = (0.952380952 + 0.840850450) / 2
        found = solved(tapped_pair(tap_side="hv", tap_pos=compiled), [0, 2], 0.5)
        np.testing.assert_allclose(found, [0.9472135955, 0.8966157010], atol=1e-9)

    def test_an_ideal_phase_shifter_turns_the_voltage(self) -> None:
        # three steps of 2 degrees
        net = tapped_pair(tap_changer_type="Ideal", tap_step_percent=0.0, tap_step_degree=2.0)
        found = solved(net, [3], 0.0)
        assert np.abs(found[0]) == pytest.approx(1.0, abs=1e-12)
        assert np.abs(np.angle(found[0], deg=True)) == pytest.approx(6.0, abs=1e-9)

    def test_without_load_a_step_shows_in_full(self) -> None:
        np.testing.assert_allclose(solved(tapped_pair(), [-4, -1, 4], 0.0), [0.9, 0.975, 1.1], atol=1e-12)


class TestRatio:
    @pytest.mark.parametrize("side", ["hv", "lv"])
    @pytest.mark.parametrize(
        ("kind", "percent", "degree"),
        [
            ("Ratio", 1.5, np.nan),
            ("Ratio", 1.5, 30.0),
            ("Symmetrical", 1.5, 90.0),
            ("Ideal", 0.0, 1.2),
            ("Ideal", 1.5, 0.0),
        ],
    )
    def test_every_kind_of_changer_is_pandapowers(self, side: str, kind: str, percent: float, degree: float) -> None:
        settings = {"tap_side": side, "tap_changer_type": kind, "tap_step_percent": percent, "tap_step_degree": degree}
        network = compile_network(tapped_pair(tap_pos=2, **settings))
        moved = compile_network(tapped_pair(tap_pos=-3, **settings))
        ratio = 1.0 + network.tap_changers.deviation(np.array([[-3]]))[0, 0]
        at_ends = np.array([ratio, 1.0] if side == "hv" else [1.0, ratio])
        block = np.array([[network.yff, network.yft], [network.ytf, network.ytt]])[:, :, 0]
        wanted = np.array([[moved.yff, moved.yft], [moved.ytf, moved.ytt]])[:, :, 0]
        found = np.conj(at_ends)[:, np.newaxis] * block * at_ends
        np.testing.assert_allclose(found, wanted, rtol=1e-12)

    def test_a_transformer_with_a_table_cannot_be_tapped(self) -> None:
        net = tapped_pair()
        net.trafo["tap_dependency_table"] = True
        net.trafo["id_characteristic_table"] = 0
        net["trafo_characteristic_table"] = pp.toolbox.pd.DataFrame(
            {"id_characteristic": [0], "step": [0], "voltage_ratio": [1.0], "angle_deg": [0.0],
             "vk_percent": [10.0], "vkr_percent": [10.0]}
        )  # fmt: skip
        assert compile_network(net).tap_changers.names == ()


class TestAgainstPandapower:
    def test_regulators_of_the_fused_feeders(
        self, fused_net: Any, fused_network: CompiledNetwork, fused_loads: np.ndarray, varied: Callable[..., np.ndarray]
    ) -> None:
        taps = np.random.default_rng(2).integers(-16, 17, (5, 8))
        s = varied(fused_loads, 8, high=1.0)
        assert_newtons(fused_net, fused_network, s, Variation(taps=taps))

    def test_two_transformers_tapped_at_the_high_side(self, injections: Callable[..., np.ndarray]) -> None:
        net = pn.mv_oberrhein()
        network = compile_network(net)
        s = np.repeat(injections(net, network), 3, axis=1)
        assert_newtons(net, network, s, Variation(taps=np.array([[-9, 0, 9], [-9, 3, 9]])))

    def test_parallel_transformers_tapped_at_one_busbar(self) -> None:
        net = tapped_pair()
        pp.create_transformer_from_parameters(
            net, 0, 1, sn_mva=2.0, vn_hv_kv=10.0, vn_lv_kv=10.0, vkr_percent=1.0, vk_percent=8.0, pfe_kw=1.0,
            i0_percent=0.5, tap_neutral=0, tap_min=-4, tap_max=4, tap_side="lv", tap_step_percent=2.5, tap_pos=1,
            tap_changer_type="Ratio",
        )  # fmt: skip
        s = np.array([[0.0] * 4, [-0.5, 0.3 - 0.2j, -0.1j, 0.0]], dtype=np.complex128)
        assert_newtons(net, compile_network(net), s, Variation(taps=np.array([[0, 4, -4, 1], [1, 2, 3, -4]])))

    def test_regulators_in_series_with_loads_of_every_kind_between(self) -> None:
        net = tapped_pair()
        for bus in (1, 2):
            end = pp.create_bus(net, vn_kv=10.0)
            pp.create_transformer_from_parameters(
                net, bus, end, sn_mva=1.0, vn_hv_kv=10.0, vn_lv_kv=10.0, vkr_percent=0.01, vk_percent=0.02, pfe_kw=0.0,
                i0_percent=0.0, tap_neutral=0, tap_min=-4, tap_max=4, tap_side="lv", tap_step_percent=2.5, tap_pos=0,
                tap_changer_type="Ratio",
            )  # fmt: skip
        rng = np.random.default_rng(4)
        s, current, impedance = (-rng.uniform(0.0, 0.1, (4, 6)) * (1 + 0.4j) for _ in range(3))
        taps = rng.integers(-4, 5, (3, 6))
        network = compile_network(net)
        assert_newtons(net, network, s, Variation(taps=taps), s_current=current, s_impedance=impedance)


class TestStopping:
    def test_the_reported_mismatch_bounds_the_true_one(
        self, fused_net: Any, fused_network: CompiledNetwork, fused_loads: np.ndarray, varied: Callable[..., np.ndarray]
    ) -> None:
        s, rng = varied(fused_loads, 6), np.random.default_rng(8)
        taps = rng.integers(-16, 17, (5, 6))
        result = FixedPointSolver(fused_network).solve(s, variation=Variation(taps=taps))
        assert result.converged.all()
        assert result.mismatch_mva.max() <= 5e-10
        for env in range(6):
            there, v = compile_network(with_taps(fused_net, fused_network, taps[:, env])), result.v[:, env]
            off = there.base_mva * v * np.conj(there.y @ v) - s[:, env]
            off[there.slack_nodes] = 0.0
            rounding = np.finfo(float).eps * np.sum(np.abs(v) * (abs(there.y) @ np.abs(v)))
            assert np.sum(np.abs(off)) <= result.mismatch_mva[env] + rounding

    def test_a_bad_number_harms_its_own_environment_only(
        self, fused_network: CompiledNetwork, fused_loads: np.ndarray, varied: Callable[..., np.ndarray]
    ) -> None:
        s = varied(fused_loads, 12)
        variation = Variation(taps=np.random.default_rng(1).integers(-8, 9, (5, 12)))
        good = FixedPointSolver(fused_network).solve(s, variation=variation)
        s[7, 5] = np.nan
        bad = FixedPointSolver(fused_network).solve(s, variation=variation)
        others = np.arange(12) != 5
        assert bad.status[5] != 0
        assert np.isfinite(bad.v).all()
        assert bad.v[:, others].tobytes() == good.v[:, others].tobytes()


class TestBits:
    def test_taps_as_compiled_change_not_a_bit(
        self, fused_network: CompiledNetwork, fused_loads: np.ndarray, varied: Callable[..., np.ndarray]
    ) -> None:
        s = varied(fused_loads, 40, low=-0.5)
        solver = FixedPointSolver(fused_network)
        plain = solver.solve(s)
        compiled = solver.solve(s, variation=Variation(taps=fused_network.tap_changers.positions(40)))
        for name in ("v", "status", "iterations", "mismatch_mva"):
            assert getattr(compiled, name).tobytes() == getattr(plain, name).tobytes(), name

    @pytest.mark.parametrize("with_parts", [False, True])
    def test_each_environment_alone_gives_the_same_bits(
        self,
        fused_network: CompiledNetwork,
        fused_loads: np.ndarray,
        varied: Callable[..., np.ndarray],
        with_parts: bool,
    ) -> None:
        s = varied(fused_loads, 33)
        taps = np.random.default_rng(6).integers(-16, 17, (5, 33))
        solver = FixedPointSolver(fused_network)
        parts = {"s_current": s * 0.2, "s_impedance": s * 0.1} if with_parts else {}
        whole = solver.solve(s, variation=Variation(taps=taps), **parts)
        for env in range(0, 33, 4):
            mine = {name: part[:, [env]] for name, part in parts.items()}
            alone = solver.solve(s[:, [env]], variation=Variation(taps=taps[:, [env]]), **mine)
            assert alone.v.tobytes() == np.ascontiguousarray(whole.v[:, [env]]).tobytes()
            assert alone.mismatch_mva[0] == whole.mismatch_mva[env]


class TestFlows:
    def test_flows_are_those_of_the_network_with_its_taps_there(
        self, fused_net: Any, fused_network: CompiledNetwork, fused_loads: np.ndarray, varied: Callable[..., np.ndarray]
    ) -> None:
        s, taps = varied(fused_loads, 4), np.random.default_rng(9).integers(-16, 17, (5, 4))
        variation = Variation(taps=taps)
        v = FixedPointSolver(fused_network).solve(s, variation=variation).v
        flows, source = branch_flows(fused_network, v), source_power(fused_network, v)
        meter = VariedFlows(fused_network)
        meter.correct_flows(v, variation, flows)
        meter.correct_source_power(v, variation, source)
        loading = branch_flows(fused_network, v).loading
        meter.correct_loading(v, variation, loading)
        np.testing.assert_array_equal(loading, flows.loading)
        for env in range(4):
            there = compile_network(with_taps(fused_net, fused_network, taps[:, env]))
            wanted = branch_flows(there, v[:, [env]])
            # 1e-9: the last bit of a voltage beside a regulator of 35,000 pu is worth 1e-11
            for name in ("s_from", "s_to", "i_from_ka", "i_to_ka", "loading"):
                np.testing.assert_allclose(getattr(flows, name)[:, [env]], getattr(wanted, name), atol=1e-9)
            np.testing.assert_allclose(source[:, [env]], source_power(there, v[:, [env]]), atol=1e-9)

    def test_power_at_the_from_end_is_put_right_too(self) -> None:
        network = compile_network(tapped_pair())
        variation = Variation(taps=np.array([[2, 0]]))
        s = np.array([[0.0, 0.0], [-0.5, -0.5]], dtype=np.complex128)
        v = FixedPointSolver(network).solve(s, variation=variation).v
        s_from = np.full((1, 2), 7.0 + 0.0j)
        VariedFlows(network).correct_power_from(np.array([0]), v, variation, s_from)
        # 0.5 MW and 0.1 pu times the square of the current behind the ratio, 0.5 / 0.9472135955; as compiled: kept
        np.testing.assert_allclose(s_from[0], [0.5 + 0.1 * (0.5 / 0.9472135955) ** 2, 7.0], atol=1e-9)

    def test_what_comes_in_goes_out(
        self, fused_network: CompiledNetwork, fused_loads: np.ndarray, varied: Callable[..., np.ndarray]
    ) -> None:
        s = varied(fused_loads, 16)
        variation = Variation(taps=np.random.default_rng(10).integers(-16, 17, (5, 16)))
        v = FixedPointSolver(fused_network).solve(s, variation=variation).v
        flows, source = branch_flows(fused_network, v), source_power(fused_network, v)
        meter = VariedFlows(fused_network)
        meter.correct_flows(v, variation, flows)
        meter.correct_source_power(v, variation, source)
        own = fused_network.y @ np.ones(fused_network.n_node)
        np.subtract.at(own, fused_network.from_node, fused_network.yff + fused_network.yft)
        np.subtract.at(own, fused_network.to_node, fused_network.ytf + fused_network.ytt)
        shunts = fused_network.base_mva * np.abs(v) ** 2 * np.conj(own)[:, np.newaxis]
        free = np.setdiff1d(np.arange(fused_network.n_node), fused_network.slack_nodes)
        left = np.sum(s[free], axis=0) + np.sum(source, axis=0) - np.sum(flows.s_from + flows.s_to, axis=0)
        np.testing.assert_allclose((left - np.sum(shunts, axis=0)).real, 0.0, atol=1e-9)


class TestRefusals:
    def test_positions_are_whole_and_within_range(self) -> None:
        solver = FixedPointSolver(compile_network(tapped_pair()))
        s = np.zeros((2, 2), dtype=np.complex128)
        for wrong in (0.5, 5, -5, np.nan):
            with pytest.raises(PowerFlowError, match="'transformer' cannot stand at .* from -4 to 4"):
                solver.solve(s, variation=Variation(taps=np.array([[0.0, wrong]])))

    def test_there_is_a_position_for_each_changer(self) -> None:
        solver = FixedPointSolver(compile_network(tapped_pair()))
        with pytest.raises(PowerFlowError, match=r"'taps' has shape \(2, 1\); this network asks for \(1, 1\)"):
            solver.solve(np.zeros((2, 1), dtype=np.complex128), variation=Variation(taps=np.zeros((2, 1))))

    def test_changers_are_found_by_name(self, fused_network: CompiledNetwork) -> None:
        changers = fused_network.tap_changers
        assert changers.index("MG1 Regulator 1") == 2
        with pytest.raises(NetworkError, match=r"No transformer with a tap changer is called 'MG1 Regulator'"):
            changers.index("MG1 Regulator")

    def test_a_solver_of_one_network_says_which_can(self) -> None:
        network = compile_network(tapped_pair())
        assert varying(FixedPointSolver(network)).varies_network
        with pytest.raises(PowerFlowError, match="NewtonSolver cannot give environments taps or topologies"):
            varying(NewtonSolver(network))


def with_taps(net: Any, network: CompiledNetwork, taps: np.ndarray) -> Any:
    moved = copy.deepcopy(net)
    moved.trafo.loc[network.branch_element[network.tap_changers.branch], "tap_pos"] = taps
    return moved


def assert_newtons(
    net: Any, network: CompiledNetwork, s: np.ndarray, variation: Variation, **parts: np.ndarray
) -> None:
    ours = FixedPointSolver(network).solve(s, variation=variation, **parts)
    theirs = PandapowerSolver(net, network, tolerance_mva=1e-9).solve(s, variation=variation, **parts)
    assert ours.converged.all()
    assert theirs.converged.all()
    np.testing.assert_allclose(ours.v, theirs.v, rtol=0.0, atol=1e-8)

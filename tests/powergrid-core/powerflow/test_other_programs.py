"""lightsim2grid and power-grid-model as solvers: what they find, what they refuse, what is said without them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest

from powergrid.errors import PowerFlowError
from powergrid.powerflow import (
    CompiledNetwork,
    NewtonSolver,
    PowerFlowStatus,
    Topology,
    compile_network,
    fixed_injections,
    make_solver,
    nominal_loads,
)
from powergrid.powerflow.node_balance import NodeBalance
from powergrid.powerflow.series_branches import series_branches
from powergrid.powerflow.topology import switched_network
from powergrid.testing import check_solver

NAMES = {"lightsim2grid": "lightsim2grid", "power_grid_model": "power-grid-model"}


@pytest.fixture(params=list(NAMES))
def name(request: pytest.FixtureRequest) -> str:
    """Each of the two solvers, where its package is installed."""
    solver: str = request.param
    pytest.importorskip(solver, reason=f"{NAMES[solver]} is not installed: pip install powergrid-core[{NAMES[solver]}]")
    return solver


@pytest.fixture
def lightsim2grid() -> str:
    pytest.importorskip("lightsim2grid", reason="lightsim2grid is not installed")
    return "lightsim2grid"


@pytest.fixture
def power_grid_model() -> str:
    pytest.importorskip("power_grid_model", reason="power-grid-model is not installed")
    return "power_grid_model"


def everything(net: Any, network: CompiledNetwork) -> np.ndarray:
    """What a net's own elements inject, (n_node, 1). [MVA]"""
    loads = nominal_loads(net, network)
    s = fixed_injections(net, network)
    np.add.at(s, loads.node, -(loads.p_mw + 1j * loads.q_mvar))
    return s[:, np.newaxis].copy()


def shifted(two_buses: Callable[..., Any]) -> Any:
    """A transformer that turns the voltage by 150 degrees, with iron losses and a tap, at the end of a line."""
    net = two_buses(r_pu=0.01, x_pu=0.05)
    low = pp.create_bus(net, 0.4)
    pp.create_transformer_from_parameters(
        net, 1, low, 0.63, 10.0, 0.4, vkr_percent=1.0, vk_percent=6.0, pfe_kw=1.0, i0_percent=0.3, shift_degree=150.0,
        tap_side="hv", tap_neutral=0, tap_pos=2, tap_step_percent=2.5, tap_changer_type="Ratio",
    )  # fmt: skip
    pp.create_load(net, low, 0.3, 0.1)
    pp.set_user_pf_options(net, init="dc", calculate_voltage_angles=True)
    return net


class TestBoth:
    def test_it_keeps_the_contract_of_solvers(self, name: str, two_buses: Callable[..., Any]) -> None:
        net = two_buses(r_pu=0.02, x_pu=0.04)
        pp.create_load(net, 1, 0.8, 0.2)
        check_solver(lambda net, network: make_solver(name, net, network), net)

    def test_it_agrees_on_a_feeder_with_regulators(
        self, name: str, fused_net: Any, fused_network: CompiledNetwork, fused_loads: Any, varied: Any
    ) -> None:
        s = varied(fused_loads, 20)
        found = make_solver(name, fused_net, fused_network).solve(s)
        assert found.converged.all()
        assert found.mismatch_mva.max() <= 1e-6
        np.testing.assert_allclose(found.v, NewtonSolver(fused_network).solve(s).v, rtol=0.0, atol=1e-8)

    def test_it_agrees_behind_a_phase_shift(self, name: str, two_buses: Callable[..., Any]) -> None:
        net = shifted(two_buses)
        network = compile_network(net)
        s = everything(net, network)
        found = make_solver(name, net, network).solve(s)
        np.testing.assert_allclose(found.v, NewtonSolver(network).solve(s).v, rtol=0.0, atol=1e-8)

    def test_its_failures_are_a_status_and_disturb_nobody(self, name: str, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        s = np.zeros((2, 4), dtype=complex)
        s[1] = [-0.5, -3.0, np.nan, -0.5]
        result = make_solver(name, net, compile_network(net)).solve(s)
        assert result.status.tolist() == [
            PowerFlowStatus.CONVERGED, PowerFlowStatus.MAX_ITERATIONS, PowerFlowStatus.DIVERGED,
            PowerFlowStatus.CONVERGED,
        ]  # fmt: skip
        assert result.v[1, [1, 2]].tolist() == [1.0, 1.0]
        # (1 + sqrt(1 - 4 * 0.1 * 0.5)) / 2
        np.testing.assert_allclose(result.v[1, [0, 3]], 0.9472135955, rtol=0.0, atol=1e-8)

    def test_impedances_that_differ_by_direction_are_refused(self, name: str, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        far = pp.create_bus(net, 10.0, name="far")
        pp.create_impedance(net, 1, far, 0.01, 0.02, 1.0, rtf_pu=0.02, xtf_pu=0.04)
        with pytest.raises(PowerFlowError, match=rf"'{name}' cannot.*'end' and 'far' the two directions differ"):
            make_solver(name, net, compile_network(net))

    def test_nodes_without_supply_are_refused(self, name: str, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        network = switched_network(compile_network(net), Topology(open_branches=("line",)))
        with pytest.raises(PowerFlowError, match=f"'{name}' cannot.*no source supplies 'end'"):
            make_solver(name, net, network)


@pytest.mark.parametrize("solver", list(NAMES))
def test_without_the_package_it_says_what_to_install(
    solver: str, two_buses: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [module for module in sys.modules if module.split(".")[0] == solver]:
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, solver, None)
    net = two_buses()
    with pytest.raises(PowerFlowError, match=rf'pip install "powergrid-core\[{NAMES[solver]}\]"'):
        make_solver(solver, net, compile_network(net))


class TestLightSim2Grid:
    @pytest.mark.parametrize("case", ["case14", "case118", "case300"])
    def test_held_voltages_agree(self, lightsim2grid: str, case: str) -> None:
        net = getattr(pn, case)()
        network = compile_network(net)
        s = everything(net, network)
        found = make_solver(lightsim2grid, net, network).solve(s)
        assert found.converged.all()
        np.testing.assert_allclose(found.v, NewtonSolver(network).solve(s).v, rtol=0.0, atol=1e-8)

    def test_loads_that_depend_on_voltage_are_refused(self, lightsim2grid: str, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        pp.create_load(net, 1, 0.5, const_z_p_percent=50.0)
        with pytest.raises(PowerFlowError, match="has loads of constant current or impedance.*solver: auto"):
            make_solver(lightsim2grid, net, compile_network(net))

    def test_several_sources_are_refused(self, lightsim2grid: str, two_buses: Callable[..., Any]) -> None:
        net = two_buses()
        far = pp.create_bus(net, 10.0)
        pp.create_line_from_parameters(net, 1, far, 1.0, 10.0, 10.0, 0.0, 0.1)
        pp.create_ext_grid(net, far)
        with pytest.raises(PowerFlowError, match="has 2 slack nodes, not one"):
            make_solver(lightsim2grid, net, compile_network(net))


class TestPowerGridModel:
    def test_loads_that_depend_on_voltage_agree(
        self, power_grid_model: str, fused_net: Any, fused_network: CompiledNetwork, fused_loads: np.ndarray
    ) -> None:
        parts = {"s_current": fused_loads * 0.3, "s_impedance": fused_loads * 0.2}
        solver = make_solver(power_grid_model, fused_net, fused_network)
        expected = NewtonSolver(fused_network).solve(fused_loads * 0.4, **parts).v
        np.testing.assert_allclose(solver.solve(fused_loads * 0.4, **parts).v, expected, rtol=0.0, atol=1e-8)

    def test_held_voltages_are_refused(self, power_grid_model: str) -> None:
        net = pn.case14()
        with pytest.raises(PowerFlowError, match="'power_grid_model' cannot.*4 nodes.*solver: newton"):
            make_solver(power_grid_model, net, compile_network(net))


class TestParts:
    def test_series_impedances_and_shunts_have_the_same_matrix(self, two_buses: Callable[..., Any]) -> None:
        network = compile_network(shifted(two_buses))
        parts = series_branches(network, "a solver")
        y = np.diag(parts.shunt)
        for near, far, z, shift in zip(parts.from_node, parts.to_node, parts.z, parts.shift_rad, strict=True):
            tap = np.exp(1j * shift)
            y[[near, far], [near, far]] += 1.0 / z
            y[near, far] -= 1.0 / z / np.conj(tap)
            y[far, near] -= 1.0 / z / tap
        np.testing.assert_allclose(y, network.y.toarray(), rtol=1e-12, atol=1e-12)

    def test_what_is_not_balanced_is_counted_where_it_is_asked_for(self, two_buses: Callable[..., Any]) -> None:
        # flat voltages carry nothing: 3 + 4j MVA are missing, at a held voltage only the 3 MW
        net = two_buses()
        mismatch_mva = np.empty(2)
        v, s = np.ones((2, 2), dtype=complex), np.array([[9.0, 9.0], [3.0 + 4.0j, 0.0]])
        NodeBalance(compile_network(net)).mismatch_mva(v, s, mismatch_mva)
        assert mismatch_mva.tolist() == pytest.approx([5.0, 0.0], abs=1e-12)
        pp.create_gen(net, 1, 0.0, vm_pu=1.0)
        NodeBalance(compile_network(net)).mismatch_mva(v, s, mismatch_mva)
        assert mismatch_mva.tolist() == pytest.approx([3.0, 0.0], abs=1e-12)

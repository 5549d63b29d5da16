"""Derivatives of a solved power flow: hand values, finite differences, conservation, bits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest

from powergrid.errors import PowerFlowError
from powergrid.networks import IEEE13Bus, IEEE34Bus
from powergrid.powerflow import (
    CompiledNetwork,
    FixedPointSolver,
    FlowMeter,
    NewtonSolver,
    Sensitivities,
    SensitivityMeter,
    SensitivityStatus,
    Topology,
    Variation,
    compile_network,
    get_threads,
    sensitivities,
    set_threads,
)
from powergrid.powerflow.varied_flows import VariedFlows

BOTH = ("dv_dp_pu_per_mw", "dv_dq_pu_per_mvar")
LOSS = ("dloss_dp_mw_per_mw", "dloss_dq_mw_per_mvar")
SLACK = ("dslack_dp_mw_per_mw", "dslack_dq_mw_per_mvar")
LOADING = ("dloading_dp_per_mw", "dloading_dq_per_mvar")
VALUES = (*BOTH, *LOSS, *SLACK, *LOADING)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = get_threads()
    yield
    set_threads(before)


def at_the_end(network: CompiledNetwork, power_mva: complex) -> Sensitivities:
    """Sensitivities of two buses to power at the second one, which injects some."""
    s = np.array([[0.0], [power_mva]], dtype=np.complex128)
    v = FixedPointSolver(network).solve(s).v
    return sensitivities(network, v, s, branches=[0])


def test_two_buses_have_the_derivative_of_their_closed_form(two_buses: Callable[..., Any]) -> None:
    # A load of 0.9 MW behind r = 0.1: v = (1 + sqrt(1 + 4 r P)) / 2 = 0.9, so dv/dP = r / sqrt(0.64) = 0.125.
    # Loss (1 - v)^2 / r: its derivative -2 (1 - v) / r dv/dP = -0.25. The slack gives (1 - v) / r: -1.25 = -1 - 0.25.
    # Current 1 pu = 1 / (sqrt(3) 10) kA, rating 0.1 kA: dloading/dP = -1.25 / (sqrt(3) 10) / 0.1 = -0.7216878.
    # S = (|V|^2 - V) / r: reactive power turns V by -r Q and leaves its magnitude, at first order, alone.
    found = at_the_end(compile_network(two_buses(r_pu=0.1)), -0.9)
    assert found.status.tolist() == [SensitivityStatus.FOUND]
    np.testing.assert_allclose(found.dv_dp_pu_per_mw[1, 1], 0.125, rtol=1e-8)
    np.testing.assert_allclose(found.dloss_dp_mw_per_mw[1], -0.25, rtol=1e-8)
    np.testing.assert_allclose(found.dslack_dp_mw_per_mw[1], -1.25, rtol=1e-8)
    np.testing.assert_allclose(found.dloading_dp_per_mw[0, 1], -0.7216878, rtol=1e-7)
    for name in ("dv_dq_pu_per_mvar", "dloss_dq_mw_per_mvar", "dslack_dq_mw_per_mvar", "dloading_dq_per_mvar"):
        np.testing.assert_allclose(getattr(found, name)[..., 1, 0], 0.0, atol=1e-9, err_msg=name)


def test_behind_a_reactance_reactive_power_does_what_active_did(two_buses: Callable[..., Any]) -> None:
    # S = j (|V|^2 - V) / x: Q in the place of P of the resistance, dv/dQ = 0.1 / 0.8, dv/dP = 0, and nothing is lost
    found = at_the_end(compile_network(two_buses(r_pu=0.0, x_pu=0.1)), -0.9j)
    np.testing.assert_allclose(found.dv_dq_pu_per_mvar[1, 1], 0.125, rtol=1e-8)
    np.testing.assert_allclose(found.dv_dp_pu_per_mw[1, 1], 0.0, atol=1e-9)
    np.testing.assert_allclose(found.dloss_dq_mw_per_mvar[1], 0.0, atol=1e-9)
    np.testing.assert_allclose(found.dslack_dp_mw_per_mw[1], -1.0, rtol=1e-9)


def test_a_load_of_constant_impedance_answers_like_a_resistor(two_buses: Callable[..., Any]) -> None:
    # 1 MW at 1 pu is a resistor of 1 pu behind 0.1: V = 1 / 1.1. A further current I lifts V by I (1 || 0.1), and
    # I = P / V at V = 1 / 1.1: dV/dP = 1.1 / 11 = 0.1. With constant current V = 0.9 and dV/dP = 0.1 / 0.9.
    network = compile_network(two_buses(r_pu=0.1))
    one, none = np.array([[0.0], [-1.0]], dtype=np.complex128), np.zeros((2, 1), dtype=np.complex128)
    for part, expected in (("s_impedance", 0.1), ("s_current", 0.1 / 0.9)):
        v = FixedPointSolver(network).solve(none, **{part: one}).v
        found = sensitivities(network, v, none, **{part: one})
        np.testing.assert_allclose(found.dv_dp_pu_per_mw[1, 1], expected, rtol=1e-8, err_msg=part)


def test_power_at_the_slack_only_replaces_the_slack(two_buses: Callable[..., Any]) -> None:
    found = at_the_end(compile_network(two_buses()), -0.9)
    np.testing.assert_array_equal(found.dslack_dp_mw_per_mw[0], -1.0)
    for name in set(VALUES) - {"dslack_dp_mw_per_mw"}:
        np.testing.assert_array_equal(getattr(found, name)[..., 0, :], 0.0, err_msg=name)
    np.testing.assert_array_equal(found.dv_dp_pu_per_mw[0], 0.0)


NETS: dict[str, Callable[[], Any]] = {"ieee13": lambda: IEEE13Bus("A"), "ieee34": lambda: IEEE34Bus("A")}


@pytest.fixture(name="network", params=["ieee13", "ieee34", "fused"])
def network_fixture(request: pytest.FixtureRequest, fused_network: CompiledNetwork) -> CompiledNetwork:
    return compile_network(NETS[request.param]()) if request.param in NETS else fused_network


def random_powers(network: CompiledNetwork, n_env: int, *, zip_parts: bool, seed: int = 3) -> dict[str, np.ndarray]:
    """Loads at every node, together 0.4 MW and 0.2 Mvar on average, a third of each sort with ZIP parts."""
    rng = np.random.default_rng(seed)
    names = ("s", "s_current", "s_impedance") if zip_parts else ("s",)
    size = (network.n_node, n_env)
    scale = 2.0 / (network.n_node * len(names))
    return {name: -scale * (0.4 * rng.random(size) + 0.2j * rng.random(size)) for name in names}


def quantities(network: CompiledNetwork, powers: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Magnitudes, losses, slack and loadings that the solver finds."""
    result = FixedPointSolver(network, tolerance_mva=1e-12, max_iterations=200).solve(**powers)
    assert result.converged.all()
    meter = FlowMeter(network)
    flows = meter.flows(result.v)
    slack = meter.source_power(result.v) - powers["s"][network.slack_nodes]
    losses = (flows.s_from + flows.s_to).real.sum(axis=0)
    return [np.abs(result.v), losses, slack.real.sum(axis=0), flows.loading]


def differences(network: CompiledNetwork, powers: dict[str, np.ndarray], step: np.ndarray) -> list[np.ndarray]:
    """Derivatives along a step by the five-point formula, whose error is of fourth order."""
    at = {k: quantities(network, {**powers, "s": powers["s"] + k * step}) for k in (-2, -1, 1, 2)}
    parts = zip(at[-2], at[-1], at[1], at[2], strict=True)
    size = np.abs(step).max()
    return [(8.0 * (up - down) - (up2 - down2)) / (12.0 * size) for down2, down, up, up2 in parts]


@pytest.mark.parametrize("zip_parts", [False, True], ids=["constant power", "ZIP"])
def test_derivatives_are_what_the_solver_finds_for_a_little_more_power(
    network: CompiledNetwork, zip_parts: bool
) -> None:
    powers = random_powers(network, 5, zip_parts=zip_parts)
    loading = quantities(network, powers)[3]
    solved = FixedPointSolver(network, tolerance_mva=1e-12, max_iterations=200).solve(**powers).v
    sources = np.random.default_rng(1).choice(np.setdiff1d(np.arange(network.n_node), network.slack_nodes), 6, False)
    found = sensitivities(network, solved, **powers, sources=sources, branches=range(network.n_branch))
    carries = loading > 0.02  # near no current the loading has a kink
    for column, source in enumerate(sources):
        for kind, unit in enumerate((1.0, 1.0j)):
            step = np.zeros_like(powers["s"])
            step[source] = 2e-3 * unit
            dv, dloss, dslack, dloading = differences(network, powers, step)
            np.testing.assert_allclose(getattr(found, BOTH[kind])[:, column], dv, rtol=1e-5, atol=1e-7)
            np.testing.assert_allclose(getattr(found, LOSS[kind])[column], dloss, rtol=1e-5, atol=1e-6)
            np.testing.assert_allclose(getattr(found, SLACK[kind])[column], dslack, rtol=1e-5, atol=1e-6)
            mine = getattr(found, LOADING[kind])[:, column]
            np.testing.assert_allclose(mine[carries], dloading[carries], rtol=1e-4, atol=1e-4)


def test_any_network_has_the_derivatives_of_its_dense_equations(any_net: Any) -> None:
    network = compile_network(any_net)
    powers = random_powers(network, 2, zip_parts=True)
    v = FixedPointSolver(network).solve(**powers).v
    found = sensitivities(network, v, **powers)
    free = np.setdiff1d(np.arange(network.n_node), network.slack_nodes)
    y = network.y.toarray()[np.ix_(free, free)]
    for env in range(2):
        at, s, c, z = v[free, env], *(powers[name][free, env] / network.base_mva for name in powers)
        # I = conj(s) / V* + conj(c) V / |V| + conj(z) V, differentiated by V and by V*
        own = np.conj(c) / (2 * np.abs(at)) + np.conj(z)
        mixed = -np.conj(s) / np.conj(at) ** 2 - np.conj(c) * at**2 / (2 * np.abs(at) ** 3)
        a, b = y - np.diag(own), -np.diag(mixed)
        jacobian = np.block([[(a + b).real, (b - a).imag], [(a + b).imag, (a - b).real]])
        current = np.diag(1.0 / np.conj(at)) / network.base_mva
        right = np.block([[current.real, current.imag], [current.imag, -current.real]])
        x, y_part = np.split(np.linalg.solve(jacobian, right), 2)
        expected = (at.real[:, None] * x + at.imag[:, None] * y_part) / np.abs(at)[:, None]
        for name, part in zip(BOTH, np.split(expected, 2, axis=1), strict=True):
            mine = getattr(found, name)[np.ix_(free, free, [env])][:, :, 0]
            np.testing.assert_allclose(mine, part, rtol=1e-7, atol=1e-9 * np.abs(part).max(), err_msg=name)


def test_the_slack_gives_less_by_what_is_injected_and_not_lost(network: CompiledNetwork) -> None:
    # sources + injections = losses of branches, with loads of constant power and shunts without resistance
    powers = random_powers(network, 7, zip_parts=False)
    found = sensitivities(network, FixedPointSolver(network).solve(**powers).v, **powers)
    np.testing.assert_allclose(found.dslack_dp_mw_per_mw, found.dloss_dp_mw_per_mw - 1.0, atol=1e-7)
    np.testing.assert_allclose(found.dslack_dq_mw_per_mvar, found.dloss_dq_mw_per_mvar, atol=1e-7)


@pytest.mark.parametrize("zip_parts", [False, True], ids=["constant power", "ZIP"])
def test_environments_of_the_fused_net_have_the_same_bits_alone_and_in_threads(
    fused_network: CompiledNetwork, zip_parts: bool
) -> None:
    powers = random_powers(fused_network, 300, zip_parts=zip_parts)
    powers["s"][:, 77] *= 100.0  # collapses
    v = FixedPointSolver(fused_network).solve(**powers).v
    meter = SensitivityMeter(fused_network)
    chosen = {"sources": [60, 3, 30], "branches": [5, 60]}
    set_threads(1)
    batch = meter.measure(v, **powers, **chosen)
    assert np.flatnonzero(~batch.found).tolist() == [77]
    set_threads(3)
    shared = meter.measure(v, **powers, **chosen)
    for field in fields(Sensitivities):
        np.testing.assert_array_equal(getattr(shared, field.name), getattr(batch, field.name), err_msg=field.name)
    for env in (0, 76, 77, 78, 299):
        alone = meter.measure(v[:, [env]], **{name: s[:, [env]] for name, s in powers.items()}, **chosen)
        for name in (*VALUES, "status"):
            np.testing.assert_array_equal(getattr(alone, name)[..., 0], getattr(batch, name)[..., env], err_msg=name)


def test_a_source_in_the_fused_net_has_the_same_bits_whatever_else_is_asked(fused_network: CompiledNetwork) -> None:
    powers = random_powers(fused_network, 2, zip_parts=True)
    v = FixedPointSolver(fused_network).solve(**powers).v
    everything = sensitivities(fused_network, v, **powers, branches=range(fused_network.n_branch))
    few = sensitivities(fused_network, v, **powers, sources=[40, 3, 40], nodes=[7, 70], branches=[11])
    np.testing.assert_array_equal(few.dv_dq_pu_per_mvar, everything.dv_dq_pu_per_mvar[[7, 70]][:, [40, 3, 40]])
    np.testing.assert_array_equal(few.dloss_dp_mw_per_mw, everything.dloss_dp_mw_per_mw[[40, 3, 40]])
    np.testing.assert_array_equal(few.dloading_dp_per_mw, everything.dloading_dp_per_mw[[11]][:, [40, 3, 40]])


@pytest.mark.parametrize("wrong", ["other powers", "no number", "no voltage"])
def test_voltages_that_solve_nothing_are_a_status_and_zeros(two_buses: Callable[..., Any], wrong: str) -> None:
    network = compile_network(two_buses())
    s = np.array([[0.0, 0.0, 0.0], [-0.9, -0.5, -0.9]], dtype=np.complex128)
    v = FixedPointSolver(network).solve(s).v
    if wrong == "other powers":
        s[1, 1] = -3.0  # beyond 2.5 MW nothing solves it
    else:
        v[1, 1] = np.nan if wrong == "no number" else 0.0
    found = sensitivities(network, v, s, branches=[0])
    unsolved, fine = SensitivityStatus.UNSOLVED, SensitivityStatus.FOUND
    assert found.status.tolist() == [fine, unsolved, fine]
    for name in VALUES:
        np.testing.assert_array_equal(getattr(found, name)[..., 1], 0.0, err_msg=name)
        np.testing.assert_array_equal(getattr(found, name)[..., 2], getattr(found, name)[..., 0], err_msg=name)
    np.testing.assert_allclose(found.dv_dp_pu_per_mw[1, 1, 2], 0.125, rtol=1e-8)


def test_the_limit_of_the_lines_is_a_status_and_zeros(two_buses: Callable[..., Any]) -> None:
    # at 2.5 MW v = 0.5, where dv/dP = r / (2 v - 1) has no value
    network = compile_network(two_buses(r_pu=0.1))
    s = np.array([[0.0], [-2.5]], dtype=np.complex128)
    found = sensitivities(network, np.array([[1.0], [0.5]], dtype=np.complex128), s, branches=[0])
    assert found.status.tolist() == [SensitivityStatus.SINGULAR]
    for name in VALUES:
        np.testing.assert_array_equal(getattr(found, name), 0.0, err_msg=name)


def test_a_network_of_slack_nodes_only_has_nothing_to_change(two_buses: Callable[..., Any]) -> None:
    net = two_buses()
    pp.create_ext_grid(net, 1)
    network = compile_network(net)
    s = np.zeros((2, 3), dtype=np.complex128)
    found = sensitivities(network, FixedPointSolver(network).solve(s).v, s, branches=[0])
    assert found.found.all()
    np.testing.assert_array_equal(found.dv_dp_pu_per_mw, 0.0)
    np.testing.assert_array_equal(found.dslack_dp_mw_per_mw, -1.0)


@pytest.fixture(name="varied_flow", scope="module")
def varied_flow_fixture(fused_network: CompiledNetwork) -> dict[str, Any]:
    """150 environments of the fused net with taps and topologies of their own: what a solve and a meter are told."""
    rng, changers = np.random.default_rng(2), fused_network.tap_changers
    taps = changers.positions(150)
    taps += rng.integers(np.maximum(changers.lowest, -4), np.minimum(changers.highest, 4) + 1, (150, len(changers))).T
    taps = np.clip(taps, changers.lowest[:, None], changers.highest[:, None])
    taps[:, :40] = changers.positions(40)
    dead_end = len(fused_network.branch_names) - 1
    cut = (fused_network.branch_kind[dead_end], int(fused_network.branch_element[dead_end]))
    variation = Variation(
        topologies=[Topology(), Topology(open_branches=[cut])], topology=rng.integers(0, 2, 150), taps=taps
    )
    return {**random_powers(fused_network, 150, zip_parts=True), "variation": variation}


def test_taps_and_topologies_of_each_environment_count(
    fused_network: CompiledNetwork, varied_flow: dict[str, Any]
) -> None:
    solver = FixedPointSolver(fused_network, tolerance_mva=1e-10)
    v, powers = solver.solve(**varied_flow).v, {**varied_flow}
    dead = np.flatnonzero((v == 0.0).any(axis=1))
    assert len(dead) > 0
    sources = [5, int(dead[0]), 40, 70]
    meter = SensitivityMeter(fused_network)
    found = meter.measure(v, **varied_flow, sources=sources, branches=range(fused_network.n_branch))
    assert found.found.all()
    flows, varied = FlowMeter(fused_network), VariedFlows(fused_network)
    for column, source in enumerate(sources):
        for kind, unit in enumerate((1.0, 1.0j)):
            change = []
            for sign in (1.0, -1.0):
                powers["s"] = varied_flow["s"].copy()
                powers["s"][source] += sign * 1e-3 * unit
                at = solver.solve(**powers).v
                loading = flows.flows(at).loading
                varied.correct_loading(at, varied_flow["variation"], loading)
                change.append((np.abs(at), loading))
            dv, dloading = ((up - down) / 2e-3 for up, down in zip(*change, strict=True))
            np.testing.assert_allclose(getattr(found, BOTH[kind])[:, column], dv, rtol=1e-5, atol=1e-6)
            near = np.isclose(getattr(found, LOADING[kind])[:, column], dloading, rtol=1e-4, atol=1e-3)
            assert near[change[0][1] > 0.02].all()
    gone = v[dead[0]] == 0.0
    for name in VALUES:  # what has no supply answers to nothing
        np.testing.assert_array_equal(getattr(found, name)[..., 1, gone], 0.0, err_msg=name)


def test_varied_environments_have_the_same_bits_alone_and_in_threads(
    fused_network: CompiledNetwork, varied_flow: dict[str, Any]
) -> None:
    v = FixedPointSolver(fused_network).solve(**varied_flow).v
    meter = SensitivityMeter(fused_network)
    set_threads(1)
    batch = meter.measure(v, **varied_flow, sources=[3, 60])
    set_threads(3)
    shared = meter.measure(v, **varied_flow, sources=[3, 60])
    variation = varied_flow["variation"]
    for name in (*VALUES, "status"):
        np.testing.assert_array_equal(getattr(shared, name), getattr(batch, name), err_msg=name)
    for env in (0, 39, 40, 149):
        own = Variation(
            topologies=variation.topologies, topology=variation.topology[[env]], taps=variation.taps[:, [env]]
        )
        powers = {name: varied_flow[name][:, [env]] for name in ("s", "s_current", "s_impedance")}
        alone = SensitivityMeter(fused_network).measure(v[:, [env]], **powers, variation=own, sources=[3, 60])
        for name in (*VALUES, "status"):
            np.testing.assert_array_equal(getattr(alone, name)[..., 0], getattr(batch, name)[..., env], err_msg=name)


def test_forgotten_taps_are_a_status(fused_network: CompiledNetwork, varied_flow: dict[str, Any]) -> None:
    v = FixedPointSolver(fused_network).solve(**varied_flow).v
    found = sensitivities(fused_network, v, **{**varied_flow, "variation": None}, sources=[3])
    variation = varied_flow["variation"]
    moved = (variation.taps != fused_network.tap_changers.positions(150)).any(axis=0)
    np.testing.assert_array_equal(found.found, ~moved & (variation.topology == 0))


def test_where_generators_hold_the_voltage_it_stays() -> None:
    # finite differences of Newton's method, on 14 buses of which four are held
    network = compile_network(pn.case14())
    assert network.n_pv == 4
    s = random_powers(network, 3, zip_parts=False)["s"] * 40.0
    solver = NewtonSolver(network, tolerance_mva=1e-9)
    found = sensitivities(network, solver.solve(s).v, s)
    assert found.found.all()
    for source in range(network.n_node):
        for name, unit in (("dv_dp_pu_per_mw", 1.0), ("dv_dq_pu_per_mvar", 1.0j)):
            step = np.zeros_like(s)
            step[source] = 0.1 * unit
            high, low = (np.abs(solver.solve(s + sign * step).v) for sign in (1.0, -1.0))
            np.testing.assert_allclose(getattr(found, name)[:, source], (high - low) / 0.2, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(found.dv_dp_pu_per_mw[network.pv_nodes], 0.0, atol=1e-15)
    np.testing.assert_allclose(found.dv_dq_pu_per_mvar[:, network.pv_nodes], 0.0, atol=1e-15)
    np.testing.assert_allclose(found.dslack_dp_mw_per_mw, found.dloss_dp_mw_per_mw - 1.0, atol=1e-9)


def test_wrong_arguments_are_named(two_buses: Callable[..., Any]) -> None:
    network = compile_network(two_buses())
    s, v = np.zeros((2, 3), dtype=np.complex128), np.ones((2, 3), dtype=np.complex128)
    with pytest.raises(PowerFlowError, match=r"'s' has shape \(3, 3\)"):
        sensitivities(network, v, np.zeros((3, 3), dtype=np.complex128))
    with pytest.raises(PowerFlowError, match=r"'v' has shape \(2, 1\)"):
        sensitivities(network, v[:, :1], s)
    with pytest.raises(PowerFlowError, match=r"'sources' contains 2; this network has 2 of them"):
        sensitivities(network, v, s, sources=[0, 2])
    with pytest.raises(PowerFlowError, match=r"'nodes' contains -1"):
        sensitivities(network, v, s, nodes=[-1])
    with pytest.raises(PowerFlowError, match=r"'branches' contains 1; this network has 1"):
        sensitivities(network, v, s, branches=[1])
    with pytest.raises(PowerFlowError, match=r"tolerance_mva is 0"):
        SensitivityMeter(network, tolerance_mva=0.0)

"""Environments solved together have the bits they have alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powergrid.powerflow import CompiledNetwork, FixedPointSolver, PowerFlowResult, branch_flows, source_power


def columns(result: PowerFlowResult, envs: slice | np.ndarray) -> bytes:
    parts = (result.v[:, envs], result.status[envs], result.iterations[envs], result.mismatch_mva[envs])
    return b"".join(np.ascontiguousarray(part).tobytes() for part in parts)


@pytest.fixture(scope="module")
def solver(fused_network: CompiledNetwork) -> FixedPointSolver:
    return FixedPointSolver(fused_network)


@pytest.fixture(scope="module")
def mixed(fused_loads: np.ndarray) -> np.ndarray:
    """100 environments from generation to far beyond collapse; some without solution, some with hardly any load."""
    rng = np.random.default_rng(3)
    s = fused_loads * rng.uniform(-0.5, 1.3, (len(fused_loads), 100))
    s[:, ::9] *= 8.0
    s[:, ::7] *= 1e-7
    return np.ascontiguousarray(s)


class TestBits:
    @pytest.mark.parametrize("n_env", [1, 2, 7, 9, 10, 31, 32, 33, 64, 99])
    def test_a_smaller_batch_gives_the_same_bits(self, solver: FixedPointSolver, mixed: np.ndarray, n_env: int) -> None:
        whole = solver.solve(mixed)
        assert set(whole.status) > {0}
        assert columns(solver.solve(mixed[:, :n_env].copy()), slice(None)) == columns(whole, slice(n_env))

    def test_each_environment_alone_gives_the_same_bits(self, solver: FixedPointSolver, mixed: np.ndarray) -> None:
        whole = solver.solve(mixed)
        for env in range(0, 100, 3):
            assert columns(solver.solve(mixed[:, [env]]), slice(None)) == columns(whole, slice(env, env + 1))

    def test_the_order_of_environments_does_not_matter(self, solver: FixedPointSolver, mixed: np.ndarray) -> None:
        order = np.random.default_rng(1).permutation(100)
        assert columns(solver.solve(mixed[:, order]), slice(None)) == columns(solver.solve(mixed), order)

    @pytest.mark.parametrize("n_env", [1, 7, 64])
    def test_so_it_is_with_currents_and_impedances(
        self, solver: FixedPointSolver, mixed: np.ndarray, n_env: int
    ) -> None:
        parts = {"s_current": mixed[:, ::-1] * 0.3, "s_impedance": np.roll(mixed, 7, axis=1) * 0.2}
        whole = solver.solve(mixed * 0.4, **parts)
        some = {name: part[:, :n_env] for name, part in parts.items()}
        assert columns(solver.solve(mixed[:, :n_env] * 0.4, **some), slice(None)) == columns(whole, slice(n_env))

    def test_zero_parts_give_the_bits_of_no_parts(self, solver: FixedPointSolver, mixed: np.ndarray) -> None:
        with_parts = solver.solve(mixed, s_current=np.zeros_like(mixed))
        assert with_parts.v.tobytes() == solver.solve(mixed).v.tobytes()

    def test_nothing_is_remembered_between_calls(self, solver: FixedPointSolver, mixed: np.ndarray) -> None:
        before = columns(solver.solve(mixed), slice(None))
        solver.solve(mixed * 0.1)
        solver.solve(mixed[:, :1] * 20.0)
        assert columns(solver.solve(mixed), slice(None)) == before

    def test_flows_have_the_same_bits_too(self, fused_network: CompiledNetwork, solver: Any, mixed: np.ndarray) -> None:
        v = solver.solve(mixed).v
        whole, source = branch_flows(fused_network, v), source_power(fused_network, v)
        for n_env in (1, 2, 7, 64):
            some = branch_flows(fused_network, v[:, :n_env].copy())
            assert some.s_from.tobytes() == np.ascontiguousarray(whole.s_from[:, :n_env]).tobytes()
            assert some.loading.tobytes() == np.ascontiguousarray(whole.loading[:, :n_env]).tobytes()
            some_source = source_power(fused_network, v[:, :n_env].copy())
            assert some_source.tobytes() == np.ascontiguousarray(source[:, :n_env]).tobytes()


class TestConservation:
    def test_sources_less_loads_less_losses_leave_nothing(
        self, solver: FixedPointSolver, fused_network: CompiledNetwork, fused_loads: np.ndarray, varied: Any
    ) -> None:
        s = varied(fused_loads, 64, low=-0.5, high=1.2)
        result = solver.solve(s)
        assert result.converged.all()
        assert np.abs(balance_mva(fused_network, result.v, s)).max() <= 1e-9

    @given(seed=st.integers(0, 2**32 - 1), size=st.floats(0.0, 1.2), n_env=st.sampled_from([1, 3, 12]))
    def test_whatever_is_injected_power_is_conserved(
        self,
        solver: FixedPointSolver,
        fused_network: CompiledNetwork,
        fused_loads: np.ndarray,
        seed: int,
        size: float,
        n_env: int,
    ) -> None:
        rng = np.random.default_rng(seed)
        s = fused_loads * rng.uniform(-size, size, (len(fused_loads), n_env))
        result = solver.solve(s)
        assert result.converged.all()
        assert np.abs(balance_mva(fused_network, result.v, s)).max() <= 1e-9

    @given(seed=st.integers(0, 2**32 - 1), env=st.integers(0, 11))
    def test_a_bank_of_environments_equals_each_alone(
        self, solver: FixedPointSolver, fused_loads: np.ndarray, seed: int, env: int
    ) -> None:
        rng = np.random.default_rng(seed)
        s = fused_loads * rng.uniform(-1.0, 2.5, (len(fused_loads), 12))
        assert columns(solver.solve(s[:, [env]]), slice(None)) == columns(solver.solve(s), slice(env, env + 1))

    @given(seed=st.integers(0, 2**32 - 1))
    def test_what_depends_on_voltage_is_conserved_too(
        self, solver: FixedPointSolver, fused_network: CompiledNetwork, fused_loads: np.ndarray, seed: int
    ) -> None:
        rng = np.random.default_rng(seed)
        power, current, impedance = (fused_loads * rng.uniform(-0.4, 0.6, (len(fused_loads), 2)) for _ in range(3))
        result = solver.solve(power, s_current=current, s_impedance=impedance)
        vm = np.abs(result.v)
        assert np.abs(balance_mva(fused_network, result.v, power + current * vm + impedance * vm**2)).max() <= 1e-9

    def test_the_reported_mismatch_bounds_the_true_one(
        self, solver: FixedPointSolver, fused_network: CompiledNetwork, mixed: np.ndarray
    ) -> None:
        result = solver.solve(mixed)
        v = result.v[:, result.converged]
        off = fused_network.base_mva * v * np.conj(fused_network.y @ v) - mixed[:, result.converged]
        off[fused_network.slack_nodes] = 0.0
        # beside stiff regulators the last bit of a voltage is worth more than 1e-11 MVA
        rounding = np.finfo(float).eps * np.sum(np.abs(v) * (abs(fused_network.y) @ np.abs(v)), axis=0)
        assert (np.sum(np.abs(off), axis=0) <= result.mismatch_mva[result.converged] + rounding).all()
        assert result.mismatch_mva[result.converged].max() <= 5e-10


def balance_mva(network: CompiledNetwork, v: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Active power that comes in from sources and injections and does not go out as loss."""
    flows = branch_flows(network, v)
    shunt_admittance = network.y @ np.ones(network.n_node)
    for f, t, yff, yft, ytf, ytt in zip(
        network.from_node, network.to_node, network.yff, network.yft, network.ytf, network.ytt, strict=True
    ):
        shunt_admittance[f] -= yff + yft
        shunt_admittance[t] -= ytf + ytt
    shunts = network.base_mva * np.abs(v) ** 2 * np.conj(shunt_admittance)[:, np.newaxis]
    free = np.setdiff1d(np.arange(network.n_node), network.slack_nodes)
    injected = np.sum(s[free], axis=0) + np.sum(source_power(network, v), axis=0)
    return (injected - np.sum(flows.s_from + flows.s_to, axis=0) - np.sum(shunts, axis=0)).real

"""Newton's environments solved together have the bits they have alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandapower.networks as pn
import pytest

from powergrid.powerflow import (
    CompiledNetwork,
    NewtonSolver,
    PowerFlowResult,
    compile_network,
    fixed_injections,
    get_threads,
    nominal_loads,
    set_threads,
)


def columns(result: PowerFlowResult, envs: slice | np.ndarray) -> bytes:
    parts = (result.v[:, envs], result.status[envs], result.iterations[envs], result.mismatch_mva[envs])
    return b"".join(np.ascontiguousarray(part).tobytes() for part in parts)


@pytest.fixture(scope="module", params=["case30", "fused"])
def world(request: pytest.FixtureRequest, fused_network: CompiledNetwork, fused_loads: np.ndarray) -> Any:
    """A solver and 100 environments from generation to far beyond collapse, some with hardly any load."""
    if request.param == "fused":
        network, s = fused_network, fused_loads
    else:
        net = pn.case30()
        network = compile_network(net)
        loads = nominal_loads(net, network)
        s = fixed_injections(net, network)[:, np.newaxis]
        np.add.at(s[:, 0], loads.node, -(loads.p_mw + 1j * loads.q_mvar))
    rng = np.random.default_rng(3)
    varied = s * rng.uniform(-0.5, 1.3, (len(s), 100))
    varied[:, ::9] *= 8.0
    varied[:, ::7] *= 1e-7
    return NewtonSolver(network), np.ascontiguousarray(varied)


@pytest.fixture
def _threads_as_before() -> Iterator[None]:
    before = get_threads()
    yield
    set_threads(before)


@pytest.mark.parametrize("n_env", [1, 2, 4, 5, 31, 33, 64, 99])
def test_a_smaller_batch_gives_the_same_bits(world: Any, n_env: int) -> None:
    solver, s = world
    whole = solver.solve(s)
    assert 0 in whole.status
    assert set(whole.status.tolist()) > {0}
    assert np.isfinite(whole.v).all()
    assert columns(solver.solve(s[:, :n_env].copy()), slice(None)) == columns(whole, slice(n_env))


def test_each_environment_alone_gives_the_same_bits(world: Any) -> None:
    solver, s = world
    whole = solver.solve(s)
    for env in range(0, 100, 3):
        assert columns(solver.solve(s[:, [env]]), slice(None)) == columns(whole, slice(env, env + 1))


def test_the_order_of_environments_does_not_matter(world: Any) -> None:
    solver, s = world
    order = np.random.default_rng(1).permutation(100)
    assert columns(solver.solve(s[:, order]), slice(None)) == columns(solver.solve(s), order)


@pytest.mark.parametrize("n_env", [1, 7, 64])
def test_so_it_is_with_currents_and_impedances(world: Any, n_env: int) -> None:
    solver, s = world
    parts = {"s_current": s[:, ::-1] * 0.3, "s_impedance": np.roll(s, 7, axis=1) * 0.2}
    whole = solver.solve(s * 0.4, **parts)
    some = {name: part[:, :n_env] for name, part in parts.items()}
    assert columns(solver.solve(s[:, :n_env] * 0.4, **some), slice(None)) == columns(whole, slice(n_env))


def test_nothing_is_remembered_between_calls(world: Any) -> None:
    solver, s = world
    before = columns(solver.solve(s), slice(None))
    solver.solve(s * 0.1)
    assert columns(solver.solve(s), slice(None)) == before


@pytest.mark.usefixtures("_threads_as_before")
@pytest.mark.parametrize("threads", [2, 3])
def test_threads_do_not_change_a_bit(world: Any, threads: int) -> None:
    solver, s = world
    s = np.tile(s, 3)
    set_threads(1)
    alone = columns(solver.solve(s), slice(None))
    set_threads(threads)
    assert columns(solver.solve(s), slice(None)) == alone


def test_the_reported_mismatch_bounds_the_true_one(world: Any) -> None:
    solver, s = world
    result = solver.solve(s)
    network, found = solver.network, result.converged
    v = result.v[:, found]
    off = network.base_mva * v * np.conj(network.y @ v) - s[:, found]
    off[network.slack_nodes] = 0.0
    off.imag[network.pv_nodes] = 0.0
    rounding = np.finfo(float).eps * network.base_mva * np.sum(np.abs(v) * (abs(network.y) @ np.abs(v)), axis=0)
    assert (np.sum(np.abs(off), axis=0) <= result.mismatch_mva[found] + rounding).all()
    assert result.mismatch_mva[found].max() <= 5e-10

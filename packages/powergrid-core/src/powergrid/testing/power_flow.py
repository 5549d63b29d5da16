"""A solver of one's own agrees with the reference, treats every environment by itself and never raises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from heron.testing import ContractViolation
from powergrid.powerflow.compilation import compile_network
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.nominal_loads import nominal_loads
from powergrid.powerflow.pandapower_solver import PandapowerSolver
from powergrid.powerflow.result import PowerFlowResult
from powergrid.powerflow.solver import PowerFlowSolver

_HOPELESS_MVA = -1e6


def check_solver(
    make: Callable[[Any, CompiledNetwork], PowerFlowSolver],
    net: Any,
    *,
    n_env: int = 7,
    tolerance_pu: float = 1e-8,
    seed: int = 0,
) -> None:
    """Voltages agree with pandapower's Newton; a batch gives the bits of single solves; a failure is a status.

    Parameters
    ----------
    make
        The factory that a hook registers.
    net
        pandapower net whose loads it is tried on, at 20 to 100 % of their nominal power.
    n_env, seed
        Environments of the batch, and seed of their loads.
    tolerance_pu
        Largest difference of a complex voltage. [pu]

    Raises
    ------
    ContractViolation
        Naming what is not kept.
    """
    network = compile_network(net)
    solver = make(net, network)
    s = _loads(net, network, n_env, seed)
    together = solver.solve(s)
    _require_agreement(together, PandapowerSolver(net, network).solve(s), tolerance_pu)
    for env in range(n_env):
        alone = solver.solve(np.ascontiguousarray(s[:, env : env + 1]))
        if not np.array_equal(alone.v[:, 0], together.v[:, env]):
            raise ContractViolation(f"Environment {env} of {n_env} has other voltages alone.")
    filled = PowerFlowResult.allocate(network.n_node, n_env)
    if solver.solve(s, out=filled) is not filled or not np.array_equal(filled.v, together.v):
        raise ContractViolation("solve(out=…) did not fill and return what it was given.")
    _require_outcome(solver, s, together)


def _loads(net: Any, network: CompiledNetwork, n_env: int, seed: int) -> Any:
    loads = nominal_loads(net, network)
    factors = np.random.default_rng(seed).uniform(0.2, 1.0, (len(loads.names), n_env))
    s = np.zeros((network.n_node, n_env), dtype=np.complex128)
    np.add.at(s, loads.node, -(loads.p_mw + 1j * loads.q_mvar)[:, np.newaxis] * factors)
    return s


def _require_agreement(found: PowerFlowResult, reference: PowerFlowResult, tolerance_pu: float) -> None:
    both = found.converged & reference.converged
    if not np.array_equal(found.converged, reference.converged):
        raise ContractViolation(
            f"Converged in {found.converged.tolist()}, the reference in {reference.converged.tolist()}."
        )
    worst_pu = np.max(np.abs(found.v - reference.v)[:, both], initial=0.0)
    if not worst_pu <= tolerance_pu:
        raise ContractViolation(f"Voltages differ from the reference's by {worst_pu:g} pu.")


def _require_outcome(solver: PowerFlowSolver, s: Any, calm: PowerFlowResult) -> None:
    """One environment that nothing can solve: a status, voltages that are numbers, and no bit changed elsewhere."""
    hopeless = s.copy()
    hopeless[:, 0] += _HOPELESS_MVA
    result = solver.solve(hopeless)
    if result.status[0] == 0 or not np.isfinite(result.v).all():
        raise ContractViolation(
            f"A hopeless load gave status {int(result.status[0])}, or voltages that are no numbers."
        )
    if not np.array_equal(result.v[:, 1:], calm.v[:, 1:]):
        raise ContractViolation("An environment that failed changed the bits of others.")

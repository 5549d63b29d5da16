"""Power is balanced and energy is paid for once, in every step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from heron.testing import ContractViolation
from heron.types import FloatArray
from powergrid.envs.networked_grid_env import NetworkedGridEnv

BALANCE_MW = 1e-6
BALANCE_USD = 1e-6


def check_energy_is_balanced(env: NetworkedGridEnv, *, n_step: int = 24, seed: int = 0) -> None:
    """What sources give is what loads draw and branches lose, within 1e-6 MW in every step of random actions.

    Shunts with a resistance are not looked at.

    Raises
    ------
    ContractViolation
        With what is missing.
    """
    for step in _steps(env, n_step, seed):
        grid = env.plant.grid
        sources_mw = grid.slack_mva.real + np.add.reduce(env.plant.fleet.power_mw())
        missing_mw = sources_mw - np.add.reduce(grid.drawn_mva.real) - grid.losses_mw()
        worst_mw = np.max(np.abs(np.where(grid.failed(), 0.0, missing_mw)))
        if not worst_mw <= BALANCE_MW:
            raise ContractViolation(f"Step {step}: sources less loads and losses are {worst_mw:g} MW.")


def check_energy_is_paid_once(env: NetworkedGridEnv, *, n_step: int = 24, seed: int = 0) -> None:
    """What all areas take together is what the slack gives: nobody's energy is left out or counted twice.

    Raises
    ------
    ContractViolation
        With the difference.
    """
    for step in _steps(env, n_step, seed):
        grid = env.plant.grid
        worst_mw = np.max(np.abs(np.add.reduce(grid.import_mw) - grid.slack_mva.real))
        if not worst_mw <= BALANCE_MW:
            raise ContractViolation(f"Step {step}: areas take {worst_mw:g} MW more or less than the slack gives.")


def _steps(env: NetworkedGridEnv, n_step: int, seed: int) -> Iterator[int]:
    core = env.core
    assert core is not None
    rng = np.random.default_rng(seed)
    core.reset(seeds=[seed + i for i in range(core.n_env)])
    for step in range(n_step):
        actions: dict[str, FloatArray] = {
            agent: rng.uniform(*core.control.bounds(agent), (core.n_env, dim))
            for agent, dim in core.control.dims.items()
        }
        result = core.step(actions)
        yield step
        ended = np.flatnonzero(result.terminated | result.truncated)
        if len(ended):
            core.reset(envs=ended)

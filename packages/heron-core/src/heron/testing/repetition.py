"""What was done once can be done again: seeds, resets and saved states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from heron.envs.core import EnvironmentCore
from heron.testing.recording import CoreFactory, build, draw_actions, horizon, record, require_same
from heron.testing.violation import ContractViolation
from heron.types import FloatArray


def check_deterministic(
    make: CoreFactory, *, n_env: int = 2, n_step: int | None = None, seed: int = 0, seeds_matter: bool = True
) -> None:
    """Two builds give the same run for the same seeds and actions.

    Parameters
    ----------
    make
        Builds a core for a number of environments.
    n_env, n_step, seed
        Environments, steps (enough for a second episode when not given) and first seed.
    seeds_matter
        Whether other seeds must begin differently.

    Raises
    ------
    ContractViolation
        Naming the first number that differs.
    """
    first, second = build(make, n_env), build(make, n_env)
    actions = draw_actions(first, horizon(first, n_step), seed=seed)
    runs = []
    for core in (first, second):
        core.reset(seeds=range(seed, seed + core.n_env))
        runs.append(record(core, actions))
    require_same(runs[0], runs[1], "two builds with the same seeds and actions")
    if seeds_matter:
        _require_seeds_to_matter(build(make, 5), range(seed, seed + 5))


def check_reset_restores_everything(
    make: CoreFactory, *, n_env: int = 2, n_step: int | None = None, seed: int = 0
) -> None:
    """After a reset with a seed nothing is left of what was before, and nobody else was touched.

    Raises
    ------
    ContractViolation
        Naming the first number that differs.
    """
    core = build(make, n_env)
    seeds = range(seed, seed + core.n_env)
    actions = draw_actions(core, horizon(core, n_step), seed=seed)
    core.reset(seeds=seeds)
    before = record(core, actions)
    _disturb(core, seed)
    core.reset(seeds=seeds)
    require_same(before, record(core, actions), "a fresh environment and one that was used and reset")
    _require_partial_reset(core, actions, seed)


def check_restore_equals_never_stopped(
    make: CoreFactory, *, n_env: int = 2, n_step: int | None = None, seed: int = 0
) -> None:
    """Going on from a saved state equals never having stopped, in the same core and in a new one.

    Raises
    ------
    ContractViolation
        Naming the first number that differs.
    """
    core = build(make, n_env)
    actions = draw_actions(core, horizon(core, n_step), seed=seed)
    middle = max(1, min(core.options.max_steps, len(next(iter(actions.values())))) // 2)
    core.reset(seeds=range(seed, seed + core.n_env))
    record(core, _part(actions, slice(0, middle)))
    saved = core.save_state()
    rest = _part(actions, slice(middle, None))
    never_stopped = record(core, rest)
    for attempt in ("the same core", "the same core again"):
        _disturb(core, seed)
        core.restore_state(saved)
        require_same(never_stopped, record(core, rest), f"never stopped and restored into {attempt}")
    other = build(make, n_env)
    other.restore_state(saved)
    require_same(never_stopped, record(other, rest), "never stopped and restored into a new core")


def _part(actions: Mapping[str, FloatArray], steps: slice) -> dict[str, FloatArray]:
    return {agent_id: array[steps] for agent_id, array in actions.items()}


def _disturb(core: EnvironmentCore, seed: int) -> None:
    core.reset(seeds=range(seed + 1000, seed + 1000 + core.n_env))
    record(core, draw_actions(core, max(1, core.options.max_steps // 2), seed=seed + 1))


def _require_partial_reset(core: EnvironmentCore, actions: Mapping[str, FloatArray], seed: int) -> None:
    if core.n_env < 2 or core.exchanges.all:  # peers share their messages, and begin together
        return
    core.reset(seeds=range(seed, seed + core.n_env))
    core.step({agent_id: array[0] for agent_id, array in actions.items()})
    before = core.table.values.copy()
    core.reset(seeds=[seed + 7], envs=np.array([1], dtype=np.intp))
    changed = np.flatnonzero((core.table.values != before)[:, 0])
    if len(changed):
        raise ContractViolation(
            f"Resetting environment 1 changed environment 0: {[core.table.names[row] for row in changed]}."
        )
    alone = core.table.values[:, 1].copy()
    core.reset(seeds=[seed + 7] * core.n_env)
    different = np.flatnonzero(core.table.values[:, 1] != alone)
    if len(different):
        raise ContractViolation(
            f"Reset alone and with others begins differently: {[core.table.names[row] for row in different]}."
        )


def _require_seeds_to_matter(core: EnvironmentCore, seeds: Sequence[int]) -> None:
    begun = []
    for first in range(0, len(seeds), core.n_env):
        core.reset(seeds=seeds[first : first + core.n_env])
        begun.append(core.table.values.copy())
    values = np.concatenate(begun, axis=1)
    if np.all(values == values[:, :1]):
        raise ContractViolation(f"Seeds {seeds[0]} to {seeds[-1]} all begin with the same numbers.")

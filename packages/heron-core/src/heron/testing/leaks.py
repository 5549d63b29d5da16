"""Nobody sees what is hidden from them."""

from __future__ import annotations

import numpy as np

from heron.core.table import StateTable
from heron.core.visibility import can_see
from heron.envs.core import EnvironmentCore
from heron.testing.recording import CoreFactory, draw_actions
from heron.testing.violation import ContractViolation
from heron.types import IndexArray


def check_no_leak(make: CoreFactory, *, n_env: int = 2, n_step: int = 5, seed: int = 0) -> None:
    """Changing every row hidden from an agent leaves its observation unchanged; what is open to it shows.

    Looked at for every agent after the messages of each step have been delivered.

    Parameters
    ----------
    make
        Builds a core for a number of environments, without full observability.
    n_env, n_step, seed
        Environments, steps and first seed.

    Raises
    ------
    ContractViolation
        Naming the agent and the entry of its observation that moved, or the row that does not show.
    """
    core = make(n_env)
    core.reset(seeds=range(seed, seed + n_env))
    actions = draw_actions(core, n_step, seed=seed)
    noise = np.random.default_rng(seed)
    for step in range(n_step):
        core.step({agent_id: array[step] for agent_id, array in actions.items()})
        for agent_id, agent in core.agents.items():
            open_rows = _open_rows(core.table, agent_id, agent.level)
            _require_hidden(core, agent_id, open_rows, noise)
            _require_shown(core, agent_id, open_rows)


def _open_rows(table: StateTable, agent_id: str, level: int) -> IndexArray:
    """Rows open to an agent, straight from the declarations and not from what an observer keeps."""
    seen = [
        can_see(quantity.visibility, viewer=agent_id, viewer_level=level, owner=owner.agent_id, parent=owner.parent_id)
        for quantity, owner in zip(table.quantities, table.owners, strict=True)
    ]
    return np.flatnonzero(seen)


def _require_hidden(core: EnvironmentCore, agent_id: str, open_rows: IndexArray, noise: np.random.Generator) -> None:
    kept = core.table.values.copy()
    before = _everything_shown(core, agent_id)
    changed = noise.normal(size=kept.shape)
    changed[open_rows] = kept[open_rows]
    core.table.values[...] = changed
    after = _everything_shown(core, agent_id)
    core.table.values[...] = kept
    moved = np.argwhere(before != after)
    if len(moved):
        names = core.observer.names(agent_id)
        raise ContractViolation(
            f"Agent {agent_id!r} sees what is hidden from it: entry {names[moved[0][1] % len(names)]!r} of its "
            "observation changed with rows it may not see."
        )


def _require_shown(core: EnvironmentCore, agent_id: str, open_rows: IndexArray) -> None:
    missing = [core.table.names[row] for row in open_rows if row not in core.observer.rows[agent_id]]
    if missing:
        raise ContractViolation(f"Agent {agent_id!r} does not see rows that are open to it: {missing}.")


def _everything_shown(core: EnvironmentCore, agent_id: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Observation as its policy gets it, and as a step gives it to a learner, ``(n_env, dim)``."""
    parts = [core.observe(agent_id).values, core.observe(agent_id).physical.T]
    if agent_id in core.learners:
        parts.append(core.observer.vectors()[0][agent_id])
    return np.concatenate([np.asarray(part, dtype=np.float64) for part in parts], axis=1)

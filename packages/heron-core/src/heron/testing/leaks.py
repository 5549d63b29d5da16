"""Nobody sees what is hidden from them."""

from __future__ import annotations

import numpy as np

from heron.core.visibility import can_see
from heron.envs.core import EnvironmentCore
from heron.envs.event_driven import EventDrivenCore
from heron.testing.frozen import Decisions, frozen_plant
from heron.testing.hidden_rows import HiddenRows
from heron.testing.recording import CoreFactory, build, draw_actions
from heron.testing.violation import ContractViolation
from heron.types import FloatArray, IndexArray


def check_no_leak(make: CoreFactory, *, n_env: int = 2, n_step: int = 5, seed: int = 0) -> None:
    """What is hidden from an agent does not show in what it sees, now or a step later; what is open to it does.

    For every agent and at every step: changing every row hidden from it, in the table and in all snapshots that are
    kept, leaves what it sees as it is. And if such rows, other than its own, are changed before a step, then after that
    step it sees the same but for its inbox: with the plant standing still and everybody deciding as before, nothing but
    physics and messages may carry one agent's numbers to another.

    Parameters
    ----------
    make
        Builds a core for a number of environments, in lockstep or on events, without full observability.
    n_env, n_step, seed
        Environments, steps and first seed; one environment on events.

    Raises
    ------
    ContractViolation
        Naming the agent and the entry of its observation that moved, or the row that does not show.
    """
    core = build(make, n_env)
    core.reset(seeds=range(seed, seed + core.n_env))
    actions = draw_actions(core, n_step, seed=seed)
    noise = np.random.default_rng(seed)
    rows = {agent_id: _open_rows(core, agent_id) for agent_id in core.agents}
    for step in range(n_step):
        action = {agent_id: array[step] for agent_id, array in actions.items()}
        result = core.step(action)
        for agent_id in core.agents:
            _require_hidden(core, agent_id, rows[agent_id], noise)
            _require_shown(core, agent_id, rows[agent_id])
        if (result.terminated | result.truncated).any():
            core.reset(seeds=range(seed, seed + core.n_env))
        _require_no_way_round(core, action, rows, noise)


def _open_rows(core: EnvironmentCore, agent_id: str) -> IndexArray:
    """Rows open to an agent, straight from the declarations and not from what an observer keeps."""
    table, level = core.table, core.agents[agent_id].level
    seen = [
        can_see(quantity.visibility, viewer=agent_id, viewer_level=level, owner=owner.agent_id, parent=owner.parent_id)
        for quantity, owner in zip(table.quantities, table.owners, strict=True)
    ]
    return np.flatnonzero(seen)


def _require_hidden(core: EnvironmentCore, agent_id: str, open_rows: IndexArray, noise: np.random.Generator) -> None:
    before = _everything_shown(core, agent_id)
    hidden = HiddenRows(core, keep=open_rows)
    hidden.change(noise)
    after = _everything_shown(core, agent_id)
    hidden.put_back()
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


def _everything_shown(core: EnvironmentCore, agent_id: str) -> FloatArray:
    """Observation as its policy gets it, and as a step gives it to a learner, ``(n_env, dim)``."""
    parts = [core.observe(agent_id).values, core.observe(agent_id).physical.T]
    if agent_id in core.learners and not isinstance(core, EventDrivenCore):
        parts.append(core.observations()[0][agent_id])
    return np.concatenate([np.asarray(part, dtype=np.float64) for part in parts], axis=1)


def _require_no_way_round(
    core: EnvironmentCore,
    action: dict[str, FloatArray],
    open_rows: dict[str, IndexArray],
    noise: np.random.Generator,
) -> None:
    """Nothing hidden from an agent before a step shows after it; leaves the core as it was."""
    saved = core.save_state()
    with frozen_plant(core):
        decisions = Decisions(core)
        with decisions.noted():
            expected = _shown_after(core, action)
        for agent_id in core.agents:
            core.restore_state(saved)
            HiddenRows(core, keep=np.union1d(open_rows[agent_id], _own_rows(core, agent_id))).change(noise)
            with decisions.repeated():
                seen = _shown_after(core, action)[agent_id]
            _require_unmoved(core, agent_id, expected[agent_id], seen)
    core.restore_state(saved)


def _shown_after(core: EnvironmentCore, action: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """What is open to everyone after a step, ``(n_row, n_env)`` each, in physical units."""
    core.step(action)
    if isinstance(core, EventDrivenCore):
        # What was decided in the step is on its way perhaps; two control steps are longer than most delays.
        horizon_s = core.options.max_steps * core.options.step_s
        core.run(min(core.scheduler.current_time + 2.0 * core.options.step_s, horizon_s))
    return {agent_id: core.table.values[core.observer.rows[agent_id]] for agent_id in core.agents}


def _own_rows(core: EnvironmentCore, agent_id: str) -> IndexArray:
    return np.flatnonzero([owner.agent_id == agent_id for owner in core.table.owners])


def _require_unmoved(core: EnvironmentCore, agent_id: str, expected: FloatArray, seen: FloatArray) -> None:
    names = [core.table.names[row] for row in core.observer.rows[agent_id]]
    for place in np.flatnonzero((expected != seen).any(axis=1)):
        if not names[place].startswith(f"{agent_id}.inbox."):
            raise ContractViolation(
                f"What is hidden from agent {agent_id!r} shows a step later: {names[place]!r}, which it sees, changed "
                "with rows it may not see, neither through the plant nor through its inbox."
            )

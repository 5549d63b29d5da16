"""Numbers stay where they are said to be."""

from __future__ import annotations

import numpy as np

from heron.envs.core import EnvironmentCore
from heron.testing.recording import CoreFactory, build, draw_actions, horizon, record
from heron.testing.violation import ContractViolation


def check_observations_in_box(make: CoreFactory, *, n_env: int = 2, n_step: int | None = None, seed: int = 0) -> None:
    """Observations of every learner are finite float32 inside their Box, at reset and at every step.

    Raises
    ------
    ContractViolation
        Naming the agent, entry and value.
    """
    core = build(make, n_env)
    begun = core.reset(seeds=range(seed, seed + core.n_env))
    run = record(core, draw_actions(core, horizon(core, n_step), seed=seed))
    for agent_id in core.learners:
        box, names = core.observer.space(agent_id), core.observer.names(agent_id)
        for what in (f"observation of {agent_id}", f"observation of {agent_id} after reset"):
            for shown in (begun[agent_id], *run.arrays[what]):
                if shown.dtype != np.float32 or shown.shape != (core.n_env, *box.shape):
                    raise ContractViolation(f"The {what} is {shown.dtype} of shape {shown.shape}.")
                outside = np.argwhere(~((shown >= box.low) & (shown <= box.high)))
                if len(outside):
                    env, entry = outside[0]
                    raise ContractViolation(f"The {what} has {names[entry]!r} = {shown[env, entry]}.")


def check_values_in_bounds(make: CoreFactory, *, n_env: int = 2, n_step: int | None = None, seed: int = 0) -> None:
    """Every row of the state table is finite and within the hard bounds it was declared with.

    Raises
    ------
    ContractViolation
        Naming the row, its bounds and the value.
    """
    core = build(make, n_env)
    core.reset(seeds=range(seed, seed + core.n_env))
    _require_in_bounds(core, core.table.values.T[np.newaxis], "after reset")
    run = record(core, draw_actions(core, horizon(core, n_step), seed=seed))
    _require_in_bounds(core, run.arrays["table"], "after a step")
    _require_in_bounds(core, run.arrays["table after reset"], "after a later reset")


def _require_in_bounds(
    core: EnvironmentCore, values: np.ndarray[tuple[int, ...], np.dtype[np.float64]], when: str
) -> None:
    low = np.array([quantity.low for quantity in core.table.quantities])
    high = np.array([quantity.high for quantity in core.table.quantities])
    outside = np.argwhere(~(np.isfinite(values) & (values >= low) & (values <= high)))
    if len(outside):
        step, env, row = outside[0]
        declared = core.table.quantities[row]
        raise ContractViolation(
            f"Row {core.table.names[row]!r} is {values[step, env, row]} {when} [{declared.unit}], "
            f"declared from {declared.low} to {declared.high}."
        )

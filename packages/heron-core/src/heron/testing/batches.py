"""One environment and a thousand are the same."""

from __future__ import annotations

from collections.abc import Sequence

from heron.testing.recording import CoreFactory, draw_actions, horizon, record, require_same


def check_batch_equals_single(
    make: CoreFactory, *, sizes: Sequence[int] = (2, 7, 64), n_step: int | None = None, seed: int = 0
) -> None:
    """Environment i of any batch gives, bit for bit, what a single one gives with seed + i.

    Checked over the end of an episode, so that the second episode is compared too.

    Parameters
    ----------
    make
        Builds a core for a number of environments.
    sizes
        Batches to compare.
    n_step
        Steps; enough to enter a second episode when not given, at most 60.
    seed
        Seed of environment 0.

    Raises
    ------
    ContractViolation
        Naming the first number that differs.
    """
    single = make(1)
    for size in sizes:
        batch = make(size)
        actions = draw_actions(batch, horizon(batch, n_step), seed=seed)
        batch.reset(seeds=range(seed, seed + size))
        together = record(batch, actions)
        for env in range(size):
            single.reset(seeds=[seed + env])
            alone = record(single, {agent_id: array[:, env : env + 1] for agent_id, array in actions.items()})
            require_same(alone, together.of_env(env), f"alone and as number {env} of {size} environments")

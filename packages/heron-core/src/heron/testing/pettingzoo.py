"""The PettingZoo face over a whole episode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from heron.envs.pettingzoo import PettingZooParallelEnv
from heron.testing.violation import ContractViolation


def check_full_horizon_seed(make: Callable[[], PettingZooParallelEnv], *, seed: int = 0, n_episode: int = 2) -> None:
    """Two environments with one seed and the same actions agree in every output until the end.

    PettingZoo's own seed test compares one step only.

    Parameters
    ----------
    make
        Builds the environment.
    seed
        Seed of the first episode and of the actions.
    n_episode
        Episodes; those after the first are reset without a seed.

    Raises
    ------
    ContractViolation
        Naming the first output that differs.
    """
    first, second = make(), make()
    rng = np.random.default_rng(seed)
    for episode in range(n_episode):
        given = seed if episode == 0 else None
        _require_same(first.reset(seed=given), second.reset(seed=given), f"reset of episode {episode}")
        step = 0
        while first.agents:
            actions = {agent: _draw(first.action_space(agent), rng) for agent in first.agents}
            _require_same(first.step(actions), second.step(actions), f"step {step} of episode {episode}")
            if first.agents != second.agents:
                raise ContractViolation(f"After step {step}: {first.agents} and {second.agents} are still there.")
            step += 1


def _draw(box: Any, rng: np.random.Generator) -> Any:
    return rng.uniform(box.low, box.high).astype(box.dtype)


_OUTPUTS = ("observations", "rewards", "terminations", "truncations", "infos")


def _require_same(one: tuple[Any, ...], other: tuple[Any, ...], when: str) -> None:
    names = ("observations", "infos") if len(one) == 2 else _OUTPUTS
    for name, left, right in zip(names, one, other, strict=True):
        if not _same(left, right):
            raise ContractViolation(f"At {when} {name} differ: {left} and {right}.")


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, dict):
        return isinstance(right, dict) and left.keys() == right.keys() and all(_same(left[k], right[k]) for k in left)
    if isinstance(left, np.ndarray):
        return bool(np.array_equal(left, right))
    return bool(left == right)

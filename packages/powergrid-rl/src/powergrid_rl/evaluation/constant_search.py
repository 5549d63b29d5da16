"""The best constant action, found by random search on training days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from heron.core.policy import ConstantPolicy
from heron.errors import ConfigError
from heron.types import FloatArray
from powergrid_rl.evaluation.rollout import DayBatch, PolicyMaker, count_days

Progress: TypeAlias = Callable[[int, int], None]
"""Called with how much is done and how much there is."""

_FRESH = 0.4
_FIRST_SPREAD, _LAST_SPREAD = 0.4, 0.05


def best_constant_action(
    config: Mapping[str, Any],
    *,
    candidates: int = 300,
    days: int = 96,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, FloatArray]:
    """Constant action of every agent that returns most over training days.

    The first candidate is doing nothing. Of the others two in five are uniform in -1 … 1, the same for all agents of
    equal actions; the rest vary the best one found so far, every agent's apart, less and less.

    Parameters
    ----------
    config
        Configuration of the environment.
    candidates
        Number of actions tried.
    days
        Training days they are tried on, drawn without replacement; all where there are fewer.
    seed
        Seed of days and candidates.
    progress
        Called with the number tried and the number of all.

    Raises
    ------
    ConfigError
        If an agent has no action that does nothing, or nothing is to be tried.
    """
    if candidates < 1:
        raise ConfigError(f"{candidates} candidates are none.", remedy="Try at least one action.")
    rng = np.random.default_rng(seed)
    n_day = count_days(config, "train")
    chosen = np.sort(rng.choice(n_day, size=min(days, n_day), replace=False)).astype(np.intp)
    batch = DayBatch(config, split="train", days=chosen)
    best = {agent: _neutral(batch, agent) for agent in batch.core.learners}
    best_return = -np.inf
    for number in range(candidates):
        action = best if number == 0 else _candidate(best, rng, done=number / candidates)
        returns = batch.run("constant", _maker(action)).returns
        if returns.mean() > best_return:
            best, best_return = action, float(returns.mean())
        if progress is not None:
            progress(number + 1, candidates)
    return best


def _maker(action: Mapping[str, FloatArray]) -> PolicyMaker:
    return lambda _env, agent: ConstantPolicy(action[agent])


def _neutral(batch: DayBatch, agent: str) -> FloatArray:
    neutral = batch.core.control.neutral(agent)
    if neutral is None:
        raise ConfigError(f"The protocol of agent {agent!r} has no action that does nothing to begin a search from.")
    return neutral


def _candidate(best: Mapping[str, FloatArray], rng: np.random.Generator, *, done: float) -> dict[str, FloatArray]:
    if done < _FRESH:
        # The same for all who have as many entries: with a dozen entries drawn apart hardly any is good in all.
        by_length = {len(action): rng.uniform(-1.0, 1.0, len(action)) for action in best.values()}
        return {agent: by_length[len(action)].copy() for agent, action in best.items()}
    spread = _FIRST_SPREAD * (_LAST_SPREAD / _FIRST_SPREAD) ** ((done - _FRESH) / (1.0 - _FRESH))
    return {
        agent: np.clip(action + rng.normal(scale=spread, size=len(action)), -1.0, 1.0) for agent, action in best.items()
    }

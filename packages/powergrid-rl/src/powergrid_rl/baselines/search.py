"""The best constant action, found by random search on training days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from heron.core.policy import ConstantPolicy
from heron.types import FloatArray
from powergrid_rl.evaluation.rollout import DayBatch

Progress = Callable[[int, int], None]


def best_constant_action(
    config: Mapping[str, Any],
    *,
    candidates: int = 300,
    days: int = 96,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, FloatArray]:
    """Constant action of every agent that returns most over training days.

    The first candidate is doing nothing; half of the rest are uniform in -1 … 1, the other half vary
    the best one found so far.

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
    """
    rng = np.random.default_rng(seed)
    batch = DayBatch(config, split="train", days=_some_days(config, days, rng))
    core = batch.env.core
    assert core is not None
    best: dict[str, FloatArray] = {}
    best_return = -np.inf
    for number in range(candidates):
        action = {
            agent: _candidate(number, candidates, core.control.neutral(agent), best.get(agent), rng)
            for agent in core.learners
        }
        returns = batch.run("constant", lambda _env, agent, action=action: ConstantPolicy(action[agent])).returns
        if returns.mean() > best_return:
            best, best_return = action, float(returns.mean())
        if progress is not None:
            progress(number + 1, candidates)
    return best


def _some_days(config: Mapping[str, Any], days: int, rng: np.random.Generator) -> Any:
    n_days = DayBatch(config, split="train", days=np.zeros(1, dtype=np.intp)).env.plant.exogenous.n_days
    return np.sort(rng.choice(n_days, size=min(days, n_days), replace=False)).astype(np.intp)


def _candidate(
    number: int, candidates: int, neutral: FloatArray | None, best: FloatArray | None, rng: np.random.Generator
) -> FloatArray:
    assert neutral is not None
    if best is None:
        return neutral.copy()
    if number < candidates // 2:
        return rng.uniform(-1.0, 1.0, len(neutral))
    return np.clip(best + rng.normal(scale=0.25, size=len(best)), -1.0, 1.0)

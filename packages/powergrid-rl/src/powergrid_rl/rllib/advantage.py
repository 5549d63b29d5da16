"""Advantages and value targets of arrays of experience."""

from __future__ import annotations

import numpy as np

from heron.types import BoolArray, FloatArray


def advantages(
    rewards: FloatArray,
    values: FloatArray,
    next_values: FloatArray,
    terminal: BoolArray,
    ended: BoolArray,
    *,
    gamma: float,
    lambda_: float,
) -> FloatArray:
    """Generalised advantage estimates, all environments and agents at once.

    Parameters
    ----------
    rewards, values : (n_step, ...)
        Reward of each step and value of the state before it.
    next_values : (n_step, ...)
        Value of the state after each step; at the end of an episode that of its last state.
    terminal : (n_step, ...)
        Where nothing follows the step, so that its next value does not count.
    ended : (n_step, ...)
        Where the next row belongs to another episode.
    gamma, lambda_
        Discount and trace decay per step. [1]

    Returns
    -------
    (n_step, ...)
        Advantage of each step; the value target is this plus `values`.

    Source
    ------
    J. Schulman et al., High-dimensional continuous control using generalized advantage estimation, ICLR 2016, eq. 16.
    """
    residual = rewards + gamma * np.where(terminal, 0.0, next_values) - values
    found = np.empty_like(residual)
    running = np.zeros_like(residual[0])
    for step in range(len(residual) - 1, -1, -1):
        running = residual[step] + gamma * lambda_ * np.where(ended[step], 0.0, running)
        found[step] = running
    return found


def standardised(values: FloatArray, used: BoolArray | None = None) -> FloatArray:
    """Values with mean 0 and spread 1; a spread near zero is left alone.

    Parameters
    ----------
    values
        Advantages.
    used
        Which of them are of actions that were used; all when not given. The others become 0, and nothing is learned
        from them; those that were used weigh so much more that a mean over all is the mean over them.
    """
    if used is not None:
        weight = used.size / max(1, int(used.sum()))
        only: FloatArray = np.zeros_like(values)
        only[used] = weight * standardised(values[used]) if used.any() else 0.0
        return only
    centred: FloatArray = (values - values.mean()) / max(1e-4, float(values.std()))
    return centred


def learning_rewards(rewards: FloatArray, *, scale: float, limit: float) -> FloatArray:
    """Rewards as the learner takes them: divided by ``scale`` and cut at ±``limit``."""
    taken: FloatArray = np.clip(rewards / scale, -limit, limit)
    return taken

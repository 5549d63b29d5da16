"""From chunks to the learner's batch: values, advantages, targets, and the order of the minibatches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from ray.rllib.connectors.connector_v2 import ConnectorV2
from ray.rllib.core.columns import Columns
from ray.rllib.evaluation.postprocessing import Postprocessing
from torch import Tensor

from heron.types import BoolArray, FloatArray
from powergrid_rl.rllib.accounting import Accounting
from powergrid_rl.rllib.advantage import advantages, learning_rewards, standardised
from powergrid_rl.rllib.chunk import Chunk, TeamChunk
from powergrid_rl.rllib.module import STATE, TeamModule


class ChunkBatch(ConnectorV2):
    """The whole learner pipeline of the array route.

    A row of the batch is an environment step with all agents of a team. The batch holds each row once per epoch, every
    epoch in its own random order, so that RLlib runs through it once; the order depends on nothing but the seed and
    the number of updates that the module has seen, which its weights carry along.

    Parameters
    ----------
    accounting
        How rewards become value targets.
    n_epoch
        How often each row is learned from.
    n_row_minibatch
        Rows of a minibatch.
    seed
        Seed of the orders.
    """

    def __init__(self, *, accounting: Accounting, n_epoch: int, n_row_minibatch: int, seed: int) -> None:
        super().__init__()
        self._accounting = accounting
        self._n_epoch = n_epoch
        self._n_row_minibatch = n_row_minibatch
        self._seed = seed

    def __call__(self, *, rl_module: Any, batch: dict[str, Any], episodes: Sequence[Chunk], **kwargs: Any) -> Any:
        """Tensors of every module's batch; the value scales are updated on the way."""
        order: Tensor | None = None
        for name in episodes[0].teams:
            module = rl_module[name].unwrapped()
            rows = team_rows(module, name, episodes, self._accounting)
            if order is None:
                order = self._order(module, len(rows[Columns.OBS]))
            module.count_update()
            batch[name] = {column: torch.from_numpy(values).index_select(0, order) for column, values in rows.items()}
        return batch

    def _order(self, module: TeamModule, n_row: int) -> Tensor:
        rng = np.random.default_rng((self._seed, int(module.n_update)))
        order = np.concatenate([rng.permutation(n_row) for _ in range(self._n_epoch)])
        # Filled up to whole minibatches, else RLlib begins the batch again for the rest of the last one.
        n_minibatch = -(-len(order) // self._n_row_minibatch)
        return torch.from_numpy(np.resize(order, n_minibatch * self._n_row_minibatch))


def team_rows(
    module: TeamModule, name: str, chunks: Sequence[Chunk], accounting: Accounting
) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    """Columns of one team's batch, one row per environment step in the order of steps, then environments.

    Parameters
    ----------
    module
        The team's networks; its value scale takes in the new targets.
    name
        Its name in the chunks.
    chunks
        The experience.
    accounting
        How rewards become value targets.

    Returns
    -------
    dict
        Float32 arrays ``(row, n_agent, ...)``; value targets in the critic's normalised units.
    """
    estimates = [_estimate(module, name, chunk, accounting) for chunk in chunks]
    gain = standardised(np.concatenate([_flat(advantage) for advantage, _ in estimates]), _used(name, chunks))
    targets = torch.from_numpy(np.concatenate([_flat(target) for _, target in estimates]).astype(np.float32))
    module.value_scale.update(targets, module.critic[-1])
    teams = [chunk.teams[name] for chunk in chunks]
    columns: dict[str, Any] = {
        Columns.OBS: np.concatenate([_flat(team.observations[:-1]) for team in teams]),
        Columns.ACTIONS: np.concatenate([_flat(team.actions) for team in teams]),
        Columns.ACTION_DIST_INPUTS: np.concatenate([_flat(_distribution(team)) for team in teams]),
        Columns.ACTION_LOGP: np.concatenate([_flat(team.log_probability) for team in teams]),
        Postprocessing.ADVANTAGES: gain.astype(np.float32),
        Postprocessing.VALUE_TARGETS: module.value_scale.normalise(targets).numpy(),
    }
    if module.is_central:
        columns[STATE] = np.concatenate([_flat(chunk.states[:-1]) for chunk in chunks])
    return columns


def _used(name: str, chunks: Sequence[Chunk]) -> BoolArray | None:
    parts = [chunk.teams[name].used for chunk in chunks]
    if any(part is None for part in parts):
        return None
    return np.concatenate([_flat(part) for part in parts])


@torch.no_grad()
def _estimate(module: TeamModule, name: str, chunk: Chunk, accounting: Accounting) -> tuple[FloatArray, FloatArray]:
    """Advantages and value targets in the learner's reward units, each ``(n_step, n_env, n_agent)``."""
    team = chunk.teams[name]
    values = _values(module, team.observations, chunk.states)
    next_values = values[1:].copy()
    ended = chunk.finals()
    if len(chunk.final_states):
        next_values[ended] = _values(module, team.final_observations, chunk.final_states)
    terminal = chunk.terminated if accounting.value_after_limit else ended
    advantage = advantages(
        learning_rewards(team.rewards, scale=accounting.reward_scale, limit=accounting.reward_limit),
        values[:-1],
        next_values,
        terminal[..., np.newaxis],
        ended[..., np.newaxis],
        gamma=accounting.gamma,
        lambda_=accounting.lambda_,
    )
    return advantage, advantage + values[:-1]


def _values(module: TeamModule, observations: Any, states: Any) -> FloatArray:
    """Values in real units, ``(..., n_agent)``."""
    seen = {Columns.OBS: _tensor(observations), STATE: _tensor(states)}
    values: FloatArray = module.value_scale.restore(module.compute_values(seen)).numpy().astype(np.float64)
    return values


def _tensor(values: Any) -> Tensor:
    """Tensor of an array; what comes from another process cannot be written to and is copied."""
    return torch.from_numpy(values if values.flags.writeable else values.copy())


def _distribution(team: TeamChunk) -> Any:
    spread = np.broadcast_to(team.log_spread, team.means.shape)
    return np.concatenate([team.means, spread], axis=-1)


def _flat(values: Any) -> Any:
    return values.reshape(-1, *values.shape[2:])

"""The global state from ``info`` in the learner's batch, for the episode route."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ray.rllib.connectors.connector_v2 import ConnectorV2

from powergrid_rl.rllib.module import STATE


class StateColumn(ConnectorV2):
    """Copies ``info["state"]`` into a column of the batch, one row per row of observations.

    The info at index t came with observation t. It stands after the piece that adds one time step to each episode and
    before the one that batches.
    """

    def __call__(self, *, batch: dict[str, Any], episodes: Sequence[Any], **kwargs: Any) -> dict[str, Any]:
        """The batch with the column."""
        for episode in self.single_agent_episode_iterator(episodes, agents_that_stepped_only=False):
            infos = episode.get_infos(slice(0, len(episode)))
            self.add_n_batch_items(batch, STATE, [info[STATE] for info in infos], len(episode), episode)
        return batch

"""Value targets and advantages of the episode route."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from ray.rllib.connectors.connector_v2 import ConnectorV2
from ray.rllib.core.columns import Columns
from ray.rllib.evaluation.postprocessing import Postprocessing
from ray.rllib.utils.postprocessing.value_predictions import compute_value_targets

from powergrid_rl.rllib.accounting import Accounting
from powergrid_rl.rllib.advantage import learning_rewards, standardised


class EpisodeTargets(ConnectorV2):
    """Last piece of the episode route's pipeline; it takes the place of RLlib's own advantage estimation.

    It calls RLlib's recursion, and adds to it what that has no place for: scaled rewards and normalised values.

    Parameters
    ----------
    accounting
        How rewards become value targets.
    """

    def __init__(self, *, accounting: Accounting) -> None:
        super().__init__()
        self._accounting = accounting

    def __call__(self, *, rl_module: Any, batch: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """The batch with advantages and value targets."""
        for name, columns in batch.items():
            self._add_targets(rl_module[name].unwrapped(), columns)
        return batch

    @torch.no_grad()
    def _add_targets(self, module: Any, columns: dict[str, Any]) -> None:
        values = module.value_scale.restore(module.compute_values(columns)).numpy().astype(np.float64)
        rewards = learning_rewards(
            columns[Columns.REWARDS].numpy().astype(np.float64),
            scale=self._accounting.reward_scale,
            limit=self._accounting.reward_limit,
        )
        targets = compute_value_targets(
            values=values,
            rewards=rewards,
            terminateds=columns[Columns.TERMINATEDS].numpy().astype(np.float64),
            truncateds=columns[Columns.TRUNCATEDS].numpy().astype(np.float64),
            gamma=self._accounting.gamma,
            lambda_=self._accounting.lambda_,
        )
        # The time step that RLlib adds to each episode is there for its value alone.
        real = columns[Columns.LOSS_MASK].numpy()
        gain = np.zeros(len(targets), dtype=np.float32)
        gain[real] = standardised((targets - values)[real])
        as_tensor = torch.from_numpy(targets)
        module.value_scale.update(as_tensor[torch.from_numpy(real)], module.critic[-1])
        module.count_update()
        columns[Postprocessing.ADVANTAGES] = torch.from_numpy(gain)
        columns[Postprocessing.VALUE_TARGETS] = module.value_scale.normalise(as_tensor)

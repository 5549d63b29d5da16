"""Comparisons whose figures are made up, to be read by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from powergrid_rl.evaluation.comparison import NOTHING, RULE, Comparison
from powergrid_rl.evaluation.foresight_bound import ForesightBound
from powergrid_rl.evaluation.rollout import Rollout


def rollout(name: str, returns: list[float], **changes: Any) -> Rollout:
    values = np.array(returns)
    settings: dict[str, Any] = {
        "days": np.arange(len(values)),
        "returns": values,
        "costs_usd": -values,
        "safety": np.zeros(len(values)),
        "violations": np.zeros(len(values)),
        "vm_min_pu": np.full(len(values), 0.97),
        "vm_max_pu": np.full(len(values), 1.02),
    }
    return Rollout(name=name, **{**settings, **changes})


def comparison(*, bound: bool = True, pooled: bool = False, **further: list[float]) -> Comparison:
    """Nothing earns -100 and -300, the rule -80 and -120, the bound -40 and -60."""
    rollouts = {
        NOTHING: rollout(NOTHING, [-100.0, -300.0], safety=np.array([0.0, 2.0]), violations=np.array([0.0, 0.5])),
        RULE: rollout(RULE, [-80.0, -120.0]),
        **{name: rollout(name, returns) for name, returns in further.items()},
    }
    found = ForesightBound(cost_usd=np.array([40.0, 60.0]), losses_usd=np.array([0.0, -2.0]))
    pools = {"learned, 2 seeds": tuple(further)} if pooled else {}
    return Comparison(rollouts=rollouts, bound=found if bound else None, pools=pools)

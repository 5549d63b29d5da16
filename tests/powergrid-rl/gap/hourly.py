"""Timing that matters where a step is an hour, and plans on the small world."""

from __future__ import annotations

from typing import Any

from small_world import BATTERY, GENERATOR, SUN, alone

from heron.scheduling import TickConfig, TimingScheme
from powergrid_rl.gap.plan import GapPlan, plan_gap
from powergrid_rl.gap.policy_choice import PolicyChoice

HOUR_S = 3600.0
HOURLY = TimingScheme(
    field=TickConfig.deterministic(HOUR_S / 4.0),
    coordinator=TickConfig.with_jitter(2.0 * HOUR_S, HOUR_S, 0.5 * HOUR_S, 0.25 * HOUR_S, jitter_ratio=0.3),
    loss=0.1,
)
ONLY_SLOW = TimingScheme(coordinator=TickConfig.deterministic(2.0 * HOUR_S))


def small_plan(
    policy: str | PolicyChoice = "rule_based", timing: TimingScheme = HOURLY, config: Any = None, **options: Any
) -> GapPlan:
    """A study of two days of the small world, six hours each."""
    chosen = PolicyChoice(name=policy) if isinstance(policy, str) else policy
    wanted = alone(GENERATOR, BATTERY, SUN) if config is None else config
    return plan_gap(wanted, chosen, timing, **{"n_seed": 2, "duration_h": 6.0, **options})

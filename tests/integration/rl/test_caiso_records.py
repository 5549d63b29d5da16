"""Rules and bound on real days, beside figures that another implementation found."""

from __future__ import annotations

import pytest

from powergrid.plant.series import TimeSeriesTable
from powergrid.setups.loader import load_setup
from powergrid_rl.evaluation import Comparison, ContestOptions, compare
from powergrid_rl.evaluation.comparison import NOTHING, RULE, RULE_FORECAST


@pytest.fixture(scope="module")
def found(caiso_records: TimeSeriesTable) -> Comparison:
    config = {**load_setup("ieee34_ieee13"), "dataset": caiso_records}
    return compare(config, options=ContestOptions(candidates=0))


@pytest.mark.parametrize(
    ("policy", "usd"),
    [
        # Found independently: 869, and for the rule with its battery by time of day 312, by the next 24 h 303.
        (NOTHING, 869.5),
        (RULE, 312.4),
        (RULE_FORECAST, 303.3),
    ],
)
def test_policies_cost_what_was_found_independently(found: Comparison, policy: str, usd: float) -> None:
    assert -found.rollouts[policy].returns.mean() == pytest.approx(usd, abs=0.5)


def test_the_rule_leaves_the_limits_in_hardly_any_hour(found: Comparison) -> None:
    # 0.3 % of hours there, with constants of each microgrid's own
    assert found.rollouts[RULE].violations.mean() < 0.006


def test_the_bound_is_below_the_best_schedule_that_is_known(found: Comparison) -> None:
    # A feasible schedule made with full knowledge cost 284 USD; the bound must be below that, and not far.
    assert found.bound is not None
    assert 255.0 < found.bound.cost_usd.mean() < 284.0
    for rollout in found.rollouts.values():
        assert (rollout.returns <= -found.bound.cost_usd + 1e-6).all(), rollout.name

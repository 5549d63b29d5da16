"""All baselines and the bound on the embedded year: what each is worth, and that nothing beats the bound on any day."""

from __future__ import annotations

import numpy as np
import pytest

from powergrid.setups.loader import load_setup
from powergrid_rl.evaluation import Comparison, ContestOptions, compare
from powergrid_rl.evaluation.comparison import BOUND, CONSTANT, NOTHING, RANDOM, RULE, RULE_FORECAST

ORDER = (RANDOM, NOTHING, CONSTANT, RULE, RULE_FORECAST)


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compare(load_setup("ieee34_ieee13"), options=ContestOptions(candidates=80))


def test_all_held_out_days_take_part_and_nothing_is_missing(found: Comparison) -> None:
    assert found.n_day >= 60
    assert tuple(found.rollouts) == ORDER
    assert found.notes == ()
    assert found.venue.synthetic


def test_knowing_more_earns_more(found: Comparison) -> None:
    means = [row.returns.mean for row in found.rows()]
    assert [row.name for row in found.rows()] == [*ORDER, BOUND]
    assert means == sorted(means)


@pytest.mark.parametrize(
    ("better", "worse"), [(NOTHING, RANDOM), (RULE, NOTHING), (RULE, CONSTANT), (RULE_FORECAST, RULE)]
)
def test_the_steps_between_them_are_certain(found: Comparison, better: str, worse: str) -> None:
    difference = found.difference(better, worse)
    assert difference.mean > 0.0
    assert difference.excludes_zero


def test_nothing_beats_the_bound_on_any_day(found: Comparison) -> None:
    assert found.bound is not None
    for rollout in found.rollouts.values():
        assert (rollout.returns <= -found.bound.cost_usd + 1e-6).all(), rollout.name


def test_losses_are_a_small_part_of_the_bound(found: Comparison) -> None:
    assert found.bound is not None
    assert 0.0 <= -found.bound.losses_usd.mean() <= 0.02 * found.bound.cost_usd.mean()


def test_control_matters(found: Comparison) -> None:
    # doing nothing leaves the limits in several hours of a hundred, the rule in less than one
    rows = {row.name: row for row in found.rows()}
    assert rows[NOTHING].violations > 0.04
    assert rows[RULE].violations < 0.01
    assert rows[RULE].gap_from_nothing > 0.8
    assert 0.05 < rows[RULE_FORECAST].gap_from_rule < 0.6


def test_days_are_not_all_alike(found: Comparison) -> None:
    assert np.ptp(found.rollouts[RULE].returns) > 100.0

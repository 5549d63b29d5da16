"""Losses, intervals and verdicts of outcomes that are made up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from powergrid_rl.gap.episode import Episode, Outcome
from powergrid_rl.gap.findings import GapFindings
from powergrid_rl.gap.scenario import LOCKSTEP, NO_DELAY, Scenario
from powergrid_rl.gap.table import gap_table, markdown_table, remarks

CAUSES = ("action delay", "loss")
LATE, LOST, BOTH = (Scenario(frozenset(causes)) for causes in (CAUSES[:1], CAUSES[1:], CAUSES))
BASE = (-100.0, -200.0, -300.0)


def outcomes(*returns: float) -> list[Outcome]:
    return [
        Outcome(
            seed=seed, day=seed, return_usd=value, cost_usd=-value, safety=0.0, n_action=24, actions="a", rewards="r"
        )
        for seed, value in enumerate(returns)
    ]


def findings(late: tuple[float, ...], lost: tuple[float, ...], both: tuple[float, ...]) -> GapFindings:
    """Returns less those of lockstep."""
    played = {
        scenario: outcomes(*(base + change for base, change in zip(BASE, changes, strict=True)))
        for scenario, changes in {LATE: late, LOST: lost, BOTH: both}.items()
    }
    return GapFindings({LOCKSTEP: outcomes(*BASE), NO_DELAY: outcomes(*BASE), **played}, CAUSES)


def test_the_gap_is_what_is_lost_day_by_day() -> None:
    found = findings((-10.0, -12.0, -14.0), (0.0, 0.0, 0.0), (-10.0, -12.0, -14.0))
    late = found.alone()["action delay"]
    # mean 12, standard deviation 2, over the root of 3, times Student's 4.3027 for two degrees of freedom: 4.968;
    # unpaired it would be drowned by days that differ by 100
    assert late.gap.mean == pytest.approx(12.0)
    assert late.gap.half_width == pytest.approx(4.968, abs=1e-3)
    assert late.verdict == "loses"
    assert late.cost_gap is not None
    assert late.cost_gap.mean == pytest.approx(12.0)


def test_a_cause_that_changes_nothing_is_said_to_change_nothing() -> None:
    found = findings((-10.0, -12.0, -14.0), (0.0, 0.0, 0.0), (-10.0, -12.0, -14.0))
    assert found.alone()["loss"].verdict == "no difference at all"


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        # mean return 200, threshold 1 %: 2 USD
        ((-0.5, 0.5, 0.25), "no difference found"),
        # mean -0.17, but the interval, 1.04 · 4.3027 / √3 = 2.6 on either side, reaches beyond the threshold
        ((-1.0, 1.0, 0.5), "not distinguishable"),
        ((-1e-12, -1.1e-12, -1e-12), "no difference beyond rounding"),
        ((-30.0, 20.0, -20.0), "not distinguishable"),
        ((-1.0, -1.01, -1.02), "loses, but negligible"),
        ((10.0, 11.0, 12.0), "gains"),
    ],
)
def test_a_verdict_says_what_is_certain(changes: tuple[float, ...], verdict: str) -> None:
    found = findings(changes, (0.0, 0.0, 0.0), changes)
    assert found.threshold_usd == pytest.approx(2.0)
    assert found.alone()["action delay"].verdict == verdict


def test_the_remainder_is_shown() -> None:
    found = findings((-2.0, -2.0, -2.0), (-3.0, -3.0, -3.0), (-10.0, -10.0, -10.0))
    assert found.remainder().gap.mean == pytest.approx(5.0)
    assert "| remainder |  | 5.00 ± 0.00" in markdown_table(found)


def test_shapley_values_are_there_when_every_subset_was_played() -> None:
    found = findings((-2.0, -2.0, -2.0), (-5.0, -5.0, -5.0), (-10.0, -10.0, -10.0))
    values = found.shapley()
    assert [values[cause].gap.mean for cause in CAUSES] == pytest.approx([3.5, 6.5])
    assert "Shapley value: loss" in markdown_table(found)
    lacking = {scenario: played for scenario, played in found.outcomes.items() if scenario != LOST}
    with pytest.raises(KeyError):
        GapFindings(lacking, CAUSES).rows()
    assert GapFindings(lacking, CAUSES).shapley() == {}


def test_equality_without_delays_is_stated() -> None:
    found = findings((-1.0, -1.0, -1.0), (0.0, 0.0, 0.0), (-1.0, -1.0, -1.0))
    assert found.unequal == ()
    assert remarks(found, [])[0].startswith("Events without delays equal lockstep bit for bit: all 72 actions")
    assert "equal, bit for bit" in markdown_table(found)


def test_another_action_without_delays_is_a_warning() -> None:
    equal = findings((-1.0, -1.0, -1.0), (0.0, 0.0, 0.0), (-1.0, -1.0, -1.0))
    other = [replace(one, actions="b") if one.seed == 1 else one for one in equal.outcomes[NO_DELAY]]
    found = GapFindings({**equal.outcomes, NO_DELAY: other}, CAUSES)
    assert found.unequal == (Episode(1, 1),)
    assert (
        "WARNING: events without delays differ from lockstep in 1 of 3 episodes (seed 1 on day 1)"
        in (remarks(found, [])[0])
    )
    assert "NOT EQUAL" in markdown_table(found)


def test_what_a_timing_has_not_is_named() -> None:
    found = findings((-1.0, -1.0, -1.0), (0.0, 0.0, 0.0), (-1.0, -1.0, -1.0))
    lines = remarks(found, ["jitter", "multi-rate"])
    assert "Not part of this timing: jitter, multi-rate." in lines
    assert any("one cause at a time" in line for line in lines)


def test_one_pair_has_no_interval() -> None:
    one = {
        scenario: outcomes(value) for scenario, value in zip((LOCKSTEP, NO_DELAY, LATE), (-5, -5, -5.01), strict=True)
    }
    found = GapFindings(one, CAUSES[:1])
    assert np.isinf(found.together().gap.half_width)
    assert found.together().verdict == "not distinguishable"
    assert "| 0.01000 |" in markdown_table(found)
    assert "One pair has no interval: play more seeds." in remarks(found, [])


def test_days_that_are_played_again_are_no_other_days() -> None:
    equal = findings((-1.0, -1.0, -1.0), (0.0, 0.0, 0.0), (-1.0, -1.0, -1.0))
    assert not any("other days" in line for line in remarks(equal, []))
    same_day = {scenario: [replace(one, day=one.seed % 2) for one in ones] for scenario, ones in equal.outcomes.items()}
    assert "The 3 pairs lie on 2 days: the intervals are for other seeds on these days, not for other days." in (
        remarks(GapFindings(same_day, CAUSES), [])
    )


def test_the_table_has_a_row_for_each_scenario_and_the_remainder() -> None:
    found = findings((-1.0, -1.0, -1.0), (0.0, 0.0, 0.0), (-1.0, -1.0, -1.0))
    assert gap_table(found).row_count == 6 + 2  # lockstep, events, two causes, together, remainder; two Shapley values

"""The table's figures, by hand, and what is written down of them."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from made_up import comparison

from powergrid_rl.evaluation.comparison import BOUND, NOTHING, RULE, SCHEDULE
from powergrid_rl.evaluation.table import comparison_table, difference_lines, markdown_table, remarks


def test_gaps_are_counted_from_nothing_and_from_the_rule() -> None:
    # means: nothing -200, rule -100, bound -50, learned -70: (130 / 150) and (30 / 50)
    rows = {row.name: row for row in comparison(learned=[-60.0, -80.0]).rows()}
    assert rows["learned"].gap_from_nothing == pytest.approx(130.0 / 150.0)
    assert rows["learned"].gap_from_rule == pytest.approx(0.6)
    assert rows[BOUND].gap_from_nothing == 1.0
    assert math.isnan(rows[NOTHING].gap_from_nothing)
    assert math.isnan(rows[RULE].gap_from_rule)


def test_a_policy_worse_than_the_start_closes_less_than_nothing() -> None:
    (row,) = [row for row in comparison(bad=[-400.0, -300.0]).rows() if row.name == "bad"]
    # -350 from -200 towards -50
    assert row.gap_from_nothing == pytest.approx(-1.0)


def test_violations_and_worst_voltage_are_those_of_all_days() -> None:
    rows = {row.name: row for row in comparison().rows()}
    assert rows[NOTHING].violations == 0.25
    assert rows[NOTHING].worst_vm_pu == 0.97
    assert math.isnan(rows[BOUND].worst_vm_pu)


def test_a_pool_is_the_mean_over_its_seeds() -> None:
    found = comparison(pooled=True, a=[-60.0, -80.0], b=[-70.0, -110.0])
    (row,) = [row for row in found.rows() if row.name == "learned, 2 seeds"]
    assert row.returns.mean == -80.0
    # from nothing: differences 40, 220 and 30, 190; mean 120
    assert found.difference("learned, 2 seeds", NOTHING).mean == 120.0
    assert row.gap_from_rule == pytest.approx(20.0 / 50.0)


def test_the_gap_to_the_bound_is_that_of_the_best_policy() -> None:
    found = comparison(learned=[-60.0, -80.0])
    assert found.best() == "learned"
    # -40 + 60 and -60 + 80: 20 on both days
    assert (found.gap_to_bound().mean, found.gap_to_bound().half_width) == (20.0, 0.0)


def test_without_a_bound_there_are_no_gaps() -> None:
    found = comparison(bound=False)
    assert [row.name for row in found.rows()] == [NOTHING, RULE]
    assert all(math.isnan(row.gap_from_nothing) for row in found.rows())
    with pytest.raises(ValueError, match="no bound"):
        found.gap_to_bound()
    assert "bound_usd" not in found.to_dict()


def test_what_is_written_down_is_plain_and_complete() -> None:
    plain = json.loads(json.dumps(comparison(pooled=True, a=[-60.0, -80.0], b=[-70.0, -110.0]).to_dict()))
    assert plain["n_day"] == 2
    assert plain["days"] == [0, 1]
    assert plain["bound_usd"] == [-40.0, -60.0]
    assert plain["bound_losses_usd_per_day"] == 1.0
    assert plain["returns_usd"]["a"] == [-60.0, -80.0]
    assert plain["pools"] == {"learned, 2 seeds": ["a", "b"]}
    pairs = {(entry["one"], entry["other"]): entry["mean"] for entry in plain["paired_differences"]}
    assert pairs["a", RULE] == 30.0
    assert ("learned, 2 seeds", "a") not in pairs
    # what a row does not have is left out, since JSON has no NaN
    assert "worst_voltage_pu" not in plain["rows"][-1]
    assert plain["rows"][-1]["policy"] == BOUND


def printed(table: object) -> str:
    from rich.console import Console

    console = Console(width=150, record=True, file=StringIO())
    console.print(table)
    return console.export_text()


def test_the_table_shows_every_policy_and_what_the_bound_lacks() -> None:
    text = printed(comparison_table(comparison(learned=[-60.0, -80.0]), title="two days"))
    assert "two days" in text
    (line,) = [line for line in text.splitlines() if line.startswith("│ learned")]
    # t(0.975, 1) = 12.706 x standard deviation 14.142 / sqrt(2) = 127.1
    assert [cell.strip() for cell in line.strip("│").split("│")] == [
        "learned",
        "-70.0 ± 127.1",
        "70.0 ± 127.1",
        "86.7 %",
        "60.0 %",
        "0.970",
        "0.0 %",
    ]
    (last,) = [line for line in text.splitlines() if BOUND in line]
    assert [cell.strip() for cell in last.strip("│").split("│")][-2:] == ["", ""]


def test_differences_say_how_sure_they_are() -> None:
    lines = difference_lines(comparison(learned=[-60.0, -100.0]), ["learned"])
    # to the rule: 20 and 20; to nothing: 40 and 200, 120 ± 12.706 x 113.14 / sqrt(2) = 1016.5
    assert lines == [
        f"learned less {NOTHING}: +120.0 ± 1016.5 USD per day, better on 100 % of days, not distinguishable",
        f"learned less {RULE}: +20.0 ± 0.0 USD per day, better on 100 % of days",
    ]


def test_remarks_say_what_the_bound_leaves_out_and_how_seeds_are_pooled() -> None:
    lines = remarks(comparison(pooled=True, a=[-60.0, -80.0], b=[-70.0, -110.0]))
    assert "leaves out the network" in lines[0]
    assert "Its part for losses: 1.0 USD per day." in lines[1]
    assert "the best policy (a): 20.0 ± 0.0" in lines[1]
    assert lines[2].startswith("learned, 2 seeds: mean over a, b; its interval is for other days and other seeds")
    assert remarks(comparison(bound=False)) == []


def test_a_policy_is_better_on_a_share_of_days() -> None:
    lines = difference_lines(comparison(learned=[-70.0, -130.0]), ["learned"])
    assert "better on 50 % of days" in lines[1]
    assert np.isfinite(comparison().difference(RULE, NOTHING).half_width)


def test_a_pool_is_not_compared_with_its_own_seeds() -> None:
    lines = difference_lines(comparison(pooled=True, a=[-60.0, -80.0], b=[-70.0, -110.0]), ["learned, 2 seeds"])
    assert [line.partition(" less ")[2].partition(":")[0] for line in lines] == [NOTHING, RULE]


def test_the_table_for_a_page_has_the_same_cells() -> None:
    lines = markdown_table(comparison(learned=[-60.0, -80.0])).splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert lines[4] == "| learned | -70.0 ± 127.1 | 70.0 ± 127.1 | 86.7 % | 60.0 % | 0.970 | 0.0 % |"


def test_a_schedule_stands_behind_all_policies_and_before_the_bound() -> None:
    found = comparison(pooled=True, a=[-60.0, -80.0], b=[-70.0, -110.0], **{SCHEDULE: [-50.0, -70.0]})
    found = replace(found, pools={"learned, 2 seeds": ("a", "b")})
    assert [row.name for row in found.rows()][-3:] == ["learned, 2 seeds", SCHEDULE, BOUND]
    assert found.best() == "a"
    # from the rule's -100 to the schedule's -60: the pool's -80 is half-way
    assert found.gap_to_schedule("learned, 2 seeds") == 0.5
    assert "a 75 %, b 25 %, learned, 2 seeds 50 %" in "".join(remarks(found))

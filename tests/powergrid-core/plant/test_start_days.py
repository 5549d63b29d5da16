"""The day on which an episode starts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from heron.core.random import SeedTree
from heron.errors import ConfigError
from powergrid.errors import DatasetError
from powergrid.plant.series import TimeSeriesTable
from powergrid.plant.start_days import StartDays


def ten_days() -> TimeSeriesTable:
    """Ten days of hours; the first seven are for training."""
    arrays = {"load": np.ones(240), "price": np.arange(240.0)}
    days = 24 * np.arange(10)
    return TimeSeriesTable.from_arrays(arrays, splits={"train": days[:7], "test": days[7:]}, utc_offset_h=0.0)


def start_days(**changed: Any) -> StartDays:
    return StartDays(ten_days(), **{"split": "train", "start": "random_day", "n_row": 24, **changed})


def trees(*seeds: int, episode: int = 0) -> list[SeedTree]:
    return [SeedTree(seed, episode) for seed in seeds]


def test_a_random_day_belongs_to_the_split_and_to_the_seed() -> None:
    days = start_days()
    chosen = days.choose(trees(*range(50)), {})
    assert set(chosen.tolist()) == {24 * day for day in range(7)}
    np.testing.assert_array_equal(chosen[7:9], days.choose(trees(7, 8), {}))
    assert len({days.choose(trees(7, episode=episode), {}).item() for episode in range(30)}) == 7


def test_days_in_order_are_counted_by_seed_and_episode() -> None:
    # seed 5 begins at day 5 of 7; two episodes later it is day 7 mod 7 = 0
    days = start_days(start="in_order")
    assert days.choose(trees(5), {}).tolist() == [5 * 24]
    assert days.choose(trees(5, episode=2), {}).tolist() == [0]


def test_days_of_the_other_split_are_numbered_from_zero() -> None:
    assert start_days(split="test", start=2).choose(trees(0), {}).tolist() == [9 * 24]


def test_an_episode_of_two_days_does_not_start_on_the_last_day_of_its_split() -> None:
    assert start_days(n_row=48).rows.tolist() == [24 * day for day in range(6)]


def test_a_reset_can_name_days_or_rows() -> None:
    days = start_days()
    assert days.choose(trees(0, 1), {"day": 3}).tolist() == [72, 72]
    assert days.choose(trees(0, 1), {"day": np.array([3, 4])}).tolist() == [72, 96]
    assert days.choose(trees(0), {"start_row": 17}).tolist() == [17]
    assert days.choose(trees(4), {"day": "in_order"}).tolist() == [96]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"day": 7}, r"reset option 'day' is 7\. It must be from 0 to 6"),
        ({"day": [0, -1]}, r"reset option 'day' is \[0, -1\]"),
        ({"day": 1.5}, "reset option 'day' is 1.5. Give one whole number, or 2, one per environment"),
        ({"day": [1, 2, 3]}, "Give one whole number, or 2"),
        ({"day": "tomorrow"}, "reset option 'day' is 'tomorrow'. Give a number, 'random_day' or 'in_order'"),
        ({"start_row": 240}, "It must be from 0 to 239"),
        ({"day": 0, "start_row": 0}, "contradict each other"),
        (
            {"initial_soc": 0.3},
            "no reset option 'initial_soc'; there are 'day', 'start_row'. What a device begins with",
        ),
        ({"dya": 3}, "no reset option 'dya'; there are 'day', 'start_row'. Did you mean 'day'?"),
    ],
)
def test_a_day_that_does_not_exist_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        start_days().choose(trees(0, 1), options)


def test_the_option_of_pettingzoos_own_tests_does_nothing() -> None:
    assert start_days(start=0).choose(trees(0), {"options": 1}).tolist() == [0]


def test_a_start_that_no_episode_could_have_is_refused_when_it_is_configured() -> None:
    with pytest.raises(ConfigError, match=r"start: day of split 'train' is \[7\]\. It must be from 0 to 6"):
        start_days(start=7)
    with pytest.raises(DatasetError, match="No day of split 'test' is followed by 96 rows"):
        start_days(split="test", n_row=96)


def test_an_episode_may_start_at_an_hour_of_its_day() -> None:
    # the rows of ten_days are hours: noon is 12 rows after midnight
    midnight, noon = start_days(n_row=4), start_days(n_row=4, first=12)
    assert noon.rows.tolist() == [row + 12 for row in midnight.rows]
    assert noon.choose(trees(0), {"day": 1}).tolist() == [noon.rows[1]]
    assert noon.choose(trees(0), {"start_row": 5}).tolist() == [5]


def test_an_episode_from_noon_needs_the_rows_after_noon() -> None:
    # 24 rows from noon reach into the next day, which the last day of a split has not
    assert len(start_days(first=12).rows) == len(start_days().rows) - 1

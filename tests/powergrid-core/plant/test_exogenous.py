"""Series on their way into the state table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from heron.core.quantity import Quantity
from heron.core.random import SeedTree
from heron.core.table import StateTable, TableBuilder
from heron.errors import ConfigError
from powergrid.errors import DatasetError
from powergrid.plant.exogenous import Exogenous, SeriesOptions, nominal_series
from powergrid.plant.series import TimeSeriesTable
from powergrid.plant.series_rows import SeriesRows, interval_means, trailing_day_mean

HOUR_NS = 3_600_000_000_000
PRICE = "market.exogenous.price_usd_per_mwh"
SUN = Quantity(name="availability", initial=0.25)


def two_days(**hourly: Sequence[float]) -> TimeSeriesTable:
    """48 hours from midnight; the price is the number of the hour."""
    arrays = {"load": np.ones(48), "solar/A": np.arange(48.0) / 100.0, "price": np.arange(48.0), **hourly}
    days = np.array([0, 24])
    start = np.datetime64("2023-01-01T00:00:00")
    return TimeSeriesTable.from_arrays(arrays, splits={"train": days, "test": days}, utc_offset_h=0.0, start=start)


class World:
    """A series, a row of a device that follows the sun, and the table of both."""

    def __init__(
        self, series: TimeSeriesTable | None = None, *, n_env: int = 1, column: str | None = "solar/A", **options: Any
    ) -> None:
        settings = {"start": 0, **options}
        self.outside = Exogenous(series or two_days(), SeriesOptions(**settings))
        builder = TableBuilder(n_env)
        row = builder.add_block(["pv1"], SUN, feature="exogenous").start
        if column is not None:
            self.outside.follow(row, "pv1", SUN, column)
        self.outside.declare(builder)
        self.table: StateTable = builder.build()
        self.outside.connect(self.table)
        self.elapsed_ns = np.zeros(n_env, dtype=np.int64)
        self.begin(**({} if "start" not in options else {"day": options["start"]}))

    def begin(self, **options: Any) -> None:
        n_env = self.table.n_env
        self.outside.reset(np.arange(n_env), [SeedTree(env) for env in range(n_env)], options)
        self.outside.write(self.elapsed_ns)

    def after(self, hours: float) -> StateTable:
        self.elapsed_ns[...] = round(hours * HOUR_NS)
        self.outside.write(self.elapsed_ns)
        return self.table


def test_rows_show_the_interval_that_starts_now() -> None:
    world = World()
    assert world.after(0)[PRICE].tolist() == [0.0]
    assert world.after(5)[PRICE].tolist() == [5.0]
    assert world.after(5)["pv1.exogenous.availability"].tolist() == [0.05]


def test_after_the_last_row_the_series_begins_again() -> None:
    assert World(start=1).after(30)[PRICE].tolist() == [6.0]  # 24 + 30 = 54 = 48 + 6


def test_forecasts_are_the_following_values() -> None:
    world = World(forecast_steps={"price": 3, "solar": 1})
    table = world.after(46)
    assert [table[f"market.forecast.price_usd_per_mwh_{k}"].item() for k in (1, 2, 3)] == [47.0, 0.0, 1.0]
    assert table["pv1.forecast.availability_1"].tolist() == [0.47]


def test_a_forecast_is_scaled_and_shown_like_the_value_it_foretells() -> None:
    world = World(forecast_steps={"price": 1})
    present, later = (world.table.row(name) for name in (PRICE, "market.forecast.price_usd_per_mwh_1"))
    quantities = world.table.quantities
    assert (quantities[present].offset, quantities[present].scale) == (
        quantities[later].offset,
        quantities[later].scale,
    )
    assert quantities[later].visibility == quantities[present].visibility


def test_the_price_is_scaled_by_training_days_alone() -> None:
    # training day 0..23: mean 11.5, standard deviation sqrt((24² - 1) / 12)
    days = {"train": np.array([0]), "test": np.array([24])}
    world = World(two_days().with_splits(days))
    quantity = world.table.quantities[world.table.row(PRICE)]
    assert quantity.offset == pytest.approx(11.5)
    assert quantity.scale == pytest.approx(np.sqrt((24**2 - 1) / 12))


def test_the_mean_of_the_last_day_is_shorter_at_the_beginning() -> None:
    world = World()
    recent = "market.exogenous.price_mean_24h_usd_per_mwh"
    assert world.after(3)[recent].item() == pytest.approx(1.5)  # (0 + 1 + 2 + 3) / 4
    assert world.after(30)[recent].item() == pytest.approx(18.5)  # 7 … 30


def test_the_clock_shows_local_time_and_the_part_of_the_episode() -> None:
    world = World(episode_steps=24)
    table = world.after(6)
    assert table["clock.exogenous.hour_sin"].item() == pytest.approx(1.0)
    assert table["clock.exogenous.hour_cos"].item() == pytest.approx(0.0, abs=1e-12)
    assert table["clock.exogenous.episode_fraction"].item() == pytest.approx(0.25)


def test_a_long_step_of_short_plant_steps_sees_each_hour_and_forecasts_whole_steps() -> None:
    # at hour 5, within the step of hours 4 and 5; the step after the one from 5 on has hours 7 and 8
    world = World(step_s=7200.0, plant_step_s=1800.0, episode_steps=12, forecast_steps={"price": 1})
    table = world.after(5.5)
    assert table[PRICE].item() == 5.0
    assert table["market.forecast.price_usd_per_mwh_1"].item() == pytest.approx(7.5)


def test_a_longer_step_sees_the_mean_of_its_hours() -> None:
    # hours 4 and 5: price 4.5; the next step's forecast is hours 6 and 7
    world = World(step_s=7200.0, episode_steps=12, forecast_steps={"price": 1})
    table = world.after(4)
    assert table[PRICE].item() == pytest.approx(4.5)
    assert table["market.forecast.price_usd_per_mwh_1"].item() == pytest.approx(6.5)


def test_a_shorter_step_sees_the_hour_it_lies_in() -> None:
    world = World(step_s=900.0, episode_steps=96)
    assert [world.after(h)[PRICE].item() for h in (2.0, 2.75, 3.0)] == [2.0, 2.0, 3.0]


def test_a_step_that_does_not_fit_the_intervals_is_refused() -> None:
    with pytest.raises(ConfigError, match="Steps of 5400 s do not fit a data set with intervals of 3600 s"):
        World(step_s=5400.0)


def test_environments_are_each_at_their_own_day() -> None:
    world = World(n_env=3)
    world.begin(day=np.array([0, 1, 0]))
    world.elapsed_ns[...] = np.array([0, 2, 7]) * HOUR_NS
    world.outside.write(world.elapsed_ns)
    assert world.table[PRICE].tolist() == [0.0, 26.0, 7.0]
    assert world.outside.start_rows().tolist() == [0, 24, 0]


def test_writing_some_environments_leaves_the_others_alone() -> None:
    world = World(n_env=3)
    world.elapsed_ns[...] = 5 * HOUR_NS
    world.outside.write(world.elapsed_ns, np.array([1]))
    assert world.table[PRICE].tolist() == [0.0, 5.0, 0.0]
    assert world.table["clock.exogenous.episode_fraction"].tolist() == [0.0, 5 / 24, 0.0]


def test_a_device_written_as_an_object_can_ask_for_any_column() -> None:
    world = World()
    told = world.outside.present(0, 7 * HOUR_NS)
    assert (told["solar/A"], told["load/anywhere"], len(told)) == (0.07, 1.0, 3)
    assert list(told) == ["load", "solar/A", "price"]
    with pytest.raises(DatasetError, match="no column 'sloar/A'"):
        told["sloar/A"]


def test_a_column_that_does_not_exist_is_refused_unless_there_is_no_data_set() -> None:
    with pytest.raises(DatasetError, match="no column 'rain'"):
        World(column="rain")
    world = World(nominal_series(1), column="rain", lenient=True)
    assert world.after(3)["pv1.exogenous.availability"].tolist() == [0.25]


def test_without_data_there_is_a_day_for_an_episode_of_any_length() -> None:
    world = World(nominal_series(3), column="solar/A", episode_steps=72, lenient=True)
    assert world.outside.n_days == 1
    assert world.after(71)["pv1.exogenous.availability"].tolist() == [1.0]
    assert world.after(71)[PRICE].tolist() == [0.0]


def test_a_saved_place_in_the_series_can_be_taken_back() -> None:
    world = World(n_env=2)
    world.begin(day=np.array([1, 0]))
    saved = world.outside.save_state()
    world.begin(day=0)
    world.outside.restore_state(saved)
    assert world.after(1)[PRICE].tolist() == [25.0, 1.0]


def test_means_over_intervals_meet_the_beginning_at_the_end() -> None:
    # (1 + 2) / 2, (2 + 6) / 2, (6 + 1) / 2
    np.testing.assert_allclose(interval_means(np.array([1.0, 2.0, 6.0]), 2), [1.5, 4.0, 3.5])
    np.testing.assert_array_equal(interval_means(np.array([1.0, 2.0]), 1), [1.0, 2.0])


def test_trailing_means_reach_back_one_day() -> None:
    np.testing.assert_allclose(trailing_day_mean(np.array([1.0, 3.0, 5.0, 7.0]), 2), [1.0, 2.0, 4.0, 6.0])


def test_rows_that_follow_one_series_keep_one_copy_of_it() -> None:
    rows = SeriesRows()
    number = rows.add_series(np.arange(5.0))
    for row, lag in ((3, 0), (9, 2)):
        rows.follow(row, number, lag=lag)
    rows.finish(5)
    assert rows.targets.tolist() == [3, 9]
    np.testing.assert_array_equal(rows.at(np.array([1, 4])), [[1.0, 4.0], [3.0, 1.0]])


def following(quantity: Quantity, values: Sequence[float]) -> None:
    outside = Exogenous(two_days(**{"solar/A": values}), SeriesOptions(start=0))
    outside.follow(0, "pv1", quantity, "solar/A")


def test_a_value_that_the_row_cannot_have_is_refused_with_its_place() -> None:
    full = Quantity(name="availability", low=0.0, high=1.0)
    message = (
        r"Column 'solar/A' is 5 in row 2 \(2023-01-01T02:00:00 UTC\), above 1, which 'availability' cannot be, "
        r"and 1 more values.*Give fractions of the rated power from 0 to 1: divide"
    )
    with pytest.raises(DatasetError, match=message):
        following(full, [0.0, 1.0, 5.0, -1.0] + 44 * [0.0])
    with pytest.raises(DatasetError, match=r"is -1 in row 0 .* below 0, .*Give fractions of the nominal value"):
        following(Quantity(name="load", low=0.0), [-1.0] + 47 * [0.0])


def test_rounding_errors_and_rows_without_bounds_are_let_through() -> None:
    full = Quantity(name="availability", low=0.0, high=1.0)
    following(full, [1.0 + 1e-12, -1e-12] + 46 * [0.5])
    following(Quantity(name="load", low=0.0), [1.05] + 47 * [0.5])
    following(Quantity(name="price"), [-50.0] + 47 * [0.5])

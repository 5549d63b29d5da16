from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powergrid.errors import DatasetError
from powergrid.plant.series import TimeSeriesTable, as_table
from powergrid.plant.series_file import fingerprint, load_table, save_table
from powergrid.plant.series_pickle import load_legacy_pickle
from powergrid.plant.series_split import calendar_years, interleaved_weeks

LOCAL_MIDNIGHT = np.datetime64("2023-01-01T08:00", "s")


def ramp(n_step: int) -> np.ndarray:
    return np.arange(n_step, dtype=float) / n_step


def two_days() -> TimeSeriesTable:
    return TimeSeriesTable.from_arrays(
        {"load/BANC": ramp(48), "load/PGE": 1.0 - ramp(48), "price/LMP": np.full(48, 40.0)}
    )


# --- columns -------------------------------------------------------------------------------------------------------


def test_a_column_is_found_by_its_name() -> None:
    np.testing.assert_array_equal(two_days().column("load/PGE"), 1.0 - ramp(48))


def test_a_series_without_area_serves_every_area() -> None:
    table = TimeSeriesTable.from_arrays({"load": ramp(24)})
    np.testing.assert_array_equal(table.column("load/BANC"), ramp(24))


def test_a_kind_with_one_area_is_found_without_area() -> None:
    assert two_days().column("price")[0] == 40.0


def test_a_kind_with_two_areas_is_not_guessed() -> None:
    with pytest.raises(DatasetError, match=r"no column 'load'; it has load/BANC, load/PGE, price/LMP"):
        two_days().column("load")


def test_a_misspelt_column_is_answered_with_the_nearest() -> None:
    with pytest.raises(DatasetError, match=r"no column 'load/BANK'.*Did you mean 'load/BANC'\?"):
        two_days().column("load/BANK")


def test_units_follow_the_kind_of_the_column() -> None:
    assert two_days().units == {"load/BANC": "1", "load/PGE": "1", "price/LMP": "USD/MWh"}


def test_values_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValueError, match="read-only"):
        two_days().values[0, 0] = 2.0


def test_the_table_keeps_its_own_copy_of_the_values() -> None:
    values = np.zeros((24, 1))
    table = TimeSeriesTable(columns=("load",), values=values)
    values[0, 0] = 1.0
    assert table.values[0, 0] == 0.0


# --- what is refused -----------------------------------------------------------------------------------------------


def test_a_missing_value_is_refused_with_column_row_and_time() -> None:
    wind = ramp(24)
    wind[[5, 7]] = np.nan
    # Row 5 starts 5 h after 08:00 UTC.
    with pytest.raises(DatasetError, match=r"'wind/SP15' is nan in row 5 \(2023-01-01T13:00:00 UTC\) and 1 more"):
        TimeSeriesTable.from_arrays({"load": ramp(24), "wind/SP15": wind})


def test_an_infinite_value_is_refused() -> None:
    with pytest.raises(DatasetError, match="'price' is inf in row 0"):
        TimeSeriesTable.from_arrays({"price": np.full(24, np.inf)})


def test_values_that_do_not_fit_the_columns_are_refused() -> None:
    with pytest.raises(DatasetError, match=r"shape \(24, 2\) do not fit 1 columns"):
        TimeSeriesTable(columns=("load",), values=np.zeros((24, 2)))


def test_a_column_named_twice_is_refused() -> None:
    with pytest.raises(DatasetError, match="appear twice: load"):
        TimeSeriesTable(columns=("load", "load"), values=np.zeros((24, 2)))


def test_a_step_that_does_not_divide_the_day_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"Steps of 7000 s do not add up to a day"):
        TimeSeriesTable(columns=("load",), values=np.zeros((24, 1)), step_s=7000)


def test_a_split_outside_the_table_is_refused() -> None:
    with pytest.raises(DatasetError, match="Split 'train' must list rising rows of 0 to 23"):
        TimeSeriesTable(columns=("load",), values=np.zeros((24, 1)), splits={"train": np.array([24])})


# --- arrays of a mapping -------------------------------------------------------------------------------------------


def test_areas_may_be_a_level_of_their_own() -> None:
    table = TimeSeriesTable.from_arrays({"load": {"BANC": ramp(24), "PGE": ramp(24)}, "price": ramp(24)})
    assert table.columns == ("load/BANC", "load/PGE", "price")


def test_a_short_array_that_divides_the_longest_is_repeated_with_a_warning() -> None:
    with pytest.warns(UserWarning, match=r"'price' of the data set has 24 of 72 values: it is repeated 3 times"):
        table = TimeSeriesTable.from_arrays({"load": ramp(72), "price": ramp(24)})
    np.testing.assert_array_equal(table.column("price"), np.tile(ramp(24), 3))


def test_an_array_of_another_length_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"'price' of the data set has 25 values and the longest has 72"):
        TimeSeriesTable.from_arrays({"load": ramp(72), "price": ramp(25)})


def test_an_array_of_two_dimensions_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"'load' has shape \(24, 2\)"):
        TimeSeriesTable.from_arrays({"load": np.zeros((24, 2))})


def test_text_is_refused() -> None:
    with pytest.raises(DatasetError, match="'load' is not an array of numbers"):
        TimeSeriesTable.from_arrays({"load": ["much", "little"]})


def test_nothing_is_refused() -> None:
    with pytest.raises(DatasetError, match="no value in the data set"):
        TimeSeriesTable.from_arrays({})


def test_training_and_test_arrays_become_one_table_with_their_days() -> None:
    parts = {"train": {"load": ramp(72), "price": ramp(72)}, "test": {"price": np.ones(48), "load": np.zeros(48)}}
    table = as_table(parts)
    assert table.day_starts("train").tolist() == [0, 24, 48]
    assert table.day_starts("test").tolist() == [72, 96]
    assert table.column("price")[72] == 1.0


def test_parts_with_other_columns_are_refused() -> None:
    with pytest.raises(DatasetError, match="do not have the same columns: wind is in one of them only"):
        as_table({"train": {"load": ramp(24)}, "test": {"load": ramp(24), "wind": ramp(24)}})


def test_a_missing_part_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"Parts \['train'\] are given; 'train' and 'test' are expected"):
        as_table({"train": {"load": ramp(24)}})


def test_a_training_part_that_ends_within_a_day_is_refused() -> None:
    with pytest.raises(DatasetError, match="'train' has 30 rows, not a whole number of days of 24 rows"):
        as_table({"train": {"load": ramp(30)}, "test": {"load": ramp(24)}})


def test_a_table_passes_through_unchanged() -> None:
    table = two_days()
    assert as_table(table) is table


# --- days ----------------------------------------------------------------------------------------------------------


def test_every_fourth_week_is_for_testing() -> None:
    splits = interleaved_weeks(8 * 7 * 24, LOCAL_MIDNIGHT)
    # Weeks 0 to 7; weeks 3 and 7 begin at rows 3 * 168 = 504 and 7 * 168 = 1176 and have seven days each.
    expected = [504 + 24 * day for day in range(7)] + [1176 + 24 * day for day in range(7)]
    assert splits["test"].tolist() == expected
    assert len(splits["train"]) == 6 * 7


def test_two_years_have_182_days_for_testing() -> None:
    splits = interleaved_weeks(17_544, LOCAL_MIDNIGHT)
    # 731 days are 104 weeks and 3 days; 26 of the weeks have numbers 3, 7, …, 103.
    assert (len(splits["test"]), len(splits["train"])) == (26 * 7, 731 - 26 * 7)


def test_weeks_are_counted_from_2023_whatever_the_first_row() -> None:
    later = interleaved_weeks(50 * 24, np.datetime64("2023-01-20T08:00", "s"))
    # 20 January is day 19; day 21 is the first of week 3, two days later.
    assert later["test"][0] == 48


def test_days_start_at_local_midnight_even_when_the_table_does_not() -> None:
    table = TimeSeriesTable.from_arrays({"load": ramp(72)}, start=np.datetime64("2023-01-01T00:00", "s"))
    # 00:00 UTC is 16:00 PST, 8 h before midnight; 72 rows leave days at 8 and 32 (56 + 24 > 72).
    assert table.day_starts("train").tolist() == [8, 32]
    assert table.local_hour()[[0, 7, 8]].tolist() == [16.0, 23.0, 0.0]


def test_quarter_hours_make_days_of_96_rows() -> None:
    table = TimeSeriesTable.from_arrays({"load": ramp(960)}, step_s=900)
    assert table.day_starts("test")[1] == 96
    assert table.local_hour()[5] == 1.25


def test_calendar_years_are_split_at_local_new_year() -> None:
    splits = calendar_years(17_544, LOCAL_MIDNIGHT, train=[2023], test=[2024])
    assert (len(splits["train"]), len(splits["test"])) == (365, 366)
    assert splits["test"][0] == 8_760


def test_a_year_cannot_be_for_both() -> None:
    with pytest.raises(DatasetError, match=r"Years \[2023\] are both"):
        calendar_years(17_544, LOCAL_MIDNIGHT, train=[2023], test=[2023, 2024])


def test_a_year_that_is_not_there_is_an_error() -> None:
    with pytest.raises(DatasetError, match="one part would be empty"):
        calendar_years(8_760, LOCAL_MIDNIGHT, train=[2023], test=[2024])


def test_a_short_table_has_all_its_days_in_both_parts() -> None:
    table = two_days()
    assert table.day_starts("train").tolist() == table.day_starts("test").tolist() == [0, 24]


def test_a_split_that_is_not_there_is_answered_with_the_nearest() -> None:
    with pytest.raises(DatasetError, match=r"no split 'tests'.*Did you mean 'test'\?"):
        two_days().day_starts("tests")


def test_days_whose_episode_would_run_into_the_other_part_can_be_left_out() -> None:
    table = TimeSeriesTable.from_arrays({"load": ramp(8 * 168)})
    # 48 rows from the last day of a test week reach into a training week: 2 test weeks keep 6 of 7 days. The last
    # week ends the table, so its last day has no 48 rows either.
    assert len(table.day_starts("test", n_step=48)) == 12
    assert 504 + 6 * 24 not in table.day_starts("test", n_step=48)


def test_an_episode_longer_than_its_part_is_an_error() -> None:
    table = TimeSeriesTable.from_arrays({"load": ramp(8 * 168)})
    with pytest.raises(DatasetError, match="No day of split 'test' is followed by 169 rows"):
        table.day_starts("test", n_step=169)


def test_scaling_uses_training_days_alone() -> None:
    parts = {"train": {"price": np.tile([1.0, 3.0], 12)}, "test": {"price": np.full(24, 1000.0)}}
    scale = as_table(parts).training_scale()
    # Half the values are 1, half are 3: mean 2, standard deviation 1.
    assert (scale.mean[0], scale.spread[0]) == (2.0, 1.0)


def test_a_constant_column_has_a_spread_of_one() -> None:
    assert two_days().training_scale().spread[2] == 1.0


def test_other_splits_leave_the_values_alone() -> None:
    table = two_days().with_splits({"train": np.array([0]), "test": np.array([24])})
    np.testing.assert_array_equal(table.values, two_days().values)
    assert table.day_starts("test").tolist() == [24]


@given(n_day=st.integers(28, 400), first_day=st.integers(-500, 500))
def test_the_two_parts_never_share_a_day(n_day: int, first_day: int) -> None:
    splits = interleaved_weeks(n_day * 24, LOCAL_MIDNIGHT + np.timedelta64(first_day, "D"))
    assert not set(splits["train"]) & set(splits["test"])
    assert len(splits["train"]) + len(splits["test"]) == n_day


# --- files ---------------------------------------------------------------------------------------------------------


def test_a_saved_table_comes_back_the_same(tmp_path: Path) -> None:
    table = TimeSeriesTable.from_arrays({"load": ramp(960), "price": ramp(960)}, source="made up", synthetic=True)
    digest = save_table(table, tmp_path / "deep" / "series.npz")
    back = load_table(tmp_path / "deep" / "series.npz")
    np.testing.assert_array_equal(back.values, table.values)
    assert (back.columns, back.start, back.source, back.synthetic) == (table.columns, table.start, "made up", True)
    assert back.day_starts("test").tolist() == table.day_starts("test").tolist()
    assert fingerprint(back) == digest


def test_saving_leaves_nothing_but_the_file(tmp_path: Path) -> None:
    save_table(two_days(), tmp_path / "series.npz")
    save_table(two_days(), tmp_path / "series.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["series.npz"]


def test_an_interrupted_save_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "series.npz"
    digest = save_table(two_days(), path)

    def interrupted(*args: object, **arrays: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez_compressed", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_table(TimeSeriesTable.from_arrays({"load": ramp(24)}), path)
    assert [found.name for found in tmp_path.iterdir()] == ["series.npz"]
    assert fingerprint(load_table(path)) == digest


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "series.npz"
    save_table(two_days(), path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DatasetError, match=r"series\.npz cannot be read: .*Make or import the file again"):
        load_table(path)


def test_a_changed_value_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "series.npz"
    save_table(two_days(), path)
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays["values"] = arrays["values"] + 1e-9
    np.savez(path, **arrays)
    with pytest.raises(DatasetError, match="was changed after it was written"):
        load_table(path)


def test_another_npz_file_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", values=np.zeros(3))
    with pytest.raises(DatasetError, match="cannot be read"):
        load_table(tmp_path / "other.npz")


def test_a_missing_file_is_an_error_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no data file .*nowhere\.npz"):
        load_table(tmp_path / "nowhere.npz")


def test_the_fingerprint_changes_with_the_split() -> None:
    other = two_days().with_splits({"train": np.array([0]), "test": np.array([24])})
    assert fingerprint(other) != fingerprint(two_days())


# --- old pickles ---------------------------------------------------------------------------------------------------


def legacy(n_step: int = 48) -> dict[str, object]:
    part = {
        "load": {"BANC": ramp(n_step).astype("float32"), "PGE-TAC": ramp(n_step)},
        "price": {"0096WD_7_N001": ramp(n_step)},
    }
    return {"train": part, "test": part}


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_an_old_pickle_becomes_a_table(tmp_path: Path, protocol: int) -> None:
    (tmp_path / "data.pkl").write_bytes(pickle.dumps(legacy(), protocol=protocol))
    table = load_legacy_pickle(tmp_path / "data.pkl")
    assert table.columns == ("load/BANC", "load/PGE", "price/0096WD_7_N001")
    assert table.n_step == 96
    assert "data.pkl" in table.source


def test_two_utilities_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    load = {"PGE": np.zeros(24), "PGE-TAC": np.ones(24)}
    (tmp_path / "data.pkl").write_bytes(pickle.dumps({"train": {"load": load}, "test": {"load": load}}))
    table = load_legacy_pickle(tmp_path / "data.pkl")
    assert (table.column("load/PGE")[0], table.column("load/PGE-BA")[0]) == (1.0, 0.0)


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (eval, ("1 + 1",))


def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data.pkl").write_bytes(pickle.dumps({"train": Trap()}))
    with pytest.raises(DatasetError, match=r"asks for builtins\.eval; only numpy arrays are accepted"):
        load_legacy_pickle(tmp_path / "data.pkl")


def test_a_pickled_object_array_is_refused(tmp_path: Path) -> None:
    content = {"train": {"load": np.array(["a", None], dtype=object)}, "test": {}}
    (tmp_path / "data.pkl").write_bytes(pickle.dumps(content))
    with pytest.raises(DatasetError, match="array of type object"):
        load_legacy_pickle(tmp_path / "data.pkl")


def test_a_truncated_pickle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data.pkl").write_bytes(pickle.dumps(legacy())[:-40])
    with pytest.raises(DatasetError, match=r"data\.pkl cannot be read as a pickle"):
        load_legacy_pickle(tmp_path / "data.pkl")


def test_a_pickle_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data.pkl").write_bytes(pickle.dumps([1, 2, 3]))
    with pytest.raises(DatasetError, match="holds a list, not arrays by name"):
        load_legacy_pickle(tmp_path / "data.pkl")

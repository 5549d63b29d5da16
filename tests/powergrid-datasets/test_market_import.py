from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from powergrid.errors import DatasetError
from powergrid.plant.series_file import fingerprint
from powergrid_datasets.caiso import CaisoReader
from powergrid_datasets.imported import caiso, caiso_by_year
from powergrid_datasets.market import fill_gaps, import_market, to_shapes
from powergrid_datasets.store import Entry, data_folder


def frame(**columns: list[float]) -> pd.DataFrame:
    n_hour = len(next(iter(columns.values())))
    index = pd.date_range("2023-01-01T08:00Z", periods=n_hour, freq="h")
    return pd.DataFrame({name.replace("_", "/"): values for name, values in columns.items()}, index=index)


# --- gaps ----------------------------------------------------------------------------------------------------------


def test_a_gap_is_filled_on_a_straight_line_and_listed() -> None:
    filled, gaps = fill_gaps(frame(load_A=[1.0, np.nan, np.nan, 4.0]), max_gap_h=2)
    assert filled["load/A"].tolist() == [1.0, 2.0, 3.0, 4.0]
    assert [str(gap) for gap in gaps] == ["load/A: 2 h from 2023-01-01T09:00Z"]


def test_a_gap_at_an_end_takes_the_nearest_value() -> None:
    filled, gaps = fill_gaps(frame(load_A=[np.nan, 2.0, np.nan]), max_gap_h=2)
    assert filled["load/A"].tolist() == [2.0, 2.0, 2.0]
    assert [gap.n_hour for gap in gaps] == [1, 1]


def test_a_long_gap_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"load/A has no values for 3 h from 2023-01-01T09:00Z, more than the 2 h"):
        fill_gaps(frame(load_A=[1.0, np.nan, np.nan, np.nan, 4.0]), max_gap_h=2)


# --- shapes --------------------------------------------------------------------------------------------------------


def test_the_maximum_of_the_reference_year_becomes_one() -> None:
    index = pd.DatetimeIndex(["2024-01-01T07:00Z", "2024-01-01T08:00Z"])  # 23:00 on 31 December and midnight, local
    records = pd.DataFrame({"load/A": [100.0, 104.0], "price/LMP": [30.0, -5.0]}, index=index)
    shapes = to_shapes(records, reference_year=2023, utc_offset_h=-8.0)
    np.testing.assert_allclose(shapes.frame["load/A"], [1.0, 1.04], rtol=1e-12)
    assert shapes.frame["price/LMP"].tolist() == [30.0, -5.0]
    assert shapes.maxima_mw == {"load/A": 100.0}


def test_load_may_exceed_the_reference_by_five_hundredths_and_sun_not_at_all() -> None:
    index = pd.DatetimeIndex(["2023-06-01T20:00Z", "2024-06-01T20:00Z"])
    records = pd.DataFrame({"load/A": [100.0, 120.0], "solar/H": [50.0, 60.0]}, index=index)
    shapes = to_shapes(records, reference_year=2023, utc_offset_h=-8.0)
    assert shapes.frame.iloc[1].tolist() == [1.05, 1.0]
    assert shapes.clipped == {"load/A": 1, "solar/H": 1}


def test_a_reference_year_that_is_not_there_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"hold \[2023\], not the reference year 2022.*say --reference-year 2023"):
        to_shapes(frame(load_A=[1.0]), reference_year=2022, utc_offset_h=-8.0)


def test_a_series_without_any_output_is_refused() -> None:
    with pytest.raises(DatasetError, match="wind/H is never above 0 MW in 2023"):
        to_shapes(frame(wind_H=[0.0, 0.0]), reference_year=2023, utc_offset_h=-8.0)


# --- the whole import ----------------------------------------------------------------------------------------------


def test_an_import_is_found_by_name(tmp_path: Path, oasis: type) -> None:
    result = import_market(CaisoReader(), [oasis().write(tmp_path / "in")], entry=Entry.in_store("caiso"))
    assert fingerprint(caiso()) == fingerprint(result.table)


def test_before_the_import_the_command_is_named() -> None:
    with pytest.raises(DatasetError, match=r"'caiso' has not been imported .*powergrid data import caiso <folder"):
        caiso()


def test_gaps_and_files_stand_in_the_source_note(tmp_path: Path, oasis: type) -> None:
    folder = oasis(absent={("BANC", 5)}).write(tmp_path / "in")
    result = import_market(CaisoReader(), [folder], entry=Entry.in_store("caiso"))
    note = (result.folder / "SOURCE.md").read_text()
    assert "- load/BANC: 1 h from 2023-01-01T13:00Z" in note
    assert "20230101_PRC_LMP_v1_csv.zip sha256" in note
    assert f"content sha256 {fingerprint(result.table)}" in note


def test_the_same_import_again_reads_nothing(tmp_path: Path, oasis: type) -> None:
    folder, entry = oasis().write(tmp_path / "in"), Entry.in_store("caiso")
    read: list[Path] = []
    assert import_market(CaisoReader(), [folder], entry=entry, progress=read.append).is_new
    assert len(read) == 3
    assert not import_market(CaisoReader(), [folder], entry=entry, progress=read.append).is_new
    assert len(read) == 3


def test_other_settings_or_files_import_again(tmp_path: Path, oasis: type) -> None:
    folder, entry = oasis().write(tmp_path / "in"), Entry.in_store("caiso")
    import_market(CaisoReader(), [folder], entry=entry)
    assert import_market(CaisoReader(areas=("BANC",)), [folder], entry=entry).is_new
    oasis(price=lambda hour: 1.0).write(folder)
    assert import_market(CaisoReader(areas=("BANC",)), [folder], entry=entry).is_new
    assert caiso().column("price")[0] == 1.0


def test_a_broken_cache_is_imported_again(tmp_path: Path, oasis: type) -> None:
    folder, entry = oasis().write(tmp_path / "in"), Entry.in_store("caiso")
    import_market(CaisoReader(), [folder], entry=entry)
    entry.path.write_bytes(entry.path.read_bytes()[:100])
    assert import_market(CaisoReader(), [folder], entry=entry).is_new


def test_an_import_that_fails_leaves_the_old_data(tmp_path: Path, oasis: type) -> None:
    entry = Entry.in_store("caiso")
    before = import_market(CaisoReader(), [oasis().write(tmp_path / "in")], entry=entry)
    bad = oasis(run="DAM").write(tmp_path / "bad")
    with pytest.raises(DatasetError):
        import_market(CaisoReader(), [bad], entry=entry)
    assert fingerprint(caiso()) == fingerprint(before.table)
    assert sorted(path.name for path in entry.folder.iterdir()) == ["SOURCE.md", "caiso.npz", "import.json"]


def test_an_import_interrupted_while_reading_leaves_nothing(tmp_path: Path, oasis: type) -> None:
    def interrupt(path: Path) -> None:
        if "REN" in path.name:
            raise KeyboardInterrupt

    entry = Entry.in_store("caiso")
    with pytest.raises(KeyboardInterrupt):
        import_market(CaisoReader(), [oasis().write(tmp_path / "in")], entry=entry, progress=interrupt)
    assert not entry.folder.exists()


def test_a_gap_of_days_is_refused(tmp_path: Path, oasis: type) -> None:
    missing = {("BANC", hour) for hour in range(10, 40)}
    with pytest.raises(DatasetError, match=r"load/BANC has no values for 30 h from 2023-01-01T18:00Z"):
        import_market(CaisoReader(), [oasis(absent=missing).write(tmp_path / "in")], entry=Entry.in_store("caiso"))


def test_years_apart_need_both_years(tmp_path: Path, oasis: type) -> None:
    import_market(CaisoReader(), [oasis().write(tmp_path / "in")], entry=Entry.in_store("caiso"))
    with pytest.raises(DatasetError, match="one part would be empty"):
        caiso_by_year()


def test_the_data_folder_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert data_folder() == tmp_path / "cache"
    monkeypatch.delenv("POWERGRID_DATA_DIR")
    if os.name == "posix" and os.uname().sysname == "Linux":
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
        assert data_folder() == tmp_path / "xdg" / "powergrid"
    assert data_folder().parts[-1] in ("powergrid", "Cache")

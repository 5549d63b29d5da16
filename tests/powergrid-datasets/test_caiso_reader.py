from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from powergrid.errors import DatasetError
from powergrid.plant.series import TimeSeriesTable

Importer = Callable[..., TimeSeriesTable]


def test_three_reports_become_one_table(tmp_path: Path, oasis: type, imported: Importer) -> None:
    table = imported(oasis().write(tmp_path / "in"))
    assert table.columns == (
        "load/BANC",
        "load/PGE",
        "load/SDGE",
        "load/SCE",
        "solar/NP15",
        "solar/SP15",
        "wind/NP15",
        "wind/SP15",
        "price/LMP",
    )
    assert (table.n_step, str(table.start)) == (72, "2023-01-01T08:00:00")
    assert not table.synthetic


def test_rows_in_any_order_end_in_order_of_time(tmp_path: Path, oasis: type, imported: Importer) -> None:
    table = imported(oasis().write(tmp_path / "in"))
    # Load rises by 10 MW an hour from 1000 MW to 1710 MW, which becomes 1; the files list the last hour first.
    np.testing.assert_allclose(table.column("load/BANC"), (1_000.0 + 10.0 * np.arange(72)) / 1_710.0, rtol=1e-12)


def test_price_is_the_lmp_and_not_its_components(tmp_path: Path, oasis: type, imported: Importer) -> None:
    table = imported(oasis().write(tmp_path / "in"))
    np.testing.assert_array_equal(table.column("price/LMP")[:24], 40.0 + np.arange(24))


def test_the_inverters_own_use_at_night_is_not_negative_sun(tmp_path: Path, oasis: type, imported: Importer) -> None:
    table = imported(oasis().write(tmp_path / "in"))
    # 100 MW by day is the maximum, -2 MW at night is limited to 0.
    assert sorted(set(table.column("solar/NP15"))) == [0.0, 1.0]


def test_pge_is_the_californian_utility(tmp_path: Path, oasis: type, imported: Importer) -> None:
    # In the report PGE is Portland General Electric; Pacific Gas and Electric is PGE-TAC.
    folder = oasis(load=lambda area, hour: {"PGE": 1.0}.get(area, 500.0) * (1 + hour % 2)).write(tmp_path / "in")
    both = imported(folder, areas=("PGE", "PGE-BA"))
    assert both.columns[:2] == ("load/PGE", "load/PGE-BA")
    assert "PGE" in both.source
    assert imported(folder, areas=("PGE-TAC",)).columns[0] == "load/PGE"


def test_the_day_of_23_hours_and_the_day_of_25_hours_leave_no_trace(
    tmp_path: Path, oasis: type, imported: Importer
) -> None:
    # 12 March and 5 November 2023; files carry GMT stamps, so that every standard-time day has 24 rows.
    for first in (datetime(2023, 3, 11, 8), datetime(2023, 11, 4, 8)):
        table = imported(oasis(first=first).write(tmp_path / f"{first:%m}"))
        assert table.n_step == 72
        assert table.local_hour()[0] == 0.0


def test_a_table_begins_and_ends_at_local_midnight(tmp_path: Path, oasis: type, imported: Importer) -> None:
    table = imported(oasis(first=datetime(2023, 1, 1, 3), n_day=4).write(tmp_path / "in"))
    # 03:00 GMT is 19:00 PST; 5 hours are cut at the start and 19 at the end of 96.
    assert (str(table.start), table.n_step) == ("2023-01-01T08:00:00", 72)


def test_a_month_downloaded_twice_counts_once(tmp_path: Path, oasis: type, imported: Importer) -> None:
    oasis().write(tmp_path / "in" / "first")
    oasis().write(tmp_path / "in" / "again")
    assert imported(tmp_path / "in").n_step == 72


def test_months_join(tmp_path: Path, oasis: type, imported: Importer) -> None:
    oasis(n_day=31).write(tmp_path / "in")
    oasis(first=datetime(2023, 2, 1, 8), n_day=28).write(tmp_path / "in")
    assert imported(tmp_path / "in").n_step == 59 * 24


def test_plain_csv_files_are_read_too(tmp_path: Path, oasis: type, imported: Importer) -> None:
    (tmp_path / "in").mkdir()
    for name, text in oasis().reports().items():
        (tmp_path / "in" / f"{name}.csv").write_text(text)
    assert imported(tmp_path / "in").n_step == 72


# --- what is refused -----------------------------------------------------------------------------------------------


def test_two_values_for_one_hour_are_refused_with_both_files(tmp_path: Path, oasis: type, imported: Importer) -> None:
    oasis().write(tmp_path / "in" / "a")
    oasis(price=lambda hour: 99.0).write(tmp_path / "in" / "b")
    with pytest.raises(DatasetError, match=r"price/NODE_1 at 2023-01-01T08:00Z is .* in .*zip/.* and .* out of date"):
        imported(tmp_path / "in")


def test_a_truncated_zip_is_refused_with_its_name(tmp_path: Path, oasis: type, imported: Importer) -> None:
    folder = oasis().write(tmp_path / "in")
    path = folder / "20230101_PRC_LMP_v1_csv.zip"
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(DatasetError, match=r"20230101_PRC_LMP_v1_csv\.zip is not a complete zip archive"):
        imported(folder)


def test_a_damaged_zip_is_refused_with_its_name(tmp_path: Path, oasis: type, imported: Importer) -> None:
    folder = oasis().write(tmp_path / "in")
    path = folder / "20230101_SLD_FCST_v1_csv.zip"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(DatasetError, match=r"20230101_SLD_FCST_v1_csv\.zip is not a complete zip archive"):
        imported(folder)


def test_a_row_that_is_cut_off_is_refused_with_file_and_row(tmp_path: Path, oasis: type, imported: Importer) -> None:
    text = oasis().reports()["20230101_SLD_FCST_v1"]
    # 5 areas x 72 hours below one header line: the last row is row 361. Cut in its number: 1000 -> 10.
    cut = text[: text.rindex("1000,ACTUAL") + 2]
    with pytest.raises(DatasetError, match=r"SLD_FCST_v1\.csv, row 361: 12 fields instead of 14; the file is cut off"):
        imported(oasis().write(tmp_path / "in", SLD_FCST=cut))


def test_a_value_that_is_no_number_is_refused_with_file_and_row(
    tmp_path: Path, oasis: type, imported: Importer
) -> None:
    lines = oasis().reports()["20230101_SLD_FCST_v1"].splitlines()
    lines[4] = lines[4].replace(",3.8,", ",3.8,x")
    with pytest.raises(DatasetError, match=r"SLD_FCST_v1\.csv, row 5: not a number \('x\d+'\); 1 such rows"):
        imported(oasis().write(tmp_path / "in", SLD_FCST="\n".join(lines)))


def test_a_time_that_cannot_be_read_is_refused_with_file_and_row(
    tmp_path: Path, oasis: type, imported: Importer
) -> None:
    lines = oasis().reports()["20230101_PRC_LMP_v1"].splitlines()
    rows = [k for k, line in enumerate(lines) if ",LMP,X" in line]
    lines[rows[0]] = lines[rows[0]].replace("2023-", "20x3-", 1)
    with pytest.raises(DatasetError, match=rf"PRC_LMP_v1\.csv, row {rows[0] + 1}: not a full hour \('20x3-"):
        imported(oasis().write(tmp_path / "in", PRC_LMP="\n".join(lines)))


def test_a_row_with_too_many_fields_is_refused_with_its_line(tmp_path: Path, oasis: type, imported: Importer) -> None:
    lines = oasis().reports()["20230101_SLD_FCST_v1"].splitlines()
    lines[6] += ",7,8"
    with pytest.raises(DatasetError, match=r"SLD_FCST_v1\.csv, row 7: 16 fields instead of 14"):
        imported(oasis().write(tmp_path / "in", SLD_FCST="\n".join(lines)))


def test_an_unknown_report_is_refused_with_its_columns(tmp_path: Path, oasis: type, imported: Importer) -> None:
    with pytest.raises(DatasetError, match=r"row 1: the columns A, B belong to no report that is known"):
        imported(oasis().write(tmp_path / "in", SLD_FCST="A,B\n1,2\n"))


def test_a_forecast_is_not_taken_for_the_load(tmp_path: Path, oasis: type, imported: Importer) -> None:
    with pytest.raises(DatasetError, match=r"has no row of market run ACTUAL.*Choose ACTUAL when downloading SLD_FCST"):
        imported(oasis(run="DAM").write(tmp_path / "in"))


def test_a_refusal_by_oasis_is_quoted(tmp_path: Path, oasis: type, imported: Importer) -> None:
    import zipfile

    folder = oasis().write(tmp_path / "in")
    with zipfile.ZipFile(folder / "20230101_PRC_LMP_v1_csv.zip", "w") as archive:
        archive.writestr("INVALID_REQUEST.xml", "<m:ERR_DESC>No data returned for the specified selection</m:ERR_DESC>")
    with pytest.raises(DatasetError, match="holds no csv file; OASIS answered: No data returned for the specified"):
        imported(folder)


def test_a_missing_report_is_named(tmp_path: Path, oasis: type, imported: Importer) -> None:
    folder = oasis().write(tmp_path / "in")
    (folder / "20230101_PRC_LMP_v1_csv.zip").unlink()
    with pytest.raises(DatasetError, match=r"No file holds the report PRC_LMP \(day-ahead .*oasis\.caiso\.com"):
        imported(folder)


def test_an_unknown_area_is_answered_with_the_nearest(tmp_path: Path, oasis: type, imported: Importer) -> None:
    with pytest.raises(DatasetError, match=r"No file holds load/BANCC; there are .*Did you mean 'load/BANC'\?"):
        imported(oasis().write(tmp_path / "in"), areas=("BANCC",))


def test_several_nodes_need_a_choice(tmp_path: Path, oasis: type, imported: Importer) -> None:
    folder = oasis(nodes=("NODE_1", "NODE_2")).write(tmp_path / "in")
    with pytest.raises(DatasetError, match=r"hold 2 nodes: NODE_1, NODE_2\. Choose one with --node"):
        imported(folder)
    assert "node NODE_2" in imported(folder, node="NODE_2").source


def test_reports_of_different_months_have_no_day_in_common(tmp_path: Path, oasis: type, imported: Importer) -> None:
    oasis().write(tmp_path / "in")
    (tmp_path / "in" / "20230101_PRC_LMP_v1_csv.zip").unlink()
    oasis(first=datetime(2023, 2, 1, 8)).write(tmp_path / "later")
    (tmp_path / "later" / "20230201_PRC_LMP_v1_csv.zip").rename(tmp_path / "in" / "price.zip")
    with pytest.raises(DatasetError, match=r"no whole day in common: load/BANC 2023-01-01 to 2023-01-04; .*price/LMP"):
        imported(tmp_path / "in")


def test_an_empty_folder_is_refused(tmp_path: Path, imported: Importer) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(DatasetError, match="There is no zip or csv file in"):
        imported(tmp_path / "in")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path, imported: Importer) -> None:
    with pytest.raises(DatasetError, match="does not exist"):
        imported(tmp_path / "in")

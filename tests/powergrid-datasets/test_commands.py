from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from powergrid.plant.series_file import load_table
from powergrid.plugins import command_registry, dataset_registry
from powergrid_datasets.cli import app

pytestmark = pytest.mark.filterwarnings("ignore::heron.plugins.PluginWarning")


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


def test_the_package_registers_its_data_sets_and_its_command() -> None:
    assert {"caiso", "caiso_by_year", "caiso_like"} <= set(dataset_registry())
    assert command_registry()["data"] is app


def test_list_says_what_is_there_and_how_to_get_the_rest() -> None:
    code, output = run("list")
    assert code == 0
    assert "caiso_like       synthetic, 8760 steps" in output
    assert "not here yet. Run: powergrid data import caiso" in output


def test_import_then_describe(tmp_path: Path, oasis: type) -> None:
    folder = oasis(absent={("BANC", 5)}).write(tmp_path / "in")
    code, output = run("import", "caiso", folder)
    assert code == 0, output
    assert "3 days from 2023-01-01T08:00:00Z" in output
    assert "1 in 1 gaps, the longest load/BANC: 1 h from 2023-01-01T13:00Z" in output
    assert "only 72 hours of the reference year 2023" in output
    code, output = run("describe", "caiso")
    assert code == 0
    assert "| price/LMP | USD/MWh |" in output
    assert "records" in run("list")[1]


def test_the_second_import_has_nothing_to_do(tmp_path: Path, oasis: type) -> None:
    folder = oasis().write(tmp_path / "in")
    run("import", "caiso", folder)
    code, output = run("import", "caiso", folder)
    assert (code, "Nothing to do" in output) == (0, True)


def test_import_writes_elsewhere_when_told(tmp_path: Path, oasis: type) -> None:
    folder = oasis().write(tmp_path / "in")
    assert run("import", "caiso", folder, "--out", tmp_path / "mine", "--area", "BANC", "--hub", "NP15")[0] == 0
    table = load_table(tmp_path / "mine" / "caiso.npz")
    assert table.columns == ("load/BANC", "solar/NP15", "wind/NP15", "price/LMP")
    assert run("describe", tmp_path / "mine" / "caiso.npz")[0] == 0


def test_a_broken_download_ends_with_its_name_and_no_traceback(tmp_path: Path, oasis: type) -> None:
    folder = oasis().write(tmp_path / "in", SLD_FCST="A,B\n1,2\n")
    code, output = run("import", "caiso", folder)
    assert code == 1
    assert "Error: " in output
    assert "SLD_FCST_v1.csv, row 1: the columns A, B" in output


def test_comparison_lists_every_measure() -> None:
    code, output = run("describe", "caiso_like", "--beside", "caiso_like")
    assert code == 0
    assert "| hours with a negative price | 1 |" in output


def test_a_misspelt_data_set_is_answered_with_the_nearest() -> None:
    code, output = run("describe", "caiso_lik")
    assert code == 1
    assert "Did you mean 'caiso_like'?" in output


def test_an_old_pickle_is_converted(tmp_path: Path) -> None:
    part = {"load": {"BANC": np.ones(24)}, "price": {"LMP": np.ones(24)}}
    (tmp_path / "data.pkl").write_bytes(pickle.dumps({"train": part, "test": part}))
    code, output = run("convert", tmp_path / "data.pkl", tmp_path / "data.npz")
    assert (code, "2 columns, 48 steps" in output) == (0, True)
    assert load_table(tmp_path / "data.npz").n_step == 48


def test_a_pickle_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data.pkl").write_bytes(b"not a pickle")
    code, output = run("convert", tmp_path / "data.pkl", tmp_path / "data.npz")
    assert (code, "cannot be read as a pickle" in output) == (1, True)

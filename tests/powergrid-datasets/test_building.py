from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
from typer.testing import CliRunner

from powergrid.plant.series_file import load_table, save_table
from powergrid_datasets.embedded import PARAMETERS_FILE, YEAR_FILE, caiso_like
from powergrid_datasets.synthetic import load_parameters, synthetic_year
from powergrid_datasets.synthetic.build import build
from powergrid_datasets.synthetic.parameters import parse_parameters, save_parameters


def test_parameters_survive_writing_to_the_last_digit(tmp_path: Path) -> None:
    save_parameters(load_parameters(), tmp_path / PARAMETERS_FILE)
    shipped = resources.files("powergrid_datasets").joinpath("data", PARAMETERS_FILE)
    assert (tmp_path / PARAMETERS_FILE).read_text("utf-8") == shipped.read_text("utf-8")


def test_building_writes_parameters_their_year_and_its_source(tmp_path: Path) -> None:
    import typer

    save_table(caiso_like(), tmp_path / "real.npz")
    app = typer.Typer()
    app.command()(build)
    out = tmp_path / "out"
    out.mkdir()
    outcome = CliRunner().invoke(app, [str(out), "--real", str(tmp_path / "real.npz"), "--seeds", "2"])
    assert outcome.exit_code == 0, outcome.output
    parameters = parse_parameters((out / PARAMETERS_FILE).read_text("utf-8"))
    assert parameters.seed in (0, 1)
    np.testing.assert_array_equal(synthetic_year(parameters=parameters).values, load_table(out / YEAR_FILE).values)
    assert f"seed {parameters.seed}, of 2 the one" in (out / "SOURCE.md").read_text("utf-8")

"""Data sets are found by name or file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from powergrid.errors import DatasetError, UnknownDatasetError
from powergrid.plant.series import TimeSeriesTable
from powergrid.plant.series_file import save_table
from powergrid.plugins import hookimpl, plugin_host
from powergrid.plugins.host import new_host
from powergrid.setups.loader import load_dataset

pytestmark = pytest.mark.filterwarnings("ignore::heron.plugins.PluginWarning")


def table() -> TimeSeriesTable:
    return TimeSeriesTable.from_arrays({"load/TOWN": np.linspace(0.0, 1.0, 48)})


@pytest.fixture
def town() -> Iterator[None]:
    """A data set registered as ``town``."""
    plugin_host().register(
        SimpleNamespace(powergrid_register_datasets=hookimpl(lambda: {"town": table})), name="test_load_dataset"
    )
    yield
    plugin_host().unregister("test_load_dataset")


def test_a_registered_name_is_loaded(town: None) -> None:
    assert load_dataset("town").columns == ("load/TOWN",)


def test_a_misspelt_name_gets_the_nearest_one(town: None) -> None:
    with pytest.raises(UnknownDatasetError, match=r"dataset 'towm' not found; there are .*town.*Did you mean 'town'\?"):
        load_dataset("towm")


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "year.npz"
    save_table(table(), path)
    for spelling in (path, str(path)):
        np.testing.assert_array_equal(load_dataset(spelling).values, table().values)


def test_a_missing_file_is_not_taken_for_a_name(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"There is no data file .*year\.npz"):
        load_dataset(str(tmp_path / "year.npz"))
    with pytest.raises(DatasetError, match=r"There is no data file year\.npz"):
        load_dataset("year.npz")


def test_a_file_of_another_format_says_how_to_make_one(tmp_path: Path) -> None:
    path = tmp_path / "year.xlsx"
    path.touch()
    with pytest.raises(DatasetError, match=r"ends in '\.xlsx'; files end in \.npz or \.pkl"):
        load_dataset(path)


def test_a_data_set_of_ours_that_is_not_installed_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heron.plugins.host.entry_points", lambda group: [])
    bare = new_host()
    monkeypatch.setattr("powergrid.plugins.registries.plugin_host", lambda: bare)
    with pytest.raises(UnknownDatasetError) as raised:
        load_dataset("caiso_like")
    assert str(raised.value) == "dataset 'caiso_like' not found: pip install powergrid-datasets"

"""Setups are found by name or folder, and what is wrong with one is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from heron.errors import ConfigError
from powergrid.errors import UnknownSetupError
from powergrid.setups.loader import get_available_setups, load_setup, setup_description

pytestmark = pytest.mark.filterwarnings("ignore::heron.plugins.PluginWarning")


def write(folder: Path, text: str) -> Path:
    (folder / "setup.yaml").write_text(text, encoding="utf-8")
    return folder


def test_the_shipped_setups_are_listed() -> None:
    assert {"ieee13_single", "ieee34_ieee13"} <= set(get_available_setups())


@pytest.mark.parametrize("name", ["ieee13_single", "ieee34_ieee13", "ieee34_ieee13_fast"])
def test_a_shipped_setup_is_a_plain_dict_with_a_description(name: str) -> None:
    setup = load_setup(name)
    assert type(setup) is dict
    assert setup["env_id"] == name
    assert "description" not in setup
    assert setup_description(name).endswith(".")


def test_a_setup_is_new_at_each_call() -> None:
    load_setup("ieee34_ieee13")["microgrid_configs"].clear()
    assert len(load_setup("ieee34_ieee13")["microgrid_configs"]) == 3


def test_a_folder_is_a_setup_and_its_data_path_becomes_absolute(tmp_path: Path) -> None:
    folder = write(tmp_path, "env_id: mine\ndataset_path: data/year.npz\n")
    expected = str((tmp_path / "data" / "year.npz").resolve())
    assert load_setup(folder) == {"env_id": "mine", "dataset_path": expected}
    assert load_setup(str(folder)) == load_setup(folder)


def test_an_absolute_data_path_is_kept(tmp_path: Path) -> None:
    elsewhere = (tmp_path / "elsewhere" / "year.npz").resolve()
    assert load_setup(write(tmp_path, f"dataset_path: '{elsewhere}'\n"))["dataset_path"] == str(elsewhere)


def test_without_data_of_its_own_a_setup_has_no_data_path(tmp_path: Path) -> None:
    assert load_setup(write(tmp_path, "dataset: caiso_like\n")) == {"dataset": "caiso_like", "dataset_path": None}


def test_a_name_goes_before_a_folder_of_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ieee13_single").mkdir()
    write(tmp_path / "ieee13_single", "env_id: folder\n")
    monkeypatch.chdir(tmp_path)
    assert load_setup("ieee13_single")["env_id"] == "ieee13_single"
    assert load_setup("./ieee13_single")["env_id"] == "folder"


def test_an_unknown_setup_gets_the_nearest_name() -> None:
    with pytest.raises(UnknownSetupError, match=r"No setup is called 'ieee34_ieee31'.*Did you mean 'ieee34_ieee13'\?"):
        load_setup("ieee34_ieee31")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("penalty: 3\npenalty: 4\n", r"setup\.yaml, line 2: key 'penalty' is given twice"),
        ("a: {b: 1, b: 2}\n", "key 'b' is given twice"),
        ("- 1\n", "holds list, not a mapping"),
        ("", "holds NoneType, not a mapping"),
        ("a: [1\n", r"setup\.yaml cannot be read: .*line 2"),
        ("a: !!python/object/apply:os.getcwd []\n", "cannot be read"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=rf"(?s){message}"):
        load_setup(write(tmp_path, text))


def test_a_folder_without_the_file_says_which_to_write(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"has no setup\.yaml\. Write the configuration to"):
        load_setup(tmp_path)


def test_a_configuration_is_not_a_setup() -> None:
    with pytest.raises(ConfigError, match=r"A setup is a name or a folder, not a dict\. Give a configuration that you"):
        load_setup({"microgrid_configs": []})  # type: ignore[arg-type]

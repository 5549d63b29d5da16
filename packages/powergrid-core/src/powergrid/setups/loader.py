"""Setups and data sets by name or by path."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heron.errors import ConfigError, suggest
from powergrid.errors import DatasetError, UnknownSetupError
from powergrid.plugins import dataset_registry, setup_registry
from powergrid.setups.setup_file import read_setup_file

if TYPE_CHECKING:
    from powergrid.plant.series import TimeSeriesTable

_DESCRIPTION = "description"
_DATASET_PATH = "dataset_path"
_SUFFIXES = (".npz", ".pkl")


def load_setup(name_or_folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Configuration of a setup as a plain dict, to be changed at will and given to an environment.

    Parameters
    ----------
    name_or_folder
        A registered name, which goes before a folder of the same name, or the path of a folder with a ``setup.yaml``.

    Returns
    -------
    dict
        New at each call. ``dataset_path`` is absolute, or ``None`` where the setup names a registered data set.

    Raises
    ------
    UnknownSetupError
        No such setup and no such folder, with the nearest name.
    ConfigError
        The folder's ``setup.yaml`` is missing or cannot be read, or something else was given than a name or a folder.
    """
    folder = _setup_folder(name_or_folder)
    setup = read_setup_file(folder)
    setup.pop(_DESCRIPTION, None)
    path = setup.get(_DATASET_PATH)
    setup[_DATASET_PATH] = str((folder / str(path)).resolve()) if path is not None else None
    return setup


def get_available_setups() -> list[str]:
    """Names of the registered setups, sorted."""
    return list(setup_registry())


def setup_description(name_or_folder: str | os.PathLike[str]) -> str:
    """What a setup's file says about it under ``description``, on one line; empty where it says nothing.

    Raises
    ------
    UnknownSetupError, ConfigError
        As `load_setup`.
    """
    return " ".join(str(read_setup_file(_setup_folder(name_or_folder)).get(_DESCRIPTION) or "").split())


def load_dataset(name_or_path: str | os.PathLike[str]) -> TimeSeriesTable:
    """Exogenous series by the name of a registered data set, or from a file.

    Parameters
    ----------
    name_or_path
        A registered name, or the path of an ``.npz`` file that `save_table` wrote, or of an older ``data.pkl``, from
        which nothing but arrays is taken.

    Raises
    ------
    UnknownDatasetError
        No such name and no such file, with the nearest name or the package to install.
    DatasetError
        The file is missing, broken or of another format.
    """
    registry = dataset_registry()
    if isinstance(name_or_path, str) and name_or_path in registry:
        table: TimeSeriesTable = registry[name_or_path]()
        return table
    path = Path(name_or_path).expanduser()
    if isinstance(name_or_path, str) and not _looks_like_path(name_or_path) and not path.exists():
        registry[name_or_path]  # raises, with the nearest name
    return _read_table(path)


def _read_table(path: Path) -> TimeSeriesTable:
    # numpy and the table are only needed by those who load data, not by those who list names
    from powergrid.plant.series_file import load_table
    from powergrid.plant.series_pickle import load_legacy_pickle

    if path.suffix == ".npz":
        return load_table(path)
    if path.suffix == ".pkl":
        return load_legacy_pickle(path)
    raise DatasetError(
        f"Data file {path} ends in {path.suffix or 'nothing'!r}; files end in {' or '.join(_SUFFIXES)}.",
        remedy="Make a TimeSeriesTable of it and write that with powergrid.plant.series_file.save_table.",
    )


def _setup_folder(name_or_folder: str | os.PathLike[str]) -> Path:
    if not isinstance(name_or_folder, (str, os.PathLike)):
        raise ConfigError(
            f"A setup is a name or a folder, not a {type(name_or_folder).__name__}.",
            remedy="Give a configuration that you have already to the environment itself.",
        )
    registry = setup_registry()
    if isinstance(name_or_folder, str) and name_or_folder in registry:
        return registry[name_or_folder]
    folder = Path(name_or_folder).expanduser()
    if folder.is_dir():
        return folder
    raise UnknownSetupError(
        f"No setup is called {str(name_or_folder)!r}, and {folder.absolute()} is no folder; "
        f"setups are {', '.join(registry)}.",
        remedy=suggest(folder.name, registry),
    )


def _looks_like_path(text: str) -> bool:
    return os.sep in text or "/" in text or Path(text).suffix in _SUFFIXES

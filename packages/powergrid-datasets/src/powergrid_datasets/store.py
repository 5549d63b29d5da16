"""Folder in which imported data sets are kept."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from powergrid.errors import DatasetError
from powergrid.plant.series import TimeSeriesTable
from powergrid.plant.series_file import load_table, save_table

VARIABLE = "POWERGRID_DATA_DIR"
"""Environment variable that names another folder."""


def data_folder() -> Path:
    """Folder of all imported data sets: ``POWERGRID_DATA_DIR``, or ``powergrid`` in the user's cache."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "powergrid" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "powergrid"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "powergrid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One imported data set on disk: ``<name>.npz``, ``SOURCE.md`` and ``import.json`` in a folder of its own.

    Parameters
    ----------
    name
        Name of the data set.
    folder
        Where it is kept.
    """

    name: str
    folder: Path

    @classmethod
    def in_store(cls, name: str) -> Entry:
        """Entry in the user's data folder."""
        return cls(name=name, folder=data_folder() / name)

    @property
    def path(self) -> Path:
        """File with the table."""
        return self.folder / f"{self.name}.npz"

    def load(self) -> TimeSeriesTable:
        """Table of the data set.

        Raises
        ------
        DatasetError
            It has not been imported yet, or its file is broken.
        """
        if not self.path.is_file():
            raise DatasetError(
                f"Data set {self.name!r} has not been imported (there is no {self.path}).",
                remedy=f"Run: powergrid data import {self.name} <folder with the operator's files>",
            )
        return load_table(self.path)

    def is_current(self, key: str) -> bool:
        """Whether the data set is there, unbroken, and was made from the same files with the same settings."""
        try:
            note = json.loads((self.folder / "import.json").read_text(encoding="utf-8"))
            self.load()
        except (OSError, ValueError):
            return False
        return isinstance(note, dict) and note.get("key") == key

    def write(self, table: TimeSeriesTable, *, key: str, source: str) -> None:
        """Write or replace the data set; each file appears complete or not at all, the key last.

        Parameters
        ----------
        table
            The data set.
        key
            What `is_current` compares: a digest of files and settings.
        source
            Text of ``SOURCE.md``; the table's checksum is added.
        """
        (self.folder / "import.json").unlink(missing_ok=True)
        digest = save_table(table, self.path)
        self._write_text("SOURCE.md", f"{source}\n## Checksum\n\n{self.path.name} content sha256 {digest}\n")
        self._write_text("import.json", json.dumps({"key": key, "table": digest}))

    def _write_text(self, name: str, text: str) -> None:
        descriptor, part = tempfile.mkstemp(dir=self.folder, prefix=f".{name}.", suffix=".part")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(part).chmod(0o644)
        os.replace(part, self.folder / name)

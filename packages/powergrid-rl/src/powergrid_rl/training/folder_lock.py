"""One process at a time trains into a folder."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from powergrid_rl.training.errors import RunFolderError

_FILE = ".lock"


class FolderLock:
    """Held while a process trains into a folder; the system lets go of it when the process ends, however it ends.

    Where the system knows no such locks, nothing is checked.

    Parameters
    ----------
    folder
        The folder; it is made where it does not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE
        self._file: IO[str] | None = None

    def __enter__(self) -> FolderLock:
        """Take the lock.

        Raises
        ------
        RunFolderError
            If another process holds it.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+", encoding="utf-8")
        locks = _locks()
        if locks is not None:
            try:
                locks.flock(file, locks.LOCK_EX | locks.LOCK_NB)
            except OSError:
                file.seek(0)
                holder = file.read().strip()
                file.close()
                raise RunFolderError(
                    f"{self._path.parent} is being trained into by process {holder}.",
                    remedy="Wait for it, end it with Ctrl-C, or give another folder by --out.",
                ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _locks() -> Any:
    try:
        return importlib.import_module("fcntl")
    except ImportError:  # Windows
        return None

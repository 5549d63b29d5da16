"""The folder of one run: what it was set to, its log, and its checkpoints."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from powergrid_rl.training.errors import CheckpointError, RunFolderError

POLICY = "policy.npz"
_SETTINGS = "settings.json"
_CHECKPOINTS = "checkpoints"
_LATEST = "latest"
_PROGRESS = "progress.json"
_KEPT = 2


class RunFolder:
    """Files of a run under one folder.

    A checkpoint is written beside the others and takes its name when it is complete; then the file ``latest`` is
    replaced. An interruption at any moment leaves a complete latest checkpoint.

    Parameters
    ----------
    path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path).absolute()
        self.log = self.path / "progress.csv"
        self.curve = self.path / "learning_curve.png"
        self.tensorboard = self.path / "tensorboard"
        self.setup = self.path / "setup.yaml"
        self._checkpoints = self.path / _CHECKPOINTS

    def check_free(self) -> None:
        """Nobody has trained into this folder, or only a run that ended before its first checkpoint.

        Raises
        ------
        RunFolderError
            If it holds a run already.
        """
        if (self._checkpoints / _LATEST).is_file():
            raise RunFolderError(
                f"{self.path} holds a run already.",
                remedy="Go on with it by --resume, or give another folder by --out.",
            )

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Make the folder for a new run; errors as `check_free`."""
        self.check_free()
        self.path.mkdir(parents=True, exist_ok=True)
        for left in (self.log, self.curve):
            left.unlink(missing_ok=True)  # of a run without a checkpoint
        self.write_settings(settings)

    def write_settings(self, settings: Mapping[str, Any]) -> None:
        """Write what the run is set to."""
        _replace_text(self.path / _SETTINGS, json.dumps(settings, indent=2) + "\n")

    def read_settings(self) -> dict[str, Any]:
        """What the run was set to.

        Raises
        ------
        RunFolderError
            If the folder holds no run.
        """
        file = self.path / _SETTINGS
        if not file.is_file():
            raise RunFolderError(f"{self.path} holds no run: there is no {_SETTINGS}.")
        settings: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return settings

    def save_checkpoint(self, progress: Mapping[str, Any], write: Callable[[Path], None]) -> Path:
        """Write a checkpoint so that it is there completely or not at all.

        Parameters
        ----------
        progress
            How far the run is; its ``n_step`` names the checkpoint.
        write
            Writes everything else into a folder.
        """
        name = f"{progress['n_step']:010d}"
        partial = self._checkpoints / f".partial-{name}"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        write(partial)
        (partial / _PROGRESS).write_text(json.dumps(progress, indent=2) + "\n", encoding="utf-8")
        done = self._checkpoints / name
        shutil.rmtree(done, ignore_errors=True)
        partial.rename(done)
        _replace_text(self._checkpoints / _LATEST, name + "\n")
        self._prune(name)
        return done

    def latest(self) -> Path:
        """Folder of the latest complete checkpoint.

        Raises
        ------
        CheckpointError
            If there is none.
        """
        pointer = self._checkpoints / _LATEST
        if not pointer.is_file():
            raise CheckpointError(
                f"{self.path} holds no checkpoint.",
                remedy="A run writes its first within a minute; one that ended before begins anew without --resume.",
            )
        folder = self._checkpoints / pointer.read_text(encoding="utf-8").strip()
        if not (folder / _PROGRESS).is_file():
            raise CheckpointError(f"{folder} is not a complete checkpoint.")
        return folder

    def read_progress(self) -> dict[str, Any]:
        """How far the run was at the latest checkpoint."""
        progress: dict[str, Any] = json.loads((self.latest() / _PROGRESS).read_text(encoding="utf-8"))
        return progress

    def _prune(self, newest: str) -> None:
        complete = sorted(folder for folder in self._checkpoints.iterdir() if folder.name.isdigit())
        for folder in [folder for folder in complete if folder.name != newest][: -(_KEPT - 1)]:
            shutil.rmtree(folder, ignore_errors=True)


def newest_run(runs: Path) -> Path:
    """Folder of the run that was worked on last.

    Raises
    ------
    RunFolderError
        If there is none.
    """
    found = [pointer.parent.parent for pointer in runs.glob(f"*/{_CHECKPOINTS}/{_LATEST}")]
    if not found:
        raise RunFolderError(f"No run in {runs.absolute()} has a checkpoint.", remedy="Name its folder by --out.")
    return max(found, key=lambda folder: (folder / _CHECKPOINTS / _LATEST).stat().st_mtime)


def find_policy_file(checkpoint: Path) -> Path:
    """Policy file of a run's folder, of a checkpoint's folder, or the file itself.

    Raises
    ------
    CheckpointError
        If there is none.
    """
    candidates = [checkpoint, checkpoint / POLICY]
    if (checkpoint / _CHECKPOINTS / _LATEST).is_file():
        candidates.append(RunFolder(checkpoint).latest() / POLICY)
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise CheckpointError(
        f"{checkpoint} holds no trained policy.", remedy="Give the folder that `powergrid train` named at its end."
    )


def _replace_text(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)

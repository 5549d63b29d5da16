"""Files of a run, and what an interruption leaves of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from powergrid_rl.training import CheckpointError, RunFolderError
from powergrid_rl.training.folder_lock import FolderLock
from powergrid_rl.training.run_folder import POLICY, RunFolder, find_policy_file, newest_run


def saved(run: RunFolder, n_step: int) -> Path:
    return run.save_checkpoint({"n_step": n_step}, lambda folder: (folder / POLICY).touch())


def test_a_folder_with_a_run_is_not_trained_into(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.begin({"settings": {}})
    saved(run, 100)
    with pytest.raises(RunFolderError, match="--resume"):
        RunFolder(tmp_path).check_free()


def test_a_run_that_ended_before_its_first_checkpoint_makes_room(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.begin({"settings": {"seed": 1}})
    run.log.write_text("n_step", encoding="utf-8")
    with pytest.raises(CheckpointError, match="holds no checkpoint.*begins anew without --resume"):
        run.latest()
    run.begin({"settings": {"seed": 2}})
    assert run.read_settings() == {"settings": {"seed": 2}}
    assert not run.log.exists()


def test_the_latest_checkpoint_survives_one_that_breaks_off(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    first = saved(run, 100)

    def break_off(folder: Path) -> None:
        (folder / POLICY).touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.save_checkpoint({"n_step": 200}, break_off)
    assert run.latest() == first
    assert run.read_progress() == {"n_step": 100}


def test_two_checkpoints_are_kept(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    folders = [saved(run, n_step) for n_step in (100, 200, 300)]
    assert [folder.exists() for folder in folders] == [False, True, True]
    assert run.latest() == folders[2]


def test_the_policy_is_found_from_the_run_the_checkpoint_and_the_file(tmp_path: Path) -> None:
    folder = saved(RunFolder(tmp_path), 100)
    for given in (tmp_path, folder, folder / POLICY):
        assert find_policy_file(given) == folder / POLICY


def test_a_folder_without_policy_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="holds no trained policy"):
        find_policy_file(tmp_path)


def test_a_folder_without_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="holds no run"):
        RunFolder(tmp_path).read_settings()
    with pytest.raises(CheckpointError, match="holds no checkpoint"):
        RunFolder(tmp_path).latest()


def test_the_newest_run_is_the_one_saved_last(tmp_path: Path) -> None:
    import os

    for place, name in enumerate(("old", "new")):
        saved(RunFolder(tmp_path / name), 1)
        os.utime(tmp_path / name / "checkpoints" / "latest", (place, place))
    assert newest_run(tmp_path) == tmp_path / "new"
    with pytest.raises(RunFolderError, match="No run in"):
        newest_run(tmp_path / "nothing")


def test_one_process_at_a_time_trains_into_a_folder(tmp_path: Path) -> None:
    pytest.importorskip("fcntl", reason="this system has no file locks")
    import os

    refusal = pytest.raises(RunFolderError, match=f"being trained into by process {os.getpid()}")
    with FolderLock(tmp_path), refusal, FolderLock(tmp_path):
        pass
    with FolderLock(tmp_path):
        pass

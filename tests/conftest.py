"""Fixtures and settings that every suite shares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("MPLBACKEND", "Agg")  # plots are written, never shown
os.environ.setdefault("OMP_NUM_THREADS", "1")  # before anything imports torch

# The first example of a test compiles kernels, so a time limit per example would measure the compiler.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_DATA_VARIABLE = "POWERGRID_SHARED_DATA"


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with reference data that is not part of the repository; the test is skipped without it.

    Looked for at the path in ``POWERGRID_SHARED_DATA``, else in ``shared/data`` beside the checkout.
    """
    named = os.environ.get(SHARED_DATA_VARIABLE)
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no reference data in {folder}; set {SHARED_DATA_VARIABLE} to the folder that holds it")
    return folder

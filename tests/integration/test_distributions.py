"""The five distributions as installed side by side: versions, entry points, light imports."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys

import pytest

DISTRIBUTIONS = ("heron-core", "powergrid-core", "powergrid-devices", "powergrid-datasets", "powergrid-rl")
ENTRY_POINTS = importlib.metadata.entry_points(group="powergrid")
HEAVY = ("numba", "pandas", "pandapower", "scipy", "torch", "ray", "matplotlib")


def test_all_distributions_have_the_same_version() -> None:
    assert len({importlib.metadata.version(name) for name in DISTRIBUTIONS}) == 1


def test_no_distribution_is_called_powergrid() -> None:
    # another project owns that name on the package index
    installed = {found.metadata["Name"].lower() for found in importlib.metadata.distributions()}
    assert set(DISTRIBUTIONS) <= installed
    assert "powergrid" not in installed


@pytest.mark.parametrize("entry_point", ENTRY_POINTS, ids=lambda found: found.name)
def test_every_entry_point_can_be_loaded(entry_point: importlib.metadata.EntryPoint) -> None:
    assert entry_point.load() is not None


@pytest.mark.parametrize("package", ["heron", "powergrid", "powergrid_devices.plugin", "powergrid_rl.plugin"])
def test_an_import_loads_no_heavy_library(package: str) -> None:
    program = f"import sys, {package}; print(*sorted(set(sys.modules) & set({HEAVY!r})))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    light = package in ("heron", "powergrid")
    # a plug-in module imports specifications only; powergrid_devices may need what the array kinds need
    assert set(loaded) <= (set() if light else {"numba", "scipy"}), loaded

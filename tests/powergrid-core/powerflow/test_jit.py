"""Compilation, its cache, and what importing costs."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from numba.core.caching import CacheImpl

from powergrid.powerflow import warm_up
from powergrid.powerflow.jit import njit


def double(x: float) -> float:
    return 2.0 * x


def test_without_a_place_for_the_cache_functions_still_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    assert njit(double)(1.5) == 3.0


def test_dividing_by_zero_gives_infinity() -> None:
    inverse = njit(lambda x: 1.0 / x)
    assert inverse(0.0) == np.inf


def test_warming_up_says_how_long_it_took() -> None:
    warm_up()
    assert 0.0 < warm_up() < 1.0


def test_importing_the_solver_does_not_import_pandapower() -> None:
    code = "import sys, powergrid.powerflow, powergrid.plant.reduce; print('pandapower' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

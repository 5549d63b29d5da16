"""Compilation, its cache, and what importing costs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numba
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


STALE = """
import sys
sys.path.insert(0, sys.argv[1])
import kernel
print(kernel.first(kernel.{name}(2.5)))
"""
KERNEL = """
from typing import NamedTuple
from powergrid.powerflow.jit import njit
class {name}(NamedTuple):
    x: float
@njit
def first(pair):
    return pair.x
"""


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_a_cache_of_a_version_with_other_classes_is_renewed(tmp_path: Path) -> None:
    beside_the_source = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    for name in ("Old", "New"):
        (tmp_path / "kernel.py").write_text(KERNEL.format(name=name), encoding="utf-8")
        code = STALE.format(name=name)
        command = [sys.executable, "-c", code, str(tmp_path)]
        done = subprocess.run(command, env=beside_the_source, capture_output=True, text=True, check=False)
        assert done.stdout.strip() == "2.5", done.stderr
    assert list(tmp_path.glob("__pycache__/kernel.first*.nbi"))


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="Python itself refuses to divide by zero")
def test_dividing_by_zero_gives_infinity() -> None:
    inverse = njit(lambda x: 1.0 / x)
    assert inverse(0.0) == np.inf


def test_warming_up_says_how_long_it_took() -> None:
    warm_up(newton=True, varied=True)
    assert 0.0 < warm_up(newton=True, varied=True) < 1.0


def test_importing_the_solver_does_not_import_pandapower() -> None:
    code = "import sys, powergrid.powerflow, powergrid.plant.reduce; print('pandapower' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


UNCOMPILED = """
import pandapower as pp, numpy as np, sys
from powergrid.powerflow import FixedPointSolver, branch_flows, compile_network, sensitivities
from powergrid.plant.reduce import segment_sum
net = pp.create_empty_network(sn_mva=1.0)
buses = pp.create_buses(net, 4, vn_kv=10.0)
pp.create_ext_grid(net, buses[0])
for near, far in ((0, 1), (1, 2), (1, 3)):
    pp.create_line_from_parameters(net, buses[near], buses[far], 1.0, 2.0, 3.0, 10.0, 0.1)
network = compile_network(net)
s = -np.random.default_rng(0).uniform(0.1, 0.9, (4, 11)) * (1 + 0.3j)
s[:, 4] *= 100.0
result = FixedPointSolver(network).solve(s, s_current=0.1 * s)
plain = FixedPointSolver(network).solve(s[:, :2])
flows = branch_flows(network, result.v)
sums = segment_sum(s, np.array([1, 0, 1, 1]), 2)
slopes = sensitivities(network, result.v, s, s_current=0.1 * s, branches=[0, 2])
found = (slopes.dv_dq_pu_per_mvar, slopes.dloss_dp_mw_per_mw, slopes.dloading_dp_per_mw, slopes.status)
for part in (result.v, result.status, result.iterations, plain.v, flows.s_from, flows.loading, sums, *found):
    sys.stdout.buffer.write(part.tobytes())
"""


def test_the_kernels_run_uncompiled_and_agree() -> None:
    outputs = []
    for disabled in ("0", "1"):
        environment = {**os.environ, "NUMBA_DISABLE_JIT": disabled, "PYTHONWARNINGS": "ignore"}
        done = subprocess.run([sys.executable, "-c", UNCOMPILED], env=environment, capture_output=True, check=True)
        outputs.append(done.stdout)
    assert len(outputs[0]) > 4 * 11 * 16
    assert outputs[0] == outputs[1]

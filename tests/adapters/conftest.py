"""Environments that every adapter is tried on."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest

from heron.types import Float32Array
from powergrid.envs import VectorGridEnv
from powergrid.setups.loader import load_setup

STEPS = 4
MakeGrids: TypeAlias = Callable[..., VectorGridEnv]


@pytest.fixture(scope="session")
def grids() -> MakeGrids:
    """Builds environments of three microgrids with days of four steps; keywords change the configuration."""

    def build(n_env: int = 3, *, setup: str = "ieee34_ieee13", settings: Any = None, **changed: Any) -> VectorGridEnv:
        config = load_setup(setup) | {"max_episode_steps": STEPS} | changed
        return VectorGridEnv(config, n_env=n_env, **(settings or {}))

    return build


@pytest.fixture(scope="session")
def drawn() -> Callable[..., list[Float32Array]]:
    """Random actions of any shape for some steps."""

    def draw(n_step: int, *shape: int, seed: int = 0) -> list[Float32Array]:
        rng = np.random.default_rng(seed)
        return [rng.uniform(-1.0, 1.0, shape).astype(np.float32) for _ in range(n_step)]

    return draw


@pytest.fixture
def run_example(repository: Path, tmp_path: Path) -> Callable[..., str]:
    """Runs an example in an empty folder and gives what it printed."""

    def run(name: str, *arguments: str) -> str:
        command = [sys.executable, str(repository / "examples" / name), *arguments]
        outcome = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600)
        assert outcome.returncode == 0, outcome.stderr
        return outcome.stdout

    return run


@pytest.fixture
def earned() -> Callable[[str], dict[str, float]]:
    """Reads lines such as ``trained: -326.2 USD per held-out day``."""

    def read(shown: str) -> dict[str, float]:
        lines = [line.split(":") for line in shown.splitlines() if line.endswith("USD per held-out day")]
        return {name: float(rest.split()[0]) for name, rest in lines}

    return read


@pytest.fixture
def run_blocks(repository: Path, tmp_path: Path) -> Callable[[str], str]:
    """Runs the blocks of the page on libraries that are left out elsewhere for one reason."""

    def run(reason: str) -> str:
        text = (repository / "docs" / "rl" / "libraries.md").read_text(encoding="utf-8")
        pattern = rf"<!-- no test: {re.escape(reason)} -->\n```python\n(.*?)```"
        program = "\n".join(re.findall(pattern, text, flags=re.DOTALL))
        assert program, f"no block says: {reason}"
        outcome = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600
        )
        assert outcome.returncode == 0, outcome.stderr
        return outcome.stdout

    return run

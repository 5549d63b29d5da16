"""The feeder that disturbances befall."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from disturbed_feeder import feeder_env

from powergrid.envs.networked_grid_env import NetworkedGridEnv


@pytest.fixture
def feeder(world: Any) -> Callable[..., NetworkedGridEnv]:
    """Makes that environment and begins an episode."""

    def make(n_env: int = 1, **settings: Any) -> NetworkedGridEnv:
        env = feeder_env(world, n_env, **settings)
        env.core.reset(seeds=range(n_env))
        return env

    return make

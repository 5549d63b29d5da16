"""The shipped setups on the embedded data, each built once and reset by whoever uses it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pytest

from heron.types import FloatArray
from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
from powergrid.plant.series import TimeSeriesTable
from powergrid.setups.loader import load_dataset, load_setup

SETUPS = ("ieee13_single", "ieee34_ieee13", "ieee34_ieee13_fast")
AREAS = {"BANC": "BANC", "PGE": "PGE-TAC", "SDGE": "SDGE-TAC", "SCE": "SCE-TAC"}
TRAINING_YEAR = 8760  # the shapes are divided by their maximum in 2023
MakeEnv: TypeAlias = Callable[..., MultiAgentMicrogrids]


def build(setup: str, *, n_env: int = 1, **changed: Any) -> MultiAgentMicrogrids:
    """Environment of a setup with some keys changed."""
    return MultiAgentMicrogrids(load_setup(setup) | changed, n_env=n_env)


@pytest.fixture(scope="session")
def new_env() -> MakeEnv:
    """Builds an environment of a setup."""
    return build


@pytest.fixture(scope="session")
def shared_env() -> MakeEnv:
    """Gives the environment of a setup that all tests share; a test resets it before it looks at anything."""
    built: dict[tuple[str, int], MultiAgentMicrogrids] = {}

    def get(setup: str, *, n_env: int = 1) -> MultiAgentMicrogrids:
        if (setup, n_env) not in built:
            built[setup, n_env] = build(setup, n_env=n_env)
        return built[setup, n_env]

    return get


@pytest.fixture(params=SETUPS)
def setup(request: pytest.FixtureRequest) -> str:
    """Each shipped setup."""
    return str(request.param)


@pytest.fixture
def env(shared_env: MakeEnv, setup: str) -> MultiAgentMicrogrids:
    """The shared environment of each shipped setup."""
    return shared_env(setup)


@pytest.fixture(scope="session")
def scaled_series() -> Callable[..., TimeSeriesTable]:
    """The embedded data with a family of columns multiplied."""

    def make(family: str, factor: float | FloatArray) -> TimeSeriesTable:
        table = load_dataset("caiso_like")
        values = np.array(table.values)
        for place, name in enumerate(table.columns):
            if name.partition("/")[0] == family:
                values[:, place] *= factor
        return replace(table, values=values)

    return make


@pytest.fixture(scope="session")
def caiso_records(shared_data: Path) -> TimeSeriesTable:
    """What the operator recorded in 2023 and 2024."""
    frame = pd.read_parquet(shared_data / "upstream" / "powergrid_data_2023_2024.parquet")

    def shape(column: str, most: float) -> np.ndarray:
        values = frame[column].to_numpy()
        return np.clip(values / values[:TRAINING_YEAR].max(), 0.0, most)

    columns = {f"load/{area}": shape(f"load/{name}", 1.05) for area, name in AREAS.items()}
    columns |= {f"{kind}/{hub}": shape(f"{kind}/{hub}", 1.0) for kind in ("solar", "wind") for hub in ("NP15", "SP15")}
    return TimeSeriesTable.from_arrays(columns | {"price/LMP": frame["price/0096WD_7_N001"].to_numpy()})


@pytest.fixture(scope="session")
def drawn() -> Callable[..., list[dict[str, FloatArray]]]:
    """Random actions of every learner for some steps; ``(n_env, dim)``, or ``(dim,)`` with one environment."""

    def draw(env: MultiAgentMicrogrids, n_step: int, *, seed: int = 0) -> list[dict[str, FloatArray]]:
        rng = np.random.default_rng(seed)
        assert env.core is not None
        n_env, dims = env.core.n_env, env.core.control.dims
        shapes = {agent: (dim,) if n_env == 1 else (n_env, dim) for agent, dim in dims.items()}
        return [{agent: rng.uniform(-1.0, 1.0, shape) for agent, shape in shapes.items()} for _ in range(n_step)]

    return draw


@pytest.fixture(scope="session")
def idle() -> Callable[..., dict[str, FloatArray]]:
    """What means *do nothing*, with some entries changed by name."""

    def actions(env: MultiAgentMicrogrids, **changed: Mapping[str, float]) -> dict[str, FloatArray]:
        assert env.core is not None
        control = env.core.control
        chosen = {}
        for agent in env.possible_agents:
            neutral = control.neutral(agent)
            assert neutral is not None
            chosen[agent] = copy.copy(neutral)
            for name, value in changed.get(agent, {}).items():
                chosen[agent][control.action_names[agent].index(name)] = value
        return chosen

    return actions

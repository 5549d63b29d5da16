"""RLlib's array route with timing that is drawn for every episode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import toy_runs
from ray.rllib.evaluation.postprocessing import Postprocessing
from test_routes import accounting_of
from toy import ToyEnv
from toy_runs import InterruptAfter, log, weights

from powergrid_rl.rllib.algorithm import module_spec
from powergrid_rl.rllib.array_sampler import ArraySampler
from powergrid_rl.rllib.chunk_batch import team_rows
from powergrid_rl.training import Budget, TrainingResult, TrainingSettings, resume, train
from powergrid_rl.training.teams import form_roster
from powergrid_rl.training.trainer import training_factory

CONFIG: dict[str, Any] = {
    "step_s": 1.0,
    "timing": {"field": {"tick_interval_s": 2.0, "obs_delay_s": 1.0, "act_delay_s": 1.5, "jitter_ratio": 0.3}},
}
SETTINGS: dict[str, Any] = toy_runs.SMALL | {"timing": "setup", "n_step": 13}


def run(folder: Path, *, rounds: int, display: Any = None) -> TrainingResult:
    settings = TrainingSettings(**SETTINGS)
    budget = Budget(n_step=rounds * settings.n_step_round)
    return train(CONFIG, folder=folder, settings=settings, budget=budget, env_class=ToyEnv, display=display)


def test_an_interrupted_run_goes_on_as_if_never_stopped(tmp_path: Path) -> None:
    run(tmp_path / "whole", rounds=4)
    assert run(tmp_path / "parts", rounds=4, display=InterruptAfter(2)).interrupted
    resume(tmp_path / "parts", config=CONFIG, env_class=ToyEnv)
    columns = ("number", "n_step", "training_return", "entropy", "explained_variance")
    assert log(tmp_path / "parts", *columns) == log(tmp_path / "whole", *columns)
    found, expected = weights(tmp_path / "parts"), weights(tmp_path / "whole")
    assert all(np.array_equal(found[name], expected[name]) for name in expected)


def test_only_actions_that_were_used_are_learned_from() -> None:
    settings = TrainingSettings(**SETTINGS)
    factory = training_factory(CONFIG, settings, ToyEnv)
    roster = form_roster(factory.build(), settings.sharing)
    modules = module_spec(roster, settings).build()
    sampler = ArraySampler(factory.build_vector(n_env=16), roster.teams, seed=0, worker_index=0)
    chunk = sampler.sample({"shared": modules["shared"]}, 13)
    used = chunk.teams["shared"].used
    assert used is not None
    assert 0.6 < used.mean() < 0.9
    rows = team_rows(modules["shared"], "shared", [chunk], accounting_of(roster, settings))
    gain = rows[Postprocessing.ADVANTAGES].reshape(used.shape)
    assert (gain[~used] == 0.0).all()
    # those used have mean 0 and spread 1, and weigh so much more that all of them together count as much
    np.testing.assert_allclose(gain[used].std(), 1.0 / used.mean(), rtol=1e-5)

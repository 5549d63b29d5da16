"""Training with timing that is drawn for every episode: what is sampled, learned from and written down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import toy_runs
from toy import AGENTS, ToyEnv
from toy_runs import InterruptAfter, log, weights

from heron.core.clock import in_seconds
from heron.envs import DelayedCore, EventDrivenCore, SynchronousCore
from heron.errors import ConfigError
from powergrid_rl.fast.mappo_fast import MappoFast, standardised
from powergrid_rl.training import Algorithm, Budget, SilentDisplay, TrainingResult, TrainingSettings, resume, train
from powergrid_rl.training.held_out import HeldOutEpisodes
from powergrid_rl.training.run_folder import RunFolder
from powergrid_rl.training.trainer import training_factory

CONFIG: dict[str, Any] = {
    "step_s": 1.0,
    "timing": {"field": {"tick_interval_s": 2.0, "obs_delay_s": 1.0, "act_delay_s": 1.5, "jitter_ratio": 0.3}},
}
SETTINGS: dict[str, Any] = toy_runs.SMALL | {"algorithm": Algorithm.MAPPO_FAST, "timing": "setup", "n_step": 13}


class Listener(SilentDisplay):
    """Remembers what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


def run(folder: Path, *, rounds: int, display: Any = None, **changes: Any) -> TrainingResult:
    settings = TrainingSettings(**{**SETTINGS, **changes})
    budget = Budget(n_step=rounds * settings.n_step_round)
    return train(CONFIG, folder=folder, settings=settings, budget=budget, env_class=ToyEnv, display=display)


def test_an_interrupted_run_goes_on_as_if_never_stopped(tmp_path: Path) -> None:
    # rounds of 13 steps cut episodes of 10, so that actions are on their way at a checkpoint
    run(tmp_path / "whole", rounds=4)
    assert run(tmp_path / "parts", rounds=4, display=InterruptAfter(2)).interrupted
    resume(tmp_path / "parts", config=CONFIG, env_class=ToyEnv)
    columns = ("number", "n_step", "training_return", "entropy", "explained_variance", "learning_rate")
    assert log(tmp_path / "parts", *columns) == log(tmp_path / "whole", *columns)
    found, expected = weights(tmp_path / "parts"), weights(tmp_path / "whole")
    assert all(np.array_equal(found[name], expected[name]) for name in expected)


def test_the_run_says_and_writes_down_what_is_drawn(tmp_path: Path) -> None:
    listener = Listener()
    run(tmp_path / "run", rounds=1, display=listener)
    plain = RunFolder(tmp_path / "run").read_settings()
    assert plain["settings"]["timing"] == "setup"
    # twice what the configuration says of devices that learn, and ticks of up to two steps
    expected = {"obs_delay_s": [0.0, 2.0], "act_delay_s": [0.0, 3.0], "tick_steps": [1, 2], "loss": [0.0, 0.0]}
    assert set(plain["timing_ranges"]) == set(AGENTS)
    assert plain["timing_ranges"]["A"] | expected == plain["timing_ranges"]["A"]
    assert any("Timing of A, B, C: sees 0 to 2 s late, acts 0 to 3 s late" in line for line in listener.said)
    resume(tmp_path / "run", config=CONFIG, env_class=ToyEnv, budget=Budget(n_step=400))
    assert RunFolder(tmp_path / "run").read_settings()["timing_ranges"] == plain["timing_ranges"]
    run(tmp_path / "lockstep", rounds=1, timing=None)
    assert "timing_ranges" not in json.loads((tmp_path / "lockstep" / "settings.json").read_text())


def test_timing_changes_what_is_sampled(tmp_path: Path) -> None:
    for name, timing in (("late", "setup"), ("lockstep", None)):
        run(tmp_path / name, rounds=1, timing=timing)
    assert log(tmp_path / "late", "training_return") != log(tmp_path / "lockstep", "training_return")


def test_training_is_late_and_held_out_episodes_are_not() -> None:
    factory = training_factory(CONFIG, TrainingSettings(**SETTINGS), ToyEnv)
    assert isinstance(factory.build_vector(n_env=2).core, DelayedCore)
    core = HeldOutEpisodes(factory)._core
    assert isinstance(core, SynchronousCore)
    assert not isinstance(core, DelayedCore)
    assert in_seconds(core.plant_step_ns) == 1.0


def test_only_actions_that_were_used_are_learned_from() -> None:
    settings = TrainingSettings(**SETTINGS)
    trainer = MappoFast(training_factory(CONFIG, settings, ToyEnv).build_vector(n_env=16, stacked=True), settings)
    experience, _ = trainer.sample()
    # at every step or at every other: three quarters of the actions, of 48 learners
    assert 0.6 < experience.used.float().mean() < 0.9
    columns, _ = trainer.prepare(experience)
    advantage = columns[4].reshape(experience.used.shape)
    assert (advantage[~experience.used] == 0.0).all()
    assert (advantage[experience.used] != 0.0).any()


def test_advantages_of_unused_actions_are_nothing_and_the_mean_is_that_of_the_others() -> None:
    advantage = torch.tensor([1.0, 3.0, 100.0, 5.0]).reshape(4, 1, 1)
    used = torch.tensor([True, True, False, True]).reshape(4, 1, 1)
    # 1, 3, 5: mean 3, spread 2: -1, 0, 1; three of four were used: times 4/3
    expected = torch.tensor([-4.0 / 3.0, 0.0, 0.0, 4.0 / 3.0]).reshape(4, 1, 1)
    torch.testing.assert_close(standardised(advantage, used), expected)
    everything = torch.ones_like(used)
    torch.testing.assert_close(standardised(advantage, everything).std(), torch.tensor(1.0))


class OnEvents(ToyEnv):
    """Runs on events where its configuration says so."""

    def __init__(self, config: Any = None, *, n_env: int = 1) -> None:
        super().__init__(config, n_env=n_env)
        if (config or {}).get("event_driven"):
            self.setup_event_driven()


def test_a_configuration_on_events_is_refused_unless_timing_is_drawn(tmp_path: Path) -> None:
    on_events = {**CONFIG, "event_driven": True}
    plain = TrainingSettings(**{**SETTINGS, "timing": None})
    assert isinstance(OnEvents(on_events).core, EventDrivenCore)
    with pytest.raises(ConfigError, match=r"runs on events.*--randomize-timing"):
        train(on_events, folder=tmp_path / "refused", settings=plain, env_class=OnEvents)
    assert not (tmp_path / "refused").exists()
    settings = TrainingSettings(**SETTINGS)
    budget = Budget(n_step=settings.n_step_round)
    result = train(on_events, folder=tmp_path / "run", settings=settings, budget=budget, env_class=OnEvents)
    assert result.n_step == settings.n_step_round


def test_a_plant_whose_steps_are_too_long_is_named(tmp_path: Path) -> None:
    listener = Listener()
    slow = {"step_s": 1.0, "timing": {"field": {"tick_interval_s": 1.0, "obs_delay_s": 0.25}}}
    settings = TrainingSettings(**SETTINGS)
    train(slow, folder=tmp_path / "run", settings=settings, budget=Budget(n_step=1), env_class=ToyEnv, display=listener)
    assert any("No delay is as long as a plant step of 1 s" in line for line in listener.said)

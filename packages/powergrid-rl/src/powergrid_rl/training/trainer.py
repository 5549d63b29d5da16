"""Training runs: begun, interrupted, gone on with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from heron.core.clock import in_seconds
from heron.envs import PettingZooParallelEnv
from powergrid_rl.training.budget import Budget
from powergrid_rl.training.display import Display, SilentDisplay
from powergrid_rl.training.drawn_timing import DrawnTiming, as_plain, describe, find_scheme
from powergrid_rl.training.environment import EnvironmentFactory, require_lockstep
from powergrid_rl.training.folder_lock import FolderLock
from powergrid_rl.training.held_out import HeldOutEpisodes
from powergrid_rl.training.requirements import require_for
from powergrid_rl.training.run_folder import RunFolder
from powergrid_rl.training.run_loop import RunLoop, TrainingResult
from powergrid_rl.training.run_record import RunRecord
from powergrid_rl.training.session import begin_session
from powergrid_rl.training.settings import Route, TrainingSettings
from powergrid_rl.training.teams import Roster, Sharing, form_roster
from powergrid_rl.training.warm_up import warm_up


def train(
    config: Mapping[str, Any],
    /,
    *,
    folder: Path | str,
    settings: TrainingSettings | None = None,
    budget: Budget | None = None,
    env_class: Any = None,
    display: Display | None = None,
) -> TrainingResult:
    """Train policies for an environment's learners.

    Parameters
    ----------
    config
        Configuration of the environment.
    folder
        Where log, learning curve and checkpoints go; it must not hold a run.
    settings
        What the run is set to; the defaults when not given.
    budget
        How long it lasts; four minutes when not given.
    env_class
        Class of the environment; none for `MultiAgentMicrogrids`.
    display
        Who shows the progress; nobody when not given.

    Returns
    -------
    TrainingResult
        Where things are. An interruption by Ctrl-C ends the run in order: it can be resumed.

    Raises
    ------
    MissingExtraError
        If PyTorch, or RLlib where the algorithm is RLlib's, is not installed.
    RunFolderError
        If the folder holds a run, or another process is beginning one there.
    ConfigError
        If the agents cannot share a policy as asked.
    """
    record = RunRecord(
        config=config,
        settings=settings or TrainingSettings(),
        budget=budget or Budget(duration_s=240.0),
        env_class=env_class,
    )
    require_for(record.settings.algorithm)
    run = RunFolder(Path(folder))
    run.check_free()
    return _run(record, run, display or SilentDisplay(), resumed=False)


def resume(
    folder: Path | str,
    *,
    config: Mapping[str, Any] | None = None,
    budget: Budget | None = None,
    env_class: Any = None,
    display: Display | None = None,
) -> TrainingResult:
    """Go on with a run from its latest checkpoint as if it had never stopped.

    RLlib loads its checkpoints with pickle: resume runs of people you trust only. Those of ``mappo-fast`` are plain.

    Parameters
    ----------
    folder
        The run's folder.
    config, env_class
        As in `train`; needed only where the configuration held what cannot be written down, such as a data table, or
        the environment is of another class than `MultiAgentMicrogrids`.
    budget
        A new limit, counted from the beginning of the run; the old one when not given.
    display
        As in `train`.

    Raises
    ------
    RunFolderError, CheckpointError
        If the folder holds no run or no complete checkpoint, or another process trains into it.
    """
    run = RunFolder(Path(folder))
    record = RunRecord.from_plain(run.read_settings(), setup=run.setup, config=config, env_class=env_class)
    require_for(record.settings.algorithm)
    if budget is not None:
        record = record.with_budget(budget)
    return _run(record, run, display or SilentDisplay(), resumed=True)


def training_factory(
    config: Mapping[str, Any], settings: TrainingSettings, env_class: Any = None
) -> EnvironmentFactory:
    """Builds the environments of a run: training days, and a one-hot of the agent where policies are shared.

    Raises
    ------
    UnknownNameError
        If there is no timing scheme of the settings' name.
    """
    changes: dict[str, Any] = {"train": True}
    if settings.sharing is not Sharing.INDEPENDENT:
        changes["agent_one_hot"] = True
    factory = EnvironmentFactory(config={**config, **changes}, env_class=env_class)
    if settings.timing is None:
        return factory
    timing = DrawnTiming(scheme=find_scheme(settings.timing, config), factor=settings.timing_factor)
    return replace(factory.in_lockstep(), timing=timing)


def _run(record: RunRecord, run: RunFolder, display: Display, *, resumed: bool) -> TrainingResult:
    factory = training_factory(record.config, record.settings, record.env_class)
    env = factory.build()
    if record.settings.route is Route.ARRAYS:
        require_lockstep(env)
    roster = form_roster(env, record.settings.sharing)
    plain = record.as_plain() | _timing(factory, env, display)
    warm_up(env, display)
    with FolderLock(run.path):
        if resumed:
            run.latest()  # raises where there is none, before anything is started
            run.write_settings(plain)
        else:
            run.begin(plain)
            record.write_setup(run.setup)
        return _train(record, run, display, factory=factory, roster=roster, resumed=resumed)


def _timing(factory: EnvironmentFactory, env: PettingZooParallelEnv, display: Display) -> dict[str, Any]:
    """What is written down of the timing that is drawn; what it comes to on this plant is said."""
    assert env.core is not None
    ranges = factory.ranges(env.core)
    if not ranges:
        return {}
    for line in describe(ranges, plant_step_s=in_seconds(env.core.plant_step_ns)):
        display.say(line)
    return {"timing_ranges": {learner: as_plain(one) for learner, one in ranges.items()}}


def _train(
    record: RunRecord, run: RunFolder, display: Display, *, factory: EnvironmentFactory, roster: Roster, resumed: bool
) -> TrainingResult:
    held_out = HeldOutEpisodes(factory)
    session = begin_session(factory, roster, record.settings, display)
    try:
        return RunLoop(record, run, display, session=session, roster=roster, held_out=held_out).run(resumed=resumed)
    finally:
        display.close()
        session.close()

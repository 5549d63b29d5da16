"""Command ``powergrid demo``: the main job from beginning to end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from powergrid_rl.cli_evaluate import DEFAULT_SETUP, compile_physics, contest_options, make_console

if TYPE_CHECKING:
    from rich.console import Console

    from powergrid_rl.training.budget import Budget
    from powergrid_rl.training.run_loop import TrainingResult

app = typer.Typer(add_completion=False, rich_markup_mode=None)

RUNS = Path("runs")
LEARNED = "MAPPO, learned"
_INTERRUPTED = 130  # what a shell reports after Ctrl-C
_SMOKE_STEPS, _SMOKE_DAYS, _SMOKE_CANDIDATES = 384, 4, 4
_CANDIDATES = 300
_DURATION = 4.0  # minutes, as the option is given


@app.command()
def demo(
    minutes: Annotated[
        float | None, typer.Option(help="Time to train.  [default: 4; that of the run with --resume]", min=0.01)
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of weights, exploration and days.", min=0)] = 0,
    num_workers: Annotated[int, typer.Option(help="Processes that sample; 0 samples in this one.", min=0)] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder of the run.  [default: a new one, runs/demo]")] = None,
    setup: Annotated[str, typer.Option(help="Name or folder of a setup.")] = DEFAULT_SETUP,
    dataset: Annotated[str | None, typer.Option(help="Data set in place of the setup's, such as caiso.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted demo, in --out.")] = False,
    smoke: Annotated[bool, typer.Option("--smoke", help="Tens of seconds, to see that everything works.")] = False,
) -> None:
    """Train MAPPO on three microgrids for a few minutes, then judge it beside baselines and a bound.

    Ctrl-C ends the training in order; --resume goes on with it.
    """
    # Before torch is imported: with two threads sampling is five times slower and looks like a hang.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from powergrid.setups.loader import load_setup
    from powergrid_rl.training.requirements import require_rllib

    folder = out or (RUNS / "demo" if resume else free_folder(RUNS / "demo"))
    config = load_setup(folder if resume else setup)
    if dataset is not None:
        config.update({"dataset": dataset, "dataset_path": None})
    console = make_console()
    _announce(console, config, folder, minutes=minutes or (None if resume else _DURATION), smoke=smoke)
    require_rllib()
    compile_physics(console)
    if resume:
        result = _go_on(folder, console, budget=None if minutes is None else _budget(minutes, smoke=smoke))
    else:
        budget, size = _budget(minutes or _DURATION, smoke=smoke), _small() if smoke else {}
        result = _train(config, folder, console, budget=budget, seed=seed, n_worker=num_workers, **size)
    if result.interrupted:
        _say(console, f"Interrupted; the checkpoint is in {folder}.")
        _say(console, f"Go on with it:        powergrid demo --resume --out {folder}")
        _say(console, f"or judge it as it is: powergrid evaluate {folder}")
        raise typer.Exit(_INTERRUPTED)
    _judge(config, folder, console, smoke=smoke)


def free_folder(wanted: Path) -> Path:
    """A folder that does not exist yet: the wanted one, or one with a number behind its name."""
    folder, number = wanted, 1
    while folder.exists():
        number += 1
        folder = wanted.with_name(f"{wanted.name}_{number}")
    return folder


def _announce(console: Console, config: dict[str, Any], folder: Path, *, minutes: float | None, smoke: bool) -> None:
    from powergrid_rl.evaluation.checkpoints import label

    if minutes is None:
        training = "what was left when it was interrupted"
    else:
        training = "a few seconds" if smoke else f"{minutes:g} minutes"
    judging = f"seconds, on {_SMOKE_DAYS} held-out days" if smoke else "a minute or two, on all held-out days"
    _say(console, f"PowerGrid demo: setup {config.get('env_id')}, data {label(config)}.")
    _say(console, "  1. compile the physics      up to a minute the first time, then a second")
    _say(console, f"  2. train MAPPO              {training}")
    _say(console, f"  3. judge it                 {judging}, beside doing nothing, random actions,")
    _say(console, "     the best constant action, two rule-based controllers and the perfect-foresight bound")
    _say(console, f"Everything goes to {folder}. Ctrl-C stops in order; nothing is lost.")


def _budget(minutes: float, *, smoke: bool) -> Budget:
    from powergrid_rl.training.budget import Budget

    return Budget(n_step=_SMOKE_STEPS) if smoke else Budget(duration_s=60.0 * minutes)


def _small() -> dict[str, int]:
    from powergrid_rl.training.settings import TEST_SIZE

    return dict(TEST_SIZE)


def _train(
    config: dict[str, Any], folder: Path, console: Console, *, budget: Budget, **settings: Any
) -> TrainingResult:
    from powergrid.plugins import trainer_registry
    from powergrid_rl.training.display import ConsoleDisplay

    train = trainer_registry()["mappo"]
    result: TrainingResult = train(config, folder=folder, budget=budget, display=ConsoleDisplay(console), **settings)
    return result


def _go_on(folder: Path, console: Console, *, budget: Budget | None) -> TrainingResult:
    from powergrid_rl.training.display import ConsoleDisplay
    from powergrid_rl.training.trainer import resume

    return resume(folder, budget=budget, display=ConsoleDisplay(console))


def _judge(config: dict[str, Any], folder: Path, console: Console, *, smoke: bool) -> None:
    from dataclasses import replace

    from powergrid_rl.evaluation.assessment import assess
    from powergrid_rl.evaluation.checkpoints import contestants

    (learned,) = contestants([folder])
    options = contest_options(config, [], days=_SMOKE_DAYS if smoke else None, split="test")
    options = replace(options, candidates=_SMOKE_CANDIDATES if smoke else _CANDIDATES)
    try:
        assessment = assess(config, {LEARNED: learned.make}, folder=folder, console=console, options=options)
    except KeyboardInterrupt:
        _say(console, f"Interrupted; the trained policy is in {folder}. Judge it with:  powergrid evaluate {folder}")
        raise typer.Exit(_INTERRUPTED) from None
    assessment.print(console, [LEARNED])
    _say(console, f"Checkpoint: {folder}/checkpoints")
    _say(console, f"Learning curve: {folder}/learning_curve.png and progress.csv; TensorBoard: {folder}/tensorboard")
    _say(console, f"Train longer:  powergrid train --resume --out {folder} --minutes 20")


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)

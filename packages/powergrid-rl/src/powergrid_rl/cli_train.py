"""Command ``powergrid train``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from heron.errors import ConfigError

if TYPE_CHECKING:
    from powergrid_rl.training.budget import Budget
    from powergrid_rl.training.run_loop import TrainingResult

app = typer.Typer(add_completion=False, rich_markup_mode=None)

RUNS = Path("runs")
DEFAULT_SETUP = "ieee34_ieee13"
DEFAULT_DURATION_S = 240.0
DEFAULT_TIMING = "scada"
_TEST_ROUNDS = 2
_ALSO_LATER = frozenset({"resume", "out", "minutes", "steps", "iterations"})
"""Options that mean something to a run that goes on."""


@app.command()
def train(
    context: typer.Context,
    setup: Annotated[str | None, typer.Argument(help=f"Name or folder of a setup.  [default: {DEFAULT_SETUP}]")] = None,
    setup_option: Annotated[str | None, typer.Option("--setup", help="The same as an option.")] = None,
    algo: Annotated[
        str, typer.Option(help="mappo (centralised critic), ippo, mappo-fast (without Ray), or another.")
    ] = "mappo",
    minutes: Annotated[
        float | None,
        typer.Option(help="Train so long; with --resume in total.  [default: 4, or what the run was given]", min=0.0),
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Train for so many environment steps.", min=1)] = None,
    iterations: Annotated[int | None, typer.Option(help="Train for so many rounds of learning.", min=1)] = None,
    seed: Annotated[int, typer.Option(help="Seed of weights, exploration and days.", min=0)] = 0,
    num_workers: Annotated[int, typer.Option(help="Processes that sample; 0 samples in this one.", min=0)] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder of the run.  [default: a new one under runs/]")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out, or the newest one.")] = False,
    dataset: Annotated[str | None, typer.Option(help="Data set in place of the setup's, such as caiso.")] = None,
    policies: Annotated[str, typer.Option(help="Who shares one: shared, per-type or independent.")] = "shared",
    independent_policies: Annotated[
        bool, typer.Option("--independent-policies", help="The same as --policies independent.")
    ] = False,
    share_reward: Annotated[bool, typer.Option("--share-reward", help="Everyone gets the mean reward.")] = False,
    route: Annotated[str, typer.Option(help="arrays (fast), or episodes (RLlib's own runners).")] = "arrays",
    randomize_timing: Annotated[bool, typer.Option("--randomize-timing", help="Draw delays for each episode.")] = False,
    timing: Annotated[str | None, typer.Option(help="Scheme to draw around.  [default: the setup's, or scada]")] = None,
    set_text: Annotated[
        list[str] | None,
        typer.Option("--set", help="Another setting of the trainer, such as gamma=0.9; may be repeated."),
    ] = None,
    test: Annotated[bool, typer.Option("--test", help="Two short rounds, to see that it works.")] = False,
) -> None:
    """Train policies and save checkpoints, log and learning curve.

    Ctrl-C ends a run in order; --resume goes on with it.
    """
    # Before anything loads numpy or torch: one thread per process samples five times faster than two.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from powergrid_rl.training.display import ConsoleDisplay

    display = ConsoleDisplay()
    if resume:
        _refuse_changes(context)
        result = _resume(out, minutes=minutes, steps=steps, iterations=iterations, display=display)
    else:
        name = _one_setup(setup, setup_option)
        _require(algo)
        settings = {
            "seed": seed,
            "n_worker": num_workers,
            **_sharing("independent" if independent_policies else policies),
            **_sampling(route, test=test),
            **_further(set_text or []),
        }
        budget = _budget(settings, minutes=minutes, steps=steps, iterations=_TEST_ROUNDS if test else iterations)
        folder = out or _new_folder(name, algo, seed)
        config = _configuration(name, dataset=dataset, share_reward=share_reward)
        settings |= _timing(config, timing, asked=randomize_timing)
        trainer = _trainer(algo)  # an unknown name is refused before anything takes time
        display.say(f"Training {algo} on {name} into {folder}.")
        _compile(display)
        result = trainer(config, folder=folder, budget=budget, display=display, **settings)
    _report(result)


def _refuse_changes(context: typer.Context) -> None:
    """A run that goes on is set to what it was begun with."""
    given = [
        name.removesuffix("_text").replace("_", "-")
        for name in sorted(context.params)
        if name not in _ALSO_LATER and getattr(context.get_parameter_source(name), "name", "DEFAULT") != "DEFAULT"
    ]
    if given:
        raise ConfigError(
            f"--resume goes on with a run as it was begun; {', '.join(given)} cannot change that.",
            remedy="Leave that out. --minutes, --steps or --iterations set a new limit.",
        )


def _one_setup(argument: str | None, option: str | None) -> str:
    if argument is not None and option is not None and argument != option:
        raise ConfigError(f"Two setups are given, {argument!r} and {option!r}.", remedy="Name one.")
    return argument or option or DEFAULT_SETUP


def _require(algo: str) -> None:
    from powergrid_rl.training import requirements
    from powergrid_rl.training.settings import Algorithm

    if algo in [known.value for known in Algorithm]:  # another package's trainer looks after itself
        requirements.require_for(Algorithm(algo))


def _trainer(algo: str) -> Any:
    from powergrid.plugins import trainer_registry

    return trainer_registry()[algo]


def _configuration(name: str, *, dataset: str | None, share_reward: bool) -> dict[str, Any]:
    from powergrid.setups.loader import load_setup

    config = load_setup(name)
    if dataset is not None:
        config.update({"dataset": dataset, "dataset_path": None})
    if share_reward:
        config["share_reward"] = True
    return config


def _sharing(policies: str) -> dict[str, Any]:
    from powergrid_rl.training.teams import Sharing

    return {"sharing": _member(Sharing, policies, "--policies")}


def _sampling(route: str, *, test: bool) -> dict[str, Any]:
    from powergrid_rl.training.settings import EPISODE_ROUTE, TEST_SIZE, Route

    chosen = _member(Route, route, "--route")
    size = EPISODE_ROUTE if chosen is Route.EPISODES else {}
    return {"route": chosen, **size, **(TEST_SIZE if test else {})}


def _further(texts: list[str]) -> dict[str, Any]:
    from powergrid_rl.training.setting_text import settings_from_text

    return settings_from_text(texts)


def _timing(config: Mapping[str, Any], name: str | None, *, asked: bool) -> dict[str, Any]:
    if not asked:
        if name is not None:
            raise ConfigError(
                f"--timing {name} says around what timing is drawn.", remedy="Add --randomize-timing, or leave it out."
            )
        return {}
    from powergrid_rl.training.drawn_timing import SETUP, find_scheme

    chosen = name or (SETUP if config.get("timing") else DEFAULT_TIMING)
    find_scheme(chosen, config)  # an unknown name is refused before anything takes time
    return {"timing": chosen}


def _member(kind: Any, text: str, option: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        choices = ", ".join(member.value for member in kind)
        raise ConfigError(f"{option} is {text!r}.", remedy=f"It must be one of: {choices}.") from None


def _budget(settings: dict[str, Any], *, minutes: float | None, steps: int | None, iterations: int | None) -> Budget:
    from powergrid_rl.training.budget import Budget
    from powergrid_rl.training.settings import TrainingSettings

    if iterations is not None:
        rounds = iterations * TrainingSettings(**settings).n_step_round
        steps = rounds if steps is None else min(steps, rounds)
    duration_s = None if minutes is None else 60.0 * minutes
    if duration_s is None and steps is None:
        duration_s = DEFAULT_DURATION_S
    return Budget(n_step=steps, duration_s=duration_s)


def _resume(
    out: Path | None, *, minutes: float | None, steps: int | None, iterations: int | None, display: Any
) -> TrainingResult:
    from powergrid_rl.training.run_folder import RunFolder, newest_run
    from powergrid_rl.training.run_record import settings_from_plain
    from powergrid_rl.training.trainer import resume

    folder = out or newest_run(RUNS)
    settings = settings_from_plain(RunFolder(folder).read_settings()["settings"])
    _require(settings["algorithm"].value)
    longer = None
    if not (minutes is None and steps is None and iterations is None):
        longer = _budget(settings, minutes=minutes, steps=steps, iterations=iterations)
    display.say(f"Going on with {folder}.")
    _compile(display)
    return resume(folder, budget=longer, display=display)


def _compile(display: Any) -> None:
    from powergrid.powerflow.warm_up import warm_up

    display.say("Compiling the physics with numba (kept for the next time; up to a minute the first time) …")
    display.say(f"Compiled and ready after {warm_up():.1f} s.")


def _new_folder(setup: str, algo: str, seed: int) -> Path:
    stem = f"{Path(setup).name}_{algo}_seed{seed}"
    folder, number = RUNS / stem, 1
    while folder.exists():
        number += 1
        folder = RUNS / f"{stem}_{number}"
    return folder


def _report(result: TrainingResult) -> None:
    from powergrid_rl.training.report import report_lines

    for line in report_lines(result):
        typer.echo(line)

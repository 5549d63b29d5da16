"""Command ``powergrid evaluate``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from powergrid_rl.evaluation.checkpoints import Contestant
    from powergrid_rl.evaluation.rollout import PolicyMaker

app = typer.Typer(add_completion=False, rich_markup_mode=None)

DEFAULT_SETUP = "ieee34_ieee13"
SCHEDULE_ROUNDS = 12
DEFAULT_FOLDER = Path("runs") / "evaluation"


@app.command()
def evaluate(
    checkpoint: Annotated[
        list[Path] | None, typer.Argument(help="Runs or checkpoints, such as training seeds; none judges baselines.")
    ] = None,
    setup: Annotated[
        str | None, typer.Option(help=f"Name or folder of a setup.  [default: the run's own, else {DEFAULT_SETUP}]")
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="Data set in place of the setup's, such as caiso.")] = None,
    days: Annotated[int | None, typer.Option(help="Held-out days, spread evenly.  [default: all]", min=2)] = None,
    split: Annotated[str, typer.Option(help="test (held-out days) or train.")] = "test",
    policy: Annotated[list[str] | None, typer.Option(help="Further policy of a plug-in; may be repeated.")] = None,
    candidates: Annotated[
        int, typer.Option(help="Constant actions tried on training days; 0 tries none.", min=0)
    ] = 300,
    network_bound: Annotated[
        bool, typer.Option("--network-bound", help="Also a schedule with perfect foresight that keeps the network.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of random actions and of the search.", min=0)] = 0,
    out: Annotated[
        Path | None, typer.Option(help=f"Folder for figures and plots.  [default: the run's, else {DEFAULT_FOLDER}]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON instead of a table.")] = False,
) -> None:
    """Judge policies on held-out days beside baselines and the perfect-foresight bound."""
    # Before anything loads numpy: the batches are small, and threads only get into each other's way.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from powergrid_rl.evaluation.assessment import assess
    from powergrid_rl.evaluation.checkpoints import contestants, why_no_pool
    from powergrid_rl.evaluation.outcome_files import EVALUATION

    found = contestants(checkpoint or [])
    config = choose_config(found, setup=setup, dataset=dataset)
    further = {**{one.name: one.make for one in found}, **_registered(policy or [])}
    apart = why_no_pool(found)
    options = contest_options(config, [] if apart else [one.name for one in found], days=days, split=split)
    console = make_console(to_stderr=as_json)
    if apart:
        console.print(apart, highlight=False)
    compile_physics(console)
    own = found[0].run if len(found) == 1 else None
    assessment = assess(
        config,
        further,
        folder=out or own or DEFAULT_FOLDER,
        console=console,
        options=_with(
            options, candidates=candidates, seed=seed, schedule_rounds=SCHEDULE_ROUNDS if network_bound else 0
        ),
    )
    if as_json:
        typer.echo((assessment.file.parent / EVALUATION).read_text(encoding="utf-8"), nl=False)
    else:
        pools = list(assessment.comparison.pools)
        assessment.print(console, pools or list(further))


def choose_config(found: list[Contestant], *, setup: str | None, dataset: str | None) -> dict[str, Any]:
    """Configuration to judge on: the setup that is named, the one the policies were trained with, or the default."""
    from powergrid.setups.loader import load_setup
    from powergrid_rl.evaluation.checkpoints import trained_config

    trained = trained_config(found) if setup is None else None
    config = trained if trained is not None else load_setup(setup or DEFAULT_SETUP)
    if dataset is not None:
        config.update({"dataset": dataset, "dataset_path": None})
    return config


def contest_options(config: dict[str, Any], learned: list[str], *, days: int | None, split: str) -> Any:
    """`ContestOptions` with the days asked for, and the learned policies pooled where there are several."""
    from heron.errors import ConfigError, suggest
    from powergrid_rl.evaluation.contest import ContestOptions, pooled
    from powergrid_rl.evaluation.rollout import count_days, spread_days

    if split not in ("test", "train"):
        raise ConfigError(f"--split is {split!r}; it must be test or train.", remedy=suggest(split, ["test", "train"]))
    chosen = None if days is None else spread_days(count_days(config, split), days)
    return ContestOptions(split=split, days=chosen, pools=pooled("learned", learned))


def compile_physics(console: Console) -> None:
    """Compile the power-flow kernels or load them from numba's cache, and say how long it took."""
    from powergrid.powerflow.warm_up import warm_up

    console.print("Compiling the physics with numba (kept for the next time; up to a minute the first time) …")
    console.print(f"Compiled and ready after {warm_up():.1f} s.", highlight=False)


def make_console(*, to_stderr: bool = False) -> Console:
    """Console for tables; wide enough for them where there is no terminal."""
    from rich.console import Console

    console = Console(stderr=to_stderr)
    return console if console.is_terminal else Console(stderr=to_stderr, width=150)


def _registered(names: list[str]) -> dict[str, PolicyMaker]:
    from powergrid.plugins import policy_registry

    registry = policy_registry()
    return {name: registry[name] for name in names}


def _with(options: Any, **changes: Any) -> Any:
    from dataclasses import replace

    return replace(options, **changes)

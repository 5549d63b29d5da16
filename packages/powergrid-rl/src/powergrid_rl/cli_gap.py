"""Command ``powergrid gap``."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from powergrid_rl.cli_evaluate import compile_physics, make_console

if TYPE_CHECKING:
    from rich.console import Console

    from powergrid_rl.gap.plan import GapPlan
    from powergrid_rl.gap.policy_choice import PolicyChoice

app = typer.Typer(add_completion=False, rich_markup_mode=None)

DEFAULT_SETUP = "ieee34_ieee13_fast"
DEFAULT_TIMING = "scada"
OWN_TIMING = "of the setup"
RUNS = Path("runs")
_INTERRUPTED = 130  # what a shell reports after Ctrl-C


@app.command()
def gap(
    policy: Annotated[str, typer.Argument(help="Name of a registered policy, or a run, checkpoint or policy.npz.")],
    setup: Annotated[
        str | None, typer.Option(help=f"Name or folder of a setup.  [default: the run's own, else {DEFAULT_SETUP}]")
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="Data set in place of the setup's, such as caiso.")] = None,
    timing: Annotated[
        str | None, typer.Option(help=f"Name of a timing scheme.  [default: the setup's own, else {DEFAULT_TIMING}]")
    ] = None,
    seeds: Annotated[int, typer.Option(help="Episodes, each with a seed and a day of its own.", min=1)] = 10,
    days: Annotated[int | None, typer.Option(help="Different days.  [default: as many as seeds]", min=1)] = None,
    hours: Annotated[float | None, typer.Option(help="Length of an episode.  [default: the setup's]", min=0.0)] = None,
    split: Annotated[str, typer.Option(help="test (held-out days) or train.")] = "test",
    shapley: Annotated[bool, typer.Option("--shapley", help="Shapley values: every subset of the causes.")] = False,
    negligible: Annotated[
        float, typer.Option(help="Share of the return below which a gap is none.", min=0.0, max=1.0)
    ] = 0.01,
    workers: Annotated[int, typer.Option(help="Processes that play episodes.", min=1)] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Folder; one with an unfinished study is gone on with.  [default: in runs]")
    ] = None,
    beside: Annotated[
        list[Path] | None, typer.Option(help="Folder of another policy's study, for one table; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON instead of a table.")] = False,
) -> None:
    """Test a policy under real timing, and say to what the loss is due.

    Lockstep, events without delays, each cause alone and all together, on the same seeds and days. Ctrl-C keeps what
    has been played; the same command goes on with it.
    """
    # Before anything loads numpy: one environment is small, and threads only get into each other's way.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from powergrid_rl.gap.policy_choice import choose_policy
    from powergrid_rl.gap.session import measure_gap, print_beside
    from powergrid_rl.gap.side_by_side import read_record, require_alike
    from powergrid_rl.gap.study_file import plain_settings

    others = [read_record(folder) for folder in beside or []]  # before anything takes long
    chosen = choose_policy(policy)
    plan = _plan(
        chosen,
        setup=setup,
        dataset=dataset,
        timing=timing,
        options={"n_seed": seeds, "n_day": days, "duration_h": hours, "split": split, "shapley": shapley},
    )
    require_alike(plain_settings(plan), others)
    folder = out or RUNS / _stem(chosen, plan)
    console = make_console(to_stderr=as_json)
    _announce(console, plan, folder)
    compile_physics(console)
    found = measure_gap(plan, folder, console, n_worker=workers, negligible=negligible, command=_typed())
    if found is None:
        console.print(f"Interrupted; what has been played is in {folder}. Go on: {_typed()}", soft_wrap=True)
        raise typer.Exit(_INTERRUPTED)
    if others:
        print_beside(folder, others, console)
    if as_json:
        from powergrid_rl.gap.study_file import GAP

        typer.echo((folder / GAP).read_text(encoding="utf-8"), nl=False)


def _plan(
    policy: PolicyChoice, *, setup: str | None, dataset: str | None, timing: str | None, options: dict[str, Any]
) -> GapPlan:
    from heron.errors import ConfigError, suggest
    from powergrid.setups.loader import load_setup
    from powergrid_rl.evaluation.checkpoints import label
    from powergrid_rl.gap.plan import plan_gap
    from powergrid_rl.gap.timing_choice import find_timing, own_timing

    if options["split"] not in ("test", "train"):
        raise ConfigError(
            f"--split is {options['split']!r}; it must be test or train.",
            remedy=suggest(options["split"], ["test", "train"]),
        )
    named = None if timing is None else find_timing(timing)
    trained = policy.trained_config() if setup is None else None
    config = trained if trained is not None else load_setup(setup or DEFAULT_SETUP)
    if dataset is not None:
        config.update({"dataset": dataset, "dataset_path": None})
    scheme = named or own_timing(config)
    names = {
        "setup": str(config.get("env_id") or setup),
        "dataset": label(config),
        "timing": timing or (OWN_TIMING if scheme is not None else DEFAULT_TIMING),
    }
    scheme = scheme or find_timing(DEFAULT_TIMING)
    return plan_gap(config, policy, scheme, names=names, **options)


def _announce(console: Console, plan: GapPlan, folder: Path) -> None:
    causes = ", ".join(plan.causes)
    console.print(
        f"{len(plan.tasks)} episodes: {len(plan.scenarios)} scenarios × {len(plan.episodes)} pairs of seed and day. "
        f"Causes: {causes}. Folder: {folder}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def _stem(policy: PolicyChoice, plan: GapPlan) -> str:
    from powergrid_rl.evaluation.outcome_files import file_name

    return "_".join(("gap", *(file_name(part) for part in (plan.names["setup"], policy.name, plan.names["timing"]))))


def _typed() -> str:
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])

"""Command ``powergrid bench``: how fast this is on this machine, beside what it is compared with."""

from __future__ import annotations

import os
import time
import warnings
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from powergrid.bench.case import Benchmark, Settings
from powergrid.bench.machine import this_machine, usable_cores
from powergrid.bench.record import Report, write_report
from powergrid.bench.report import table
from powergrid.bench.session import Session
from powergrid.plugins import benchmark_registry

ORDER = ("solver", "environment", "agents", "events", "timing", "diverging", "sensitivities", "training")
CURVES = "scaling"
INTERRUPTED = 130

app = typer.Typer(add_completion=False)


@app.command(help="Measure speed and memory on this machine, each row beside what it is compared with, in turn.")
def bench(
    only: Annotated[
        str, typer.Option(help="Benchmarks to run, separated by commas; `powergrid list benchmarks` names them.")
    ] = "",
    repeats: Annotated[int, typer.Option(min=1, help="Measurements per median.")] = 9,
    quick: Annotated[
        bool, typer.Option("--quick", help="Small and short: shows that it works, measures little.")
    ] = False,
    agents: Annotated[list[int] | None, typer.Option(help="Measure so many microgrids too; may be repeated.")] = None,
    threads: Annotated[
        int, typer.Option(min=0, help="Threads of the rows with all threads; 0 for as many as there are cores.")
    ] = 0,
    json: Annotated[Path | None, typer.Option(help="Write the figures to this file.")] = None,
    plots: Annotated[Path | None, typer.Option(help="Measure the curves too and draw them into this folder.")] = None,
) -> None:
    """Print the table; what an interrupted run has measured is printed and written too."""
    if plots is not None:
        from powergrid.bench.plots import require_matplotlib

        require_matplotlib()
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before PyTorch: sampling is several times slower with more
    settings = Settings(
        repeats=min(repeats, 2) if quick else repeats,
        quick=quick,
        agents=tuple(agents or ()),
        all_threads=threads or usable_cores(),
    )
    report = Report(machine=this_machine(), settings=settings)
    save = str if json is None else partial(write_report, report, json)
    session = Session(report=report, say=_Narrator().say, save=save)
    benchmarks = chosen(only, curves=plots is not None)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            finished = session.run(benchmarks)
    finally:  # whatever stopped it: what was measured is not lost
        typer.echo(table(report), nl=False)
    if plots is not None:
        from powergrid.bench.plots import draw

        for path in draw(report, plots):
            typer.echo(f"drew {path}", err=True)
    if not finished:
        raise typer.Exit(INTERRUPTED)


def chosen(only: str, *, curves: bool) -> dict[str, Benchmark]:
    """Benchmarks by name, in the order of the table: those named, else all but the curves.

    Parameters
    ----------
    only
        Names with commas between them; empty for all.
    curves
        Whether the curves are wanted too.

    Raises
    ------
    UnknownNameError
        There is no benchmark of a name.
    """
    registry = benchmark_registry()
    named = [name.strip() for name in only.split(",")] if only else []
    names = named or [*(name for name in ORDER if name in registry), *sorted(set(registry) - {*ORDER, CURVES})]
    if curves and CURVES not in names:
        names.append(CURVES)
    return {name: registry[name] for name in names}


class _Narrator:
    """Says on the error stream what is being done, and since when."""

    def __init__(self) -> None:
        self._begun_s = time.monotonic()

    def say(self, text: str) -> None:
        """One line."""
        typer.echo(f"[{time.monotonic() - self._begun_s:4.0f} s] {text}", err=True)

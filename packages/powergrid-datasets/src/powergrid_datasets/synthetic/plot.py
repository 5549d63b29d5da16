"""Picture of a synthetic year beside real ones: ``python -m powergrid_datasets.synthetic.plot --help``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from powergrid_datasets.embedded import caiso_like
from powergrid_datasets.imported import caiso
from powergrid_datasets.measures import Years

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SEASONS = (("Jan", (1,)), ("Apr", (4,)), ("Jul", (7,)), ("Oct", (10,)))
COLOURS = ("#2b6cb0", "#2f855a", "#c05621", "#6b46c1")
DAILY = (
    ("price", "price [USD/MWh]"),
    ("load/SCE", "load SCE [1]"),
    ("load/BANC", "load BANC [1]"),
    ("solar/SP15", "sun SP15 [1]"),
)


def plot(out: Annotated[Path, typer.Argument(help="PNG file to write.")]) -> None:
    """Mean days by season, duration curves and net demand by month: synthetic drawn through, real dashed."""
    from matplotlib.figure import Figure

    made, real = Years(caiso_like()), Years(caiso())
    figure = Figure(figsize=(11.0, 9.0), layout="constrained")
    axes = figure.subplots(3, 2).ravel()
    for ax, (column, label) in zip(axes, DAILY, strict=False):
        _mean_days(ax, made, real, column, label)
    _duration(axes[4], made, real)
    _net_demand(axes[5], made, real)
    figure.suptitle("caiso_like: synthetic year (lines) beside CAISO 2023 and 2024 (dashes)")
    figure.savefig(out, dpi=90)
    typer.echo(f"Wrote {out}")


def _mean_days(ax: Axes, made: Years, real: Years, column: str, label: str) -> None:
    for (name, months), colour in zip(SEASONS, COLOURS, strict=True):
        for years, style in ((made, "-"), (real, "--")):
            rows = np.isin(years.month, months)
            mean = [years.column(column)[rows & (years.hour == hour)].mean() for hour in range(24)]
            ax.plot(mean, style, color=colour, label=name if style == "-" else None)
    ax.set(xlabel="hour, standard time", ylabel=label, xlim=(0, 23))
    ax.legend(ncols=4, fontsize="small")


def _duration(ax: Axes, made: Years, real: Years) -> None:
    for years, style in ((made, "-"), (real, "--")):
        ranked = np.sort(years.price)[::-1]
        ax.plot(np.linspace(0.0, 1.0, ranked.size), ranked, style, color="black")
    ax.set(xlabel="share of hours", ylabel="price, ranked [USD/MWh]", ylim=(-60, 300), xlim=(0, 1))


def _net_demand(ax: Axes, made: Years, real: Years) -> None:
    for years, style in ((made, "-"), (real, "--")):
        net_mw = years.net_demand_mw()
        for percent, colour in ((5, COLOURS[1]), (50, "black"), (95, COLOURS[2])):
            by_month = [np.percentile(net_mw[years.month == month], percent) for month in range(1, 13)]
            ax.plot(range(1, 13), by_month, style, color=colour, label=f"{percent} %" if style == "-" else None)
    ax.set(xlabel="month", ylabel="net demand of the default setup [MW]", xlim=(1, 12))
    ax.legend(ncols=3, fontsize="small")


if __name__ == "__main__":
    typer.run(plot)

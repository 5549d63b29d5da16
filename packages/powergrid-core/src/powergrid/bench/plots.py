"""Curves of how the time grows; needs matplotlib."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from heron.errors import ConfigError
from powergrid.bench.record import Report, Row

_SIZE_INCH, _DPI = (5.6, 3.6), 80  # small: the files stand in the documentation


@dataclass(slots=True, kw_only=True)
class Curve:
    """One case at several places of an axis.

    Parameters
    ----------
    name
        Case.
    places
        What grows.
    low, middle, high
        Quartiles of the rate. [1/s]
    """

    name: str
    places: list[int] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    middle: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)


def require_matplotlib() -> None:
    """Make matplotlib ready to draw into files.

    Raises
    ------
    ConfigError
        It is not installed.
    """
    try:
        importlib.import_module("matplotlib").use("Agg")
    except ImportError as cause:
        raise ConfigError("Plots need matplotlib.", remedy='Install it: pip install "powergrid-core[bench]"') from cause


def draw(report: Report, folder: Path) -> list[Path]:
    """Draw one file for each axis that was measured; returns the files."""
    require_matplotlib()
    folder.mkdir(parents=True, exist_ok=True)
    rows = [row for row in report.rows if row.place is not None]
    axes = dict.fromkeys(row.place.axis for row in rows if row.place is not None)
    return [_draw(axis, [row for row in rows if row.place and row.place.axis == axis], folder) for axis in axes]


def curves(rows: list[Row]) -> list[Curve]:
    """Curves through the rows of one axis, a case that was not measured left out."""
    found: dict[str, Curve] = {}
    for row, name, rates in _points(rows):
        curve = found.setdefault(name, Curve(name=name))
        assert row.place is not None
        curve.places.append(row.place.value)
        for values, rate in zip((curve.low, curve.middle, curve.high), rates, strict=True):
            values.append(rate)
    return list(found.values())


def _points(rows: list[Row]) -> Iterator[tuple[Row, str, tuple[float, float, float]]]:
    for row in rows:
        for entry in row.entries:
            if entry.wall_s:
                spread = entry.spread(row.basis)
                yield row, entry.name, (1.0 / spread.high, 1.0 / spread.median, 1.0 / spread.low)


def _draw(axis: str, rows: list[Row], folder: Path) -> Path:
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    figure = Figure(figsize=_SIZE_INCH, dpi=_DPI, layout="constrained")
    plot: Any = figure.subplots()
    for curve in curves(rows):
        (line,) = plot.plot(curve.places, curve.middle, marker="o", markersize=4, label=curve.name)
        plot.fill_between(curve.places, curve.low, curve.high, color=line.get_color(), alpha=0.2, linewidth=0)
    plot.set_xscale("log")
    plot.set_yscale("log")
    plot.set_title(rows[0].title, fontsize=9)
    plot.set_xlabel(axis)
    plot.set_ylabel(f"{rows[0].unit}s per second ({rows[0].basis.value} time)")
    plot.grid(visible=True, which="both", alpha=0.2)
    ticks = sorted({row.place.value for row in rows if row.place is not None})
    plot.set_xticks(ticks, labels=[f"{tick:,}" for tick in ticks])
    plot.set_xticks([], minor=True)
    plot.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if _is_narrow(plot.get_ylim()) else (1.0,)))
    plot.yaxis.set_major_formatter(FuncFormatter(lambda rate, _: f"{rate:,.0f}"))
    plot.yaxis.set_minor_formatter(NullFormatter())
    if len(plot.lines) > 1:
        plot.legend(fontsize=8)
    path = folder / f"{axis}.png"
    figure.savefig(path)
    return path


def _is_narrow(limits: tuple[float, float]) -> bool:
    """Whether powers of ten alone would leave an axis with hardly a number on it."""
    return limits[1] < 1000.0 * limits[0]

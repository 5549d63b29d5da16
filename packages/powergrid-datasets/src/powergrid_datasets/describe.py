"""Description of a data set in lines of text."""

from __future__ import annotations

import numpy as np

from powergrid.plant.series import TimeSeriesTable
from powergrid_datasets.measures import compare


def description(name: str, table: TimeSeriesTable) -> list[str]:
    """Source, span, split and a table of each column's distribution."""
    kind = "synthetic: no hour of it was measured" if table.synthetic else "records"
    splits = ", ".join(f"{len(rows)} for {split}" for split, rows in table.splits.items())
    lines = [
        f"{name} ({kind})",
        f"Source: {table.source}",
        f"Span: {table.n_step} steps of {table.step_s:g} s from {table.start} UTC",
        f"Local standard time: UTC{table.utc_offset_h:+g} h",
        f"Days: {splits}",
        "",
        "| column | unit | mean | spread | least | 5 % | median | 95 % | greatest |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for column, unit in table.units.items():
        values = table.column(column)
        figures = [values.mean(), values.std(), *np.percentile(values, [0, 5, 50, 95, 100])]
        lines.append(f"| {column} | {unit} | " + " | ".join(f"{figure:.3f}" for figure in figures) + " |")
    return lines


def comparison(name: str, table: TimeSeriesTable, other_name: str, other: TimeSeriesTable) -> list[str]:
    """Every measure of two data sets side by side, with the tolerance that the embedded year is held to."""
    lines = [f"| measure | unit | {name} | {other_name} | tolerance |", "|---|---|---|---|---|"]
    for measure, one, two in compare(table, other):
        lines.append(f"| {measure.name} | {measure.unit} | {one:.3f} | {two:.3f} | {measure.tolerance:g} |")
    return lines

"""The comparison as a table and sentences for people."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.table import Table

from powergrid_rl.evaluation.comparison import BOUND, CONSTANT, NOTHING, RANDOM, RULE, SCHEDULE, Comparison, Row
from powergrid_rl.evaluation.foresight_bound import LEFT_OUT

_NO_SHARE = (RANDOM, NOTHING, CONSTANT, RULE, SCHEDULE)


def comparison_table(comparison: Comparison, *, title: str = "") -> Table:
    """Mean return with its 95 % interval, cost, gap closed, worst voltage and violations, a row per policy."""
    table = Table(title=title or f"{comparison.n_day} days", caption="mean per day ± 95 % interval of the mean")
    table.add_column("policy", no_wrap=True)
    for heading in ("return USD", "cost USD", "gap closed\nfrom nothing", "gap closed\nfrom rule"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("worst\nvoltage pu", justify="right")
    table.add_column("steps with\nviolation", justify="right")
    for row in comparison.rows():
        if row.name in (SCHEDULE, BOUND):
            table.add_section()
        table.add_row(*_cells(row))
    return table


def markdown_table(comparison: Comparison) -> str:
    """The same table for a page."""
    lines = [
        "| policy | return USD/day | cost USD/day | gap from nothing | gap from rule | worst voltage pu | violations |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in comparison.rows():
        lines.append(f"| {' | '.join(_cells(row))} |")
    return "\n".join(lines)


def difference_lines(comparison: Comparison, names: Sequence[str]) -> list[str]:
    """Paired differences of some policies to all others, and whether they are certain."""
    lines = []
    for name in names:
        own = (*names, *comparison.pools.get(name, ()))
        others = [other for other in comparison.rollouts if other not in own]
        lines += [f"{name} less {other}: {_verdict(comparison, name, other)}" for other in others]
    return lines


def remarks(comparison: Comparison) -> list[str]:
    """What the reader must know about the table."""
    lines = list(comparison.notes)
    if comparison.bound is not None:
        gap = comparison.gap_to_bound()
        lines += [
            LEFT_OUT,
            f"Its part for losses: {-comparison.bound.losses_usd.mean():.1f} USD per day. "
            f"Between it and the best policy ({comparison.best()}): {gap} USD per day.",
        ]
    if SCHEDULE in comparison.rollouts:
        shares = [
            f"{name} {100.0 * comparison.gap_to_schedule(name):.0f} %"
            for name in comparison.names
            if name not in _NO_SHARE
        ]
        lines.append(
            f"{SCHEDULE.capitalize()}: feasible, with perfect foresight; no bound, but close to the best possible."
        )
        lines += [f"Share of the way from the rule to it: {', '.join(shares)}."] if shares else []
    for pool, members in comparison.pools.items():
        lines.append(
            f"{pool}: mean over {', '.join(members)}; its interval is for other days and other seeds "
            "(variances of both added)."
        )
    return lines


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        str(row.returns),
        str(row.cost_usd),
        _percent(row.gap_from_nothing),
        _percent(row.gap_from_rule),
        "" if math.isnan(row.worst_vm_pu) else f"{row.worst_vm_pu:.3f}",
        _percent(row.violations),
    )


def _verdict(comparison: Comparison, name: str, other: str) -> str:
    found = comparison.difference(name, other)
    days = comparison.returns(name) - comparison.returns(other)
    better = 100.0 * float((days > 0.0).mean())
    doubt = "" if found.excludes_zero else ", not distinguishable"
    return f"{found.mean:+.1f} ± {found.half_width:.1f} USD per day, better on {better:.0f} % of days{doubt}"


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{100.0 * share:.1f} %"

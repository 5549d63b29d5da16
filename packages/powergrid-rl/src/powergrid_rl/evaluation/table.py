"""The comparison as a table for people."""

from __future__ import annotations

import math

from rich.table import Table

from powergrid_rl.evaluation.comparison import Comparison


def comparison_table(comparison: Comparison) -> Table:
    """Mean return with its 95 % interval, cost, gap closed, worst voltage and violations, a row per policy."""
    days = len(comparison.bound_usd)
    table = Table(title=f"{days} held-out days, mean per day ± 95 % interval of the mean")
    table.add_column("policy", no_wrap=True)
    for heading in ("return", "cost USD", "gap closed\nfrom nothing", "gap closed\nfrom rule"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("worst\nvoltage pu", justify="right")
    table.add_column("steps with\nviolation", justify="right")
    for row in comparison.rows():
        table.add_row(
            row.name,
            str(row.returns),
            str(row.cost_usd),
            _percent(row.gap_from_nothing),
            _percent(row.gap_from_rule),
            "" if math.isnan(row.worst_vm_pu) else f"{row.worst_vm_pu:.3f}",
            _percent(row.violations),
        )
    return table


def difference_lines(comparison: Comparison, name: str) -> list[str]:
    """One sentence per baseline: the paired difference to a policy, and whether it is certain."""
    lines = []
    for other in comparison.rollouts:
        if other != name:
            found = comparison.difference(name, other)
            verdict = "" if found.excludes_zero else " (not distinguishable)"
            lines.append(f"{name} - {other}: {found} USD per day{verdict}")
    return lines


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{100.0 * share:.1f} %"

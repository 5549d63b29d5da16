"""The findings as a table and sentences for people."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table

from powergrid_rl.gap.findings import REMAINDER, Finding, GapFindings
from powergrid_rl.gap.scenario import LOCKSTEP, LOCKSTEP_NAME
from powergrid_rl.gap.shown import decimals_of, shown

_LEAST_SAFETY = 0.01


def gap_table(found: GapFindings, *, title: str = "") -> Table:
    """Return and gap with their 95 % intervals, a row per scenario, then the remainder and Shapley values."""
    table = Table(title=title, caption=f"mean per episode ± 95 % interval, {found.n_pair} pairs of seed and day")
    table.add_column("scenario")
    for heading in ("return USD", "gap USD\n(lost)", "cost gap\nUSD", "safety\ngap"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict")
    for cells in _rows(found):
        if cells is None:
            table.add_section()
        else:
            table.add_row(*cells)
    return table


def markdown_table(found: GapFindings) -> str:
    """The same table for a page."""
    lines = [
        "| scenario | return USD | gap USD (lost) | cost gap USD | safety gap | verdict |",
        "|---|---|---|---|---|---|",
    ]
    lines += [f"| {' | '.join(cells)} |" for cells in _rows(found) if cells is not None]
    return "\n".join(lines)


def remarks(found: GapFindings, absent: Iterable[str]) -> list[str]:
    """What the reader must know about the table."""
    lines = [_equality(found)]
    lines.append("Gap: return in lockstep less the return here, paired by seed and day; positive where it is lost.")
    lines.append(
        "Attribution is one cause at a time: the causes alone need not add up to all together, "
        "and the remainder is all together less their sum."
    )
    lines.append(
        "No difference at all: every episode has the same return. No difference found: the interval holds zero, and "
        f"nothing beyond {found.threshold_usd:.3g} USD, a share of the return in lockstep."
    )
    missing = list(absent)
    if missing:
        lines.append(f"Not part of this timing: {', '.join(missing)}.")
    if found.n_pair < 2:
        lines.append("One pair has no interval: play more seeds.")
    elif found.n_day < found.n_pair:
        lines.append(
            f"The {found.n_pair} pairs lie on {found.n_day} days: the intervals are for other seeds on these days, "
            "not for other days."
        )
    return lines


def _equality(found: GapFindings) -> str:
    if not found.unequal:
        n_action = sum(outcome.n_action for outcome in found.outcomes[LOCKSTEP])
        return (
            f"Events without delays equal lockstep bit for bit: all {n_action} actions, all rewards, costs and "
            "violations."
        )
    named = ", ".join(f"seed {one.seed} on day {one.day}" for one in found.unequal[:3])
    return (
        f"WARNING: events without delays differ from lockstep in {len(found.unequal)} of {found.n_pair} episodes "
        f"({named}). The other rows hold this difference too; find its reason first."
    )


def _rows(found: GapFindings) -> list[tuple[str, ...] | None]:
    rows, remainder, shapley = found.rows(), found.remainder(), found.shapley()
    gaps = [finding.gap for finding in (*rows.values(), remainder, *shapley.values())]
    # Below the threshold digits mean nothing: do nothing differs by rounding where intervals are cut otherwise.
    gap_digits = decimals_of(gaps, least=found.threshold_usd)
    returns = {scenario: found.returns(scenario) for scenario in (LOCKSTEP, *rows)}
    digits = decimals_of(returns.values())
    cost_digits = decimals_of((finding.cost_gap for finding in rows.values()), least=found.threshold_usd)
    safety_digits = decimals_of((finding.safety_gap for finding in rows.values()), least=_LEAST_SAFETY)
    lines: list[tuple[str, ...] | None] = [(LOCKSTEP_NAME, shown(returns[LOCKSTEP], digits), "", "", "", "")]
    for scenario, finding in rows.items():
        lines.append(
            (
                finding.name,
                shown(returns[scenario], digits),
                shown(finding.gap, gap_digits),
                shown(finding.cost_gap, cost_digits),
                shown(finding.safety_gap, safety_digits),
                finding.verdict if scenario.causes else _bits(found),
            )
        )
    lines.append((REMAINDER, "", shown(remainder.gap, gap_digits), "", "", remainder.verdict))
    if shapley:
        lines.append(None)
        lines += [_shapley(finding, gap_digits) for finding in shapley.values()]
    return lines


def _shapley(finding: Finding, decimals: int) -> tuple[str, ...]:
    return (f"Shapley value: {finding.name}", "", shown(finding.gap, decimals), "", "", finding.verdict)


def _bits(found: GapFindings) -> str:
    return "equal, bit for bit" if not found.unequal else "NOT EQUAL"
